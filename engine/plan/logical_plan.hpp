#pragma once

#include "engine/plan/job_graph.hpp"

// Logical plans: trees (after sharing: graphs without cycles) of relational
// operators. The binder makes them, rules rewrite them, the physical planner
// cuts them into stages. Nodes are immutable and shared. Make them only with
// the functions below: they derive columns, time attributes and changelog
// mode, so that no rule can forget to. One statement has `plan_nodes_max` at
// most.

namespace herald {

/// What a statement may expand to: more is a mistake or an attack.
constexpr std::size_t plan_nodes_max = 2048;

/// Event time is kept apart from other timestamps: only of a `rowtime` column
/// it is known that the watermark runs behind its values.
enum class time_role : std::uint8_t { none, rowtime, proctime };

/// Which bound of its window a column holds.
enum class window_role : std::uint8_t { none, start, end, time };

struct plan_column {
  std::string name;
  data_type type;
  time_role time = time_role::none;
  window_role role = window_role::none;
  window_spec window = {}; ///< of `role`

  /// True if no later row will have a value at or before the watermark.
  bool follows_watermark() const {
    return time == time_role::rowtime
           || ((role == window_role::end || role == window_role::time)
               && !window.processing_time);
  }
};

/// A table of the catalog with everything that its declaration says.
struct bound_table {
  /// What CREATE TABLE lists, in order.
  struct column {
    std::string name;
    data_type type;
    int source = -1;   ///< index into definition->columns; -1: computed
    expr_ptr computed; ///< over definition->columns; null: `source`, cast
  };

  std::shared_ptr<const table_definition> definition;
  std::vector<column> columns;
  int rowtime = -1;   ///< column with the watermark; -1: none
  expr_ptr watermark; ///< over `columns`, or null
};

using bound_table_ptr = std::shared_ptr<const bound_table>;

struct plan_node;
using plan_ptr = std::shared_ptr<const plan_node>;

/// Reads `paths` of the table and computes `columns` over them.
struct scan_node {
  bound_table_ptr table;
  std::vector<std::vector<std::string>> paths;
  std::vector<field> raw; ///< of the paths
  std::vector<expr_ptr> columns;
  std::vector<plan_column> names; ///< of `columns`
  std::vector<pushed_condition> pushed;
  int rowtime = -1;   ///< output column with the watermark; -1: none
  expr_ptr watermark; ///< over the output, or null
  changelog_kind changes = changelog_kind::inserts;
};

struct union_node {};

/// The join's residual holds the whole condition until keys are taken out.
using plan_spec = std::variant<
    scan_node, union_node, filter_spec, project_spec, window_assign_spec,
    window_aggregate_spec, group_aggregate_spec, expand_spec, join_spec,
    top_n_spec, deduplicate_spec, over_spec, sort_spec, limit_spec,
    normalize_spec, lookup_join_spec, unnest_spec, changelog_spec>;

struct plan_node {
  plan_spec spec;
  std::vector<plan_ptr> inputs;
  std::vector<plan_column> columns;
  bool retracts = false; ///< rows may be -U, -D
  std::size_t size = 1;  ///< nodes of the tree, shared ones counted each time

  template <class T>
  const T* as() const {
    return std::get_if<T>(&spec);
  }
};

/// A node of any kind; what it is made of must fit together.
plan_ptr make_node(plan_spec spec, std::vector<plan_ptr> inputs,
                   std::vector<plan_column> columns, bool retracts);

/// Every column of the table, in order of declaration; if it is read as
/// upserts, made a whole changelog.
plan_ptr make_scan(const bound_table_ptr& table,
                   changelog_kind changes = changelog_kind::inserts);
plan_ptr make_scan(scan_node spec);
/// Inputs of equal types; the names of the first.
plan_ptr make_union(std::vector<plan_ptr> inputs);
/// `input` itself when the condition is null.
plan_ptr make_filter(plan_ptr input, expr_ptr condition);
/// Names: one an expression. Time and window roles pass through plain columns.
plan_ptr make_project(plan_ptr input, std::vector<expr_ptr> columns,
                      const std::vector<std::string>& names);
plan_ptr make_window_assign(plan_ptr input, window_assign_spec spec);
plan_ptr make_expand(plan_ptr input, expand_spec spec);
plan_ptr make_group_aggregate(plan_ptr input, group_aggregate_spec spec);
plan_ptr make_window_aggregate(plan_ptr input, window_aggregate_spec spec);
plan_ptr make_normalize(plan_ptr input, normalize_spec spec);
/// `names`: one for each column behind those of the input.
plan_ptr make_unnest(plan_ptr input, unnest_spec spec,
                     const std::vector<std::string>& names);
/// `name`: of the column that `tell` adds.
plan_ptr make_changelog(plan_ptr input, changelog_spec spec,
                        const std::string& name = {});
/// Types become nullable where rows may be missing; `…_retracts` are set here.
plan_ptr make_join(plan_ptr left, plan_ptr right, join_spec spec);
/// One input: the table is asked, not read (make_join.cpp).
plan_ptr make_lookup_join(plan_ptr input, lookup_join_spec spec);
/// Top-N, deduplication, OVER, ORDER BY or LIMIT (order_plan.cpp).
bool is_order_node(const plan_node& x);
plan_ptr make_top_n(plan_ptr input, top_n_spec spec);
plan_ptr make_deduplicate(plan_ptr input, deduplicate_spec spec);
plan_ptr make_over(plan_ptr input, over_spec spec);
plan_ptr make_sort(plan_ptr input, sort_spec spec);
plan_ptr make_limit(plan_ptr input, limit_spec spec);

/// True for an aggregation without keys, and projections and filters of one.
bool gives_one_row(const plan_node& node);

/// The same node over other inputs, which have the same columns.
plan_ptr with_inputs(const plan_node& node, std::vector<plan_ptr> inputs);

/// A reference to column `index` of `columns`.
expr_ptr column_of(const std::vector<plan_column>& columns, int index);

/// References to all of them.
std::vector<expr_ptr> columns_of(const std::vector<plan_column>& columns);

std::vector<std::string> names_of(const std::vector<plan_column>& columns);

/// `x` with column i replaced by column `map[i]` of `columns`. Every column
/// that `x` reads must have a place (>= 0).
expr_ptr remap(const expr_ptr& x, const std::vector<int>& map,
               const std::vector<plan_column>& columns);
aggregate_call remap(const aggregate_call& x, const std::vector<int>& map,
                     const std::vector<plan_column>& columns);

/// `x` with column i replaced by `columns[i]`.
aggregate_call substitute(const aggregate_call& x,
                          const std::vector<expr_ptr>& columns);

/// Adds the columns that the call reads, its filter included.
void collect_columns(const aggregate_call& x, std::vector<int>& out);

/// True if both are the same call of the same expressions.
bool equal(const aggregate_call& a, const aggregate_call& b);

schema_ptr schema_of(const std::vector<plan_column>& columns);

} // namespace herald
