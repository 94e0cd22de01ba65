#pragma once

#include "engine/operators/aggregate_table.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

// Aggregation without windows. Each input batch is one mini-batch: the keys
// it touches emit their change once, as Flink's changelog: +I for a new key,
// -U and +U for a changed one, -D when its last row is taken back; a result
// that stays the same emits nothing. Bounded by distinct keys.

namespace herald {

class group_aggregate_operator final : public stream_operator {
public:
  group_aggregate_operator(group_aggregate_spec spec,
                           const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  struct touched {
    std::vector<std::int32_t> groups; ///< each once
    std::vector<std::int32_t> old_at; ///< row of its old result, or -1
    std::vector<column_ptr> old;      ///< results before, of known groups
  };

  /// The groups that `x` touches, and their results so far.
  touched look_up(const batch& x, const aggregate_inputs& inputs);
  void count_rows(const batch& x);
  absl::Status emit(const touched& before, output& out);

  group_aggregate_spec spec_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  aggregate_table table_;
  std::vector<std::int64_t> rows_;   ///< by group: rows that count
  std::vector<std::int32_t> groups_; ///< of the rows of the current batch
  std::vector<std::uint8_t> seen_;   ///< by group: scratch of `look_up`
};

} // namespace herald
