#pragma once

#include "engine/operators/group_ttl.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/plan/job_graph.hpp"

// Makes a whole changelog of one that knows only the newest row of each key
// (`changelog_kind::upserts`), or whose changes may come twice (its -U are not
// looked at): a row that replaces another takes it back first, and a deletion
// gets the columns of the row that it deletes. Changes nothing where a key is
// unknown or, without a time to live, a row repeats itself; with one, what is
// behind lives on by it. Keeps one row a key; bounded by the keys that live.

namespace herald {

class normalize_operator final : public stream_operator {
public:
  normalize_operator(normalize_spec spec, schema_ptr input);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return ttl_.due_ms();
  }

  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  void find_groups(const batch& x);
  void add(std::int32_t row, change kind);
  /// Makes a key unknown, which stays in the index.
  void forget(std::int32_t group);
  void sweep();
  absl::Status emit(output& out);
  void reclaim();
  batch_ptr rows_at(std::span<const std::int32_t> rows) const;

  normalize_spec spec_;
  schema_ptr layout_;
  group_index index_;
  group_ttl ttl_;
  row_store rows_;
  std::vector<std::int32_t> row_; ///< by group: its row in the store, or none
  std::int64_t forgotten_ = 0;    ///< rows of the store of no group

  // One batch.
  std::vector<std::int32_t> groups_;
  std::vector<std::int32_t> picks_; ///< rows of the store to give
  std::vector<std::int8_t> kinds_;  ///< and what they do
};

} // namespace herald
