#pragma once

#include "engine/operators/change_list.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/over_evaluator.hpp"
#include "engine/operators/sorted_groups.hpp"
#include "engine/plan/job_graph.hpp"

// OVER of rows in any order, which may also be taken back: all rows are kept,
// sorted by partition. Either each batch gives the changes that it makes to
// the results, a partition that it touches compared as a whole (time is
// linear in the partition; one that is silent for the time to live is
// forgotten without a word), or everything is computed once, when a bounded
// input ends. Bounded by the input; at the end by `memory_bytes_max`, beyond
// which it fails.

namespace herald {

class sorted_over_operator final : public stream_operator {
public:
  sorted_over_operator(over_spec spec, const schema_ptr& input,
                       schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return groups_.due_ms();
  }

  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// Rows of some partitions in order, with their results.
  struct result_rows {
    std::vector<std::int32_t> rows; ///< numbers in the store
    std::vector<over_segment> segments;
    std::vector<column_ptr> results; ///< one a call
  };

  sorted_groups make_groups() const;

  bool at_end() const {
    return spec_.mode == over_mode::at_end;
  }

  void set_time();
  /// Adds the rows of a partition as they are now.
  void list(std::int32_t group, result_rows& to) const;
  absl::Status evaluate(result_rows& x) const;
  absl::Status emit_changes(const result_rows& before, const result_rows& after,
                            output& out);
  absl::Status emit_all(const result_rows& x, output& out);
  absl::Status finish(output& out);

  over_spec spec_;
  schema_ptr input_;
  schema_ptr layout_;
  narrow_over narrow_;
  sorted_groups groups_;
  std::vector<std::uint8_t> seen_; ///< by group
};

} // namespace herald
