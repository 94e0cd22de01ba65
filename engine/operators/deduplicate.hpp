#pragma once

#include "engine/operators/change_list.hpp"
#include "engine/operators/group_ttl.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/plan/job_graph.hpp"

// The last row of each key by time, or the first or last by arrival; the first
// by event time: first_row.hpp. Keys, times and, only if rows have to be taken
// back one day, the rows themselves are kept. The first row by order of arrival
// never changes, so its output only inserts. One row a key; bounded by the
// distinct keys, or those whose row was taken within the time to live.

namespace herald {

class deduplicate_operator final : public stream_operator {
public:
  deduplicate_operator(deduplicate_spec spec, schema_ptr input,
                       schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return ttl_.due_ms();
  }

  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// The rows of a batch that win their key, one a key.
  struct winners {
    std::vector<std::int32_t> groups;
    row_list rows;            ///< of the batch
    std::vector<bool> is_new; ///< the key was unknown
    std::int64_t updates = 0; ///< those that are not
  };

  /// True if a row with `time` replaces the one of `group`.
  bool replaces(event_time time, std::size_t group) const;
  winners find_winners(const batch& x);
  /// Makes a key unknown, which stays in the index.
  void forget(std::int32_t group);
  void sweep();
  absl::Status emit(const batch& rows, const change_list& changes, output& out);
  void reclaim();
  batch_ptr saved(std::span<const std::int32_t> groups) const;

  deduplicate_spec spec_;
  schema_ptr input_;
  schema_ptr layout_;
  bool keeps_rows_;
  group_index index_;
  group_ttl ttl_;
  std::vector<event_time> times_;    ///< by group
  row_store rows_;                   ///< if `keeps_rows_`
  std::vector<std::int32_t> row_;    ///< by group: its row; -1: just made
  std::vector<std::int32_t> place_;  ///< by group: its winner in a batch, or -1
  std::int64_t forgotten_ = 0;       ///< rows of the store of no group
  std::vector<std::int32_t> groups_; ///< scratch
};

} // namespace herald
