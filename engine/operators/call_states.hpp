#pragma once

#include "engine/expr/aggregate.hpp"
#include "engine/operators/distinct_set.hpp"

#include <memory>
#include <vector>

// The accumulators of all calls of one aggregation, over dense group numbers
// that others give out. Equal arguments and filters are evaluated once a
// batch, and DISTINCT calls over the same value share one set. Used by one
// operator on its thread; bounded by its groups.

namespace herald {

/// The arguments of all calls over one batch, evaluated once.
struct aggregate_inputs {
  struct call_input {
    std::vector<column_ptr> args;
    /// Rows that pass FILTER, ascending; null: all. Calls with the same
    /// filter have the same list.
    std::shared_ptr<const row_list> filtered;
  };

  std::vector<call_input> calls;
  std::vector<std::uint64_t> hashes; ///< of the keys, one a row
};

absl::StatusOr<aggregate_inputs>
evaluate_inputs(const std::vector<aggregate_call>& calls,
                std::span<const int> keys, const batch& x,
                const eval_context& context);

class call_states {
public:
  /// `retractable`: rows may be taken back.
  call_states(const std::vector<aggregate_call>& calls, bool retractable);

  /// Grows to `groups` groups; new ones are empty.
  void resize(std::int64_t groups);

  /// Adds `rows` of `x` (null: all), row i of them to `groups[i]`.
  absl::Status add(const batch& x, const row_list* rows,
                   const aggregate_inputs& inputs,
                   std::span<const std::int32_t> groups);

  /// One result column a call, one row a group.
  std::vector<column_ptr> results(std::span<const std::int32_t> groups) const;

  /// Types of the columns that `partials` gives.
  std::vector<data_type> partial_types() const;

  /// The states of `groups`, one row each.
  std::vector<column_ptr> partials(std::span<const std::int32_t> groups) const;

  /// Adds what `partials` gave, row i to `groups[i]`.
  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups);

  /// Empties `groups` for reuse.
  void clear(std::span<const std::int32_t> groups);

  std::int64_t memory_bytes() const;

  /// The first error of a user's aggregate; what it gave then means nothing.
  absl::Status status() const;

private:
  /// DISTINCT calls over one value.
  struct shared_set {
    distinct_set values;
    std::vector<std::size_t> calls;
  };

  /// The part of some rows that passes one filter.
  struct filtered_rows {
    const row_list* filter = nullptr;
    row_list rows;
    std::vector<std::int32_t> groups;
  };

  absl::Status add_distinct(shared_set& set, const batch& x,
                            const row_list* rows,
                            const aggregate_inputs& inputs,
                            std::span<const std::int32_t> groups);
  absl::Status pass_on(const shared_set& set,
                       const std::vector<distinct_changes>& steps,
                       const std::vector<std::vector<column_ptr>>& args);

  std::vector<std::unique_ptr<accumulator>> accumulators_; ///< by call
  std::vector<bool> distinct_;                             ///< by call
  std::vector<shared_set> sets_;
};

} // namespace herald
