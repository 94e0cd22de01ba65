#pragma once

#include "engine/plan/connector_catalog.hpp"
#include "engine/plan/logical_plan.hpp"

#include <functional>

// Rules that make a logical plan cheaper and leave its result alone. Each
// takes plans and gives new ones; `optimise` runs them in the order that they
// need. Trees until `share`, graphs after it. Pure; time is quadratic in the
// nodes of a statement at most (`plan_nodes_max`).

namespace herald {

class sql_session;

/// Moves conditions as far down as they go: through projections, windows,
/// unions and the keys of aggregations, into joins and their sides. Takes the
/// keys and the time bound of each join out of its condition. Columns stay as
/// they are, but what is known of their time may change.
absl::StatusOr<plan_ptr> push_filters(const plan_ptr& plan);

/// Joins adjacent projections, drops those that change nothing, folds
/// constants. Shared nodes are kept when computing them twice would cost.
std::vector<plan_ptr> merge_projects(const std::vector<plan_ptr>& roots);

/// Lets aggregations over TUMBLE and HOP assign the windows themselves.
plan_ptr fuse_windows(const plan_ptr& plan);

/// Makes one node of all that are equal, over all plans.
std::vector<plan_ptr> share(const std::vector<plan_ptr>& roots);

/// Tells scans of the comparisons with constants that all their readers ask
/// for, and uses what must be equal in computed columns.
std::vector<plan_ptr> use_scan_constants(const std::vector<plan_ptr>& roots,
                                         const connector_catalog& connectors);

/// Leaves only the columns, and the fields of nested columns, that are read.
/// The roots keep all columns.
std::vector<plan_ptr> prune(const std::vector<plan_ptr>& roots);

/// Tells operators that drop rows behind the watermark where these go: to the
/// table that 'late-rows' names, an option of the table that the operator
/// reads, through filters, projections and windows at most. Errors: a table
/// that is not there, or with columns that the rows have not. Comes before
/// columns are pruned (late_rows.cpp).
absl::StatusOr<std::vector<plan_ptr>>
place_late_rows(const std::vector<plan_ptr>& roots, const sql_session& session);

/// All of it. The roots keep number and order of their columns, not names.
absl::StatusOr<std::vector<plan_ptr>>
optimise(const std::vector<plan_ptr>& roots, const sql_session& session);

// -- tools of the rules -------------------------------------------------------

/// How many places read each node.
using use_counts = std::map<const plan_node*, int>;
use_counts count_uses(const std::vector<plan_ptr>& roots);

/// Every node once, inputs before those who read them.
std::vector<plan_ptr> topological(const std::vector<plan_ptr>& roots);

/// The same node with its own expressions mapped by `change` and over
/// `inputs`, whose columns have the same places.
plan_ptr
map_expressions(const plan_ptr& node, std::vector<plan_ptr> inputs,
                const std::function<expr_ptr(const expr_ptr&)>& change);

/// True if the plan gives the same columns when it is planned twice: no RAND()
/// or the like in what they or their rows are made of (prune.cpp).
bool is_steady(const plan_ptr& plan);

/// Takes constant branches out of CASE, AND and OR, and folds the rest.
expr_ptr simplify(const expr_ptr& x);

/// A column, or a field inside of one: FIELD(FIELD(column, 'a'), 'b').
struct field_path {
  int column = 0;
  std::vector<std::string> fields;

  auto operator<=>(const field_path&) const = default;
};

std::optional<field_path> path_of(const expr& x);

/// True for what costs next to nothing: columns, fields of them, literals.
bool is_cheap(const expr& x);

/// Takes what it can of `conditions` (over the join's output, reading both
/// sides) as keys and time bound; the rest becomes the residual. Gives the
/// join, under a projection if keys had to be computed.
absl::StatusOr<plan_ptr> build_join(plan_ptr left, plan_ptr right,
                                    join_spec spec,
                                    const std::vector<expr_ptr>& conditions);

} // namespace herald
