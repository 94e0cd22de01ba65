#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

// UNNEST: gives each row once for each element of its collection, in their
// order and with the row's change. Keeps one batch that it is not yet through
// with, where there is no room for what it gives; that is no state, as
// barriers wait.

namespace herald {

class unnest_operator final : public stream_operator {
public:
  unnest_operator(unnest_spec spec, schema_ptr layout)
      : spec_(spec), layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

  bool busy() const override {
    return rows_ != nullptr;
  }

  absl::Status resume(output& out) override;

private:
  /// What one result batch is made of; element -1: there is none.
  struct picks {
    row_list rows;
    row_list elements;
    std::vector<std::int32_t> numbers;
  };

  picks next();
  void pick_row(picks& into);
  std::int64_t times(std::int32_t element) const;
  column_ptr elements_of(const column& values, const row_list& picked) const;
  batch_ptr make(const picks& from) const;

  unnest_spec spec_;
  schema_ptr layout_;
  batch_ptr rows_; ///< null: through with it
  // Where the next element of `rows_` is.
  std::int64_t row_ = 0;
  std::int32_t element_ = 0; ///< of the row
  std::int64_t given_ = 0;   ///< how often that one was
  std::int32_t number_ = 0;  ///< elements of the row so far
};

} // namespace herald
