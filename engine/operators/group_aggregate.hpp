#pragma once

#include "engine/operators/group_changes.hpp"
#include "engine/operators/group_ttl.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

// Aggregation without windows. The keys that a batch touches emit their
// change once, as Flink's changelog: +I for a new key, -U and +U for a changed
// one, -D when its last row is taken back; a result that stays the same emits
// nothing. With mini-batches that happens once for many batches. Without keys
// an input that ends gives one row even if it had none. Bounded by distinct
// keys, or those of the time to live.

namespace herald {

class group_aggregate_operator final : public stream_operator {
public:
  group_aggregate_operator(group_aggregate_spec spec,
                           const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status flush(output& out) override;
  absl::Status drained(output& out) override;
  absl::Status resume(output& out) override;
  std::optional<std::int64_t> due_ms() const override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  std::int64_t now() const {
    return context_.eval.now_ms;
  }

  /// Notes the groups of the current batch, and their results so far.
  void remember();
  void count_rows(const batch& x);
  absl::Status add_rows(const batch& x);
  /// Adds what a local aggregation gave.
  absl::Status add_partials(const batch& x);
  absl::Status emit(output& out);
  absl::Status emit_nothing_came(output& out);
  absl::Status send(batch_ptr rows, output& out);

  void forget(std::int32_t group);
  /// Forgets groups that are over their time.
  void sweep();
  /// Makes the table anew when most of it is empty.
  void shrink();

  group_aggregate_spec spec_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  aggregate_table table_;
  std::vector<std::int64_t> rows_;   ///< by group: rows that count
  std::vector<std::int32_t> groups_; ///< of the rows of the current batch
  group_changes changes_;
  group_ttl ttl_;
  std::int64_t held_rows_ = 0;  ///< since changes were emitted last
  std::int64_t held_since_ = 0; ///< when the first of them came
  bool ended_ = false;
};

} // namespace herald
