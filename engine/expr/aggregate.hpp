#pragma once

#include "engine/expr/expr.hpp"

#include <memory>
#include <string>
#include <vector>

// Aggregate functions over dense group ids. One accumulator holds the states
// of one aggregate for all groups of an operator; work is per batch, never a
// virtual call a row. What it knows of its groups can leave as columns
// ("partials") and be merged into another accumulator: that one mechanism
// serves panes of sliding windows, two-phase aggregation, snapshots and
// rescaling. Used by one thread at a time; bounded by its number of groups.

namespace herald {

class accumulator {
public:
  virtual ~accumulator() = default;

  /// Grows to `groups` groups; new ones are empty. Never shrinks.
  virtual void resize(std::int64_t groups) = 0;

  /// Adds the rows `rows` (all rows of the arguments when null) of `args` to
  /// the groups `groups[i]`, i counting the rows that are added. `changes`
  /// (one `change` a row of the batch; null: all inserts) says which rows are
  /// taken back. NULL arguments are skipped as SQL wants.
  virtual absl::Status
  add(const std::vector<column_ptr>& args, const row_list* rows,
      std::span<const std::int32_t> groups, const std::int8_t* changes)
      = 0;

  /// The columns that `partial` gives.
  virtual std::vector<data_type> partial_types() const = 0;

  /// The states of `groups`, one row each, in order.
  virtual std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const = 0;

  /// Adds states that `partial` gave, row i to `groups[i]`.
  virtual void merge(const std::vector<column_ptr>& partials,
                     std::span<const std::int32_t> groups)
      = 0;

  /// The results of `groups`, one row each, in order.
  virtual column_ptr result(std::span<const std::int32_t> groups) const = 0;

  /// Empties `groups` for reuse.
  virtual void clear(std::span<const std::int32_t> groups) = 0;

  virtual std::int64_t memory_bytes() const = 0;

  /// The first error of `partial`, `merge`, `result` and `clear`, whose results
  /// then mean nothing. Only what runs a user's code can have one.
  virtual absl::Status status() const {
    return absl::OkStatus();
  }
};

class user_aggregate;

/// A resolved aggregate call of a plan.
struct aggregate_call {
  std::string name;           ///< upper case: COUNT, SUM, …
  std::vector<expr_ptr> args; ///< over the operator's input; COUNT(*): none
  expr_ptr filter;            ///< FILTER (WHERE …), or null
  bool distinct = false;
  data_type type;                       ///< of the result
  std::shared_ptr<const user_aggregate> user = nullptr; ///< null: built in
};

/// Resolves an aggregate and its result type, casting arguments as Flink
/// does. Errors as `make_call`.
absl::StatusOr<aggregate_call>
make_aggregate(std::string_view name, std::vector<expr_ptr> args, bool distinct,
               expr_ptr filter, bool grouped, text_position where = {});

/// True if `name` (any case) is an aggregate function.
bool is_aggregate(std::string_view name);

/// Their names, but for internal ones.
std::vector<std::string> aggregate_names();

/// Makes the accumulator. `retractable`: rows may be taken back (MIN and MAX
/// then keep all values).
std::unique_ptr<accumulator> make_accumulator(const aggregate_call& call,
                                              bool retractable);

std::string to_string(const aggregate_call& x);

} // namespace herald
