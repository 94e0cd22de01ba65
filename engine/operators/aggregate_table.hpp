#pragma once

#include "engine/operators/call_states.hpp"
#include "engine/operators/group_index.hpp"
#include "engine/state/state.hpp"

#include <memory>
#include <vector>

// Groups and their accumulators: what both the windowed and the unbounded
// aggregation keep, a window pane each or one for all. Used by one operator
// on its thread; bounded by its distinct keys.

namespace herald {

class aggregate_table {
public:
  /// `expected`: groups for which there is room at once.
  aggregate_table(std::vector<data_type> key_types,
                  const std::vector<aggregate_call>& calls, bool retractable,
                  std::int64_t expected = 0);

  /// Adds `rows` of `x` (all when null) and returns the group of each in
  /// `groups`.
  absl::Status add(const batch& x, std::span<const int> keys,
                   const row_list* rows, const aggregate_inputs& inputs,
                   std::vector<std::int32_t>& groups);

  /// The group of each of `rows` of `x` (null: all), new ones empty;
  /// `add_found` adds the rows.
  void find_or_insert(const batch& x, std::span<const int> keys,
                      std::span<const std::uint64_t> hashes,
                      std::vector<std::int32_t>& groups,
                      const row_list* rows = nullptr);

  absl::Status add_found(const batch& x, const aggregate_inputs& inputs,
                         std::span<const std::int32_t> groups,
                         const row_list* rows = nullptr) {
    return states_.add(x, rows, inputs, groups);
  }

  /// Adds partials, row i to `groups[i]`.
  void merge_found(const std::vector<column_ptr>& partials,
                   std::span<const std::int32_t> groups) {
    states_.merge(partials, groups);
  }

  /// Keys, then partials, of `groups`: columns of `state_layout`.
  std::vector<column_ptr>
  partial_rows(std::span<const std::int32_t> groups) const;

  /// Adds all groups of `other`, which aggregates the same calls.
  void merge(const aggregate_table& other);

  /// Keys, then results, of `groups`.
  std::vector<column_ptr> rows(std::span<const std::int32_t> groups) const;

  /// The results alone.
  std::vector<column_ptr> results(std::span<const std::int32_t> groups) const {
    return states_.results(groups);
  }

  /// The first error of a user's aggregate; what it gave then means nothing.
  absl::Status status() const {
    return states_.status();
  }

  /// Empties a group, which stays.
  void clear(std::int32_t group) {
    states_.clear(std::span(&group, 1));
  }

  /// Forgets a group.
  void erase(std::int32_t group);

  const group_index& index() const {
    return index_;
  }

  // -- state -----------------------------------------------------------------

  /// Columns of a saved row: keys, then the partials of every call.
  schema_ptr state_layout() const;

  /// Calls `visit(key_group, rows, groups)` with the saved rows of every key
  /// group that has some.
  absl::Status
  save(const std::function<absl::Status(
           int, const batch&, std::span<const std::int32_t>)>& visit) const;

  /// Adds saved rows; returns the group of each in `groups`.
  void load(const batch& saved, std::vector<std::int32_t>& groups);

  std::int64_t memory_bytes() const;

private:
  void load_columns(const batch& keys, const std::vector<column_ptr>& partials,
                    std::span<const std::uint64_t> hashes,
                    std::vector<std::int32_t>& groups);

  std::vector<data_type> key_types_;
  std::vector<int> key_columns_; ///< 0 … keys - 1
  group_index index_;
  call_states states_;
  schema_ptr key_layout_;
};

} // namespace herald
