#pragma once

#include "engine/operators/group_index.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/plan/job_graph.hpp"

// Makes a whole changelog of one that knows only the newest row of each key
// (`changelog_kind::upsert`): a row that replaces another takes it back
// first, and a deletion gets the columns of the row that it deletes. Changes
// nothing where a row repeats itself or a key is unknown. Keeps one row a
// key; bounded by the keys that live.

namespace herald {

class normalize_operator final : public stream_operator {
public:
  normalize_operator(normalize_spec spec, schema_ptr input);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  void find_groups(const batch& x);
  void add(std::int32_t row, change kind);
  void forget(std::int32_t row);
  absl::Status emit(output& out);
  void reclaim();
  batch_ptr rows_at(std::span<const std::int32_t> rows) const;

  normalize_spec spec_;
  schema_ptr layout_;
  group_index index_;
  row_store rows_;
  std::vector<std::int32_t> row_; ///< by group: its row in the store, or none
  std::int64_t forgotten_ = 0;    ///< rows of the store of no group

  // One batch.
  std::vector<std::int32_t> groups_;
  std::vector<std::int32_t> picks_; ///< rows of the store to give
  std::vector<std::int8_t> kinds_;  ///< and what they do
};

} // namespace herald
