#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

// UNNEST and table functions: gives each row once for each element of its
// collection, in their order and with the row's change. Keeps one batch that it
// is not yet through with, where there is no room for what it gives; that is no
// state, as barriers wait. A table function is asked for as many of the rows
// as fit into what one call may give.

namespace herald {

class unnest_operator final : public stream_operator {
public:
  unnest_operator(unnest_spec spec, schema_ptr layout)
      : spec_(std::move(spec)), layout_(std::move(layout)) {}

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

  absl::Status take_part();
  picks next();
  void pick_row(picks& into);
  std::int64_t times(std::int32_t element) const;
  column_ptr elements_of(const column& values, const row_list& picked) const;
  batch_ptr make(const picks& from) const;

  unnest_spec spec_;
  schema_ptr layout_;
  batch_ptr rows_;         ///< null: through with it
  std::int64_t begin_ = 0; ///< of those rows that are in no part yet
  batch_ptr part_;         ///< some of `rows_`; null: through with them
  column_ptr values_;      ///< the collections of `part_`
  std::int64_t part_rows_ = column::rows_max; ///< that a part has at most
  // Where the next element of `part_` is.
  std::int64_t row_ = 0;
  std::int32_t element_ = 0; ///< of the row
  std::int64_t given_ = 0;   ///< how often that one was
  std::int32_t number_ = 0;  ///< elements of the row so far
};

} // namespace herald
