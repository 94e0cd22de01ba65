#pragma once

#include "engine/operators/calendar.hpp"
#include "engine/operators/group_ttl.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/plan/job_graph.hpp"

// The first row of each key by event time, given when the watermark has come
// to it. No earlier one can come then, so the output only inserts, in order of
// time, and what is behind can still lay windows over it. (Flink's
// RowTimeDeduplicateKeepFirstRowFunction.) Rows behind the watermark are
// dropped and counted. Bounded by a row for each key that waits, and the keys
// that had theirs within the time to live.

namespace herald {

class first_row_operator final : public stream_operator {
public:
  /// `spec` keeps the first row, by event time.
  first_row_operator(deduplicate_spec spec, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return ttl_.due_ms();
  }

  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  static constexpr std::int32_t unknown = -1;
  static constexpr std::int32_t given = -2;

  std::int32_t& row_of(std::int32_t group) {
    return row_[static_cast<std::size_t>(group)];
  }

  void keep(const batch& x, const row_list& rows);
  void find_groups(const batch& x, std::span<const int> keys,
                   const row_list* rows);
  absl::Status give(std::vector<std::int32_t> rows, output& out);
  void sweep();
  void reclaim();
  batch_ptr saved_keys(std::span<const std::int32_t> groups) const;

  deduplicate_spec spec_;
  schema_ptr layout_;
  group_index index_;
  group_ttl ttl_;
  row_store rows_;                  ///< those that wait
  std::vector<event_time> times_;   ///< by row
  std::vector<std::int32_t> group_; ///< by row; its row may be another since
  std::vector<std::int32_t> row_;   ///< by group: its row, unknown or given
  std::int32_t gone_ = 0;           ///< rows of the store that wait no more
  calendar calendar_;               ///< of the rows
  event_time watermark_ = time_min;
  std::vector<std::int32_t> groups_; ///< scratch
};

} // namespace herald
