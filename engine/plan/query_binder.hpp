#pragma once

#include "engine/plan/bind_expression.hpp"
#include "engine/plan/grouping.hpp"
#include "engine/plan/hints.hpp"
#include "engine/plan/pending_subquery.hpp"
#include "engine/plan/sql_session.hpp"

// From queries of the AST to logical plans. One binder a statement, on one
// thread. Views are bound where they are used, at most 32 inside each other.

namespace herald {

class query_binder {
public:
  explicit query_binder(const sql_session& session)
      : session_(session), home_(session.catalogs().current()) {}

  /// Binds a query; its result has one column an entry of the select list.
  absl::StatusOr<plan_ptr> bind(const sql::query& x);

  /// Binds the query of a view that is used at `where` (bind_from.cpp).
  absl::StatusOr<plan_ptr> bind_view(const bound_view& view,
                                     text_position where);

private:
  /// What FROM gives: a plan and the names of its columns.
  struct source {
    plan_ptr plan;
    scope names;
  };

  /// ORDER BY of a query and what becomes of it.
  struct ordering {
    const std::vector<sql::order_item>* terms = nullptr;
    std::vector<sort_key> keys;
    std::size_t columns = 0; ///< of the result; those behind are only sorted by
  };

  /// What the select block of a subquery is bound with.
  struct subquery_context {
    const scope& outer;
    std::vector<expr_ptr> conditions; ///< that read outer columns
    bound_subquery& result;
    plan_ptr around; ///< has the columns of `outer`; or null
  };

  class block_subqueries;

  struct common_table { ///< of WITH
    std::string name;
    plan_ptr plan;
  };

  // -- queries (bind_query.cpp) ----------------------------------------------
  absl::Status bind_with(const sql::common_table& x);
  absl::StatusOr<plan_ptr> bind_body(const sql::query& x, ordering& order);
  absl::StatusOr<plan_ptr> bind_values(const sql::values_block& x);
  /// A plan of one row, to compute constants on.
  plan_ptr one_row();

  // -- set operations (bind_set.cpp) -----------------------------------------
  absl::StatusOr<plan_ptr> bind_set(const sql::set_operation& x,
                                    text_position where);

  // -- ORDER BY, LIMIT (bind_order.cpp) --------------------------------------
  /// Finds what ORDER BY means in a select list, and adds what is not in it.
  static absl::Status bind_ordering(expression_binder& binder, bool distinct,
                                    std::vector<expr_ptr>& items,
                                    std::vector<std::string>& labels,
                                    ordering& order);
  absl::StatusOr<plan_ptr> order_result(plan_ptr plan, const sql::query& x,
                                        ordering order);
  absl::StatusOr<plan_ptr> sort_rows(plan_ptr plan,
                                     const std::vector<sort_key>& keys,
                                     const limit_spec& limit,
                                     text_position where) const;
  /// The rows that LIMIT keeps for each value of `keys`.
  static absl::StatusOr<plan_ptr> first_of_each(plan_ptr plan,
                                                const sql::query& x,
                                                const ordering& order,
                                                std::vector<int> keys);

  // -- FROM (bind_from.cpp, bind_window.cpp) ---------------------------------
  absl::StatusOr<source> bind_table(const sql::table_reference& x);
  absl::StatusOr<source> name_columns(plan_ptr plan, std::string alias,
                                      const sql::table_reference& x) const;
  /// The database of a table or view that is called by its own name.
  database_name home_of(const sql::table_reference& x) const;
  const common_table* find_common(const sql::qualified_name& name) const;
  absl::StatusOr<plan_ptr> bind_name(const sql::qualified_name& name,
                                     const std::vector<sql::hint>& hints = {});
  /// `plan`, of a view or a query of WITH, if its tables can be read.
  absl::StatusOr<plan_ptr> check_read(plan_ptr plan,
                                      const sql::qualified_name& name) const;
  /// True if rows of the table can be looked up but not read.
  bool only_looked_up(const table_definition& table) const;
  absl::StatusOr<source> bind_join(const sql::join_table& x,
                                   text_position where);
  absl::StatusOr<source> bind_using(const sql::join_table& x, source left,
                                    source right, text_position where);

  /// LATERAL (SELECT …) (bind_lateral.cpp).
  absl::StatusOr<source> bind_lateral(const sql::join_table& x,
                                      text_position where);
  absl::StatusOr<bound_subquery> bind_tied(const sql::query& x,
                                           const scope& outer);

  // -- FOR SYSTEM_TIME AS OF (bind_lookup.cpp) -------------------------------
  /// The right side of a join; of a table of a processing time its scan, which
  /// is only there to be named.
  absl::StatusOr<source> bind_right(const sql::join_table& x);
  /// Joins the sides as `x` says: reads the right one or looks rows up in it.
  absl::StatusOr<plan_ptr> join_sides(const sql::join_table& x, plan_ptr left,
                                      plan_ptr right, join_spec spec);
  /// As `join_sides`, with the condition of ON and its subqueries
  /// (bind_on.cpp).
  absl::StatusOr<plan_ptr> join_on(const sql::join_table& x, const scope& names,
                                   plan_ptr left, plan_ptr right,
                                   join_spec spec);
  /// An outer join of sides that `list` is joined to before.
  absl::StatusOr<plan_ptr> join_asked(const sql::join_table& x,
                                      std::vector<pending_subquery> list,
                                      plan_ptr left, plan_ptr right,
                                      join_spec spec,
                                      const expr_ptr& condition);
  /// With a side that a hint broadcasts (bind_broadcast.cpp).
  absl::StatusOr<plan_ptr> join_streams(const sql::join_table& x, plan_ptr left,
                                        plan_ptr right, join_spec spec) const;
  absl::Status refuse_broadcast(const sql::join_table& x) const;
  absl::StatusOr<lookup_policy>
  lookup_policy_for(const sql::table_reference& x,
                    const table_definition& table) const;

  absl::StatusOr<plan_ptr> bind_function(const sql::table_function& x,
                                         text_position where);
  absl::StatusOr<plan_ptr> bind_window(const sql::call& x, text_position where);
  absl::StatusOr<plan_ptr> bind_table_argument(const sql::expression& x);
  absl::StatusOr<plan_ptr> bind_changelog(const sql::call& x, text_position at);

  // -- rows and what is in them (bind_unnest.cpp) ----------------------------
  /// True for UNNEST and the user's table functions.
  static bool unnests(const sql::table_reference& x);
  absl::StatusOr<source> bind_unnest_join(const sql::join_table& x,
                                          text_position where);
  /// Each row of `left` once for each of those that `x` gives for it.
  absl::StatusOr<source> bind_unnest(const sql::table_reference& x, source left,
                                     bool keep_empty);
  absl::StatusOr<unnest_spec> bind_elements(const sql::table_reference& x,
                                            const source& left) const;

  // -- joins in time (bind_versions.cpp) -------------------------------------
  /// The column of `left` that FOR SYSTEM_TIME AS OF names; none: it is a
  /// processing time.
  absl::StatusOr<std::optional<int>> bind_as_of(const sql::expression& x,
                                                const source& left);
  /// A join with the versions of a table that are valid at the times of
  /// `left` in column `time`.
  absl::StatusOr<source> bind_versions(const sql::join_table& x, source left,
                                       int time, text_position where);

  // -- subqueries (bind_subquery.cpp, attach_subquery.cpp) -------------------
  absl::StatusOr<bound_subquery> bind_subquery(const sql::query& x,
                                               const scope& outer,
                                               text_position where,
                                               plan_ptr around = nullptr);
  /// The conditions of WHERE, subqueries joined.
  absl::Status bind_where(const sql::expression& x, source& from,
                          subquery_context* context);
  absl::StatusOr<bool> filter_by_subquery(const sql::expression& x,
                                          source& from, const scope* outer);
  /// Takes the conditions of `context` apart; adds the columns of the block
  /// that they read to `items`.
  static absl::Status tie(subquery_context& context,
                          std::vector<expr_ptr>& items,
                          std::vector<std::string>& labels);
  static absl::Status tie_keys(subquery_context& context, grouping_keys& keys,
                               text_position where);
  /// Joins the values of the query around it that other conditions than
  /// equalities read to `from`, and groups by them.
  absl::Status tie_values(subquery_context& context, source& from,
                          grouping_keys& keys, text_position where);
  /// The rows of `plan` for which EXISTS or IN holds; the same columns.
  static absl::StatusOr<plan_ptr> make_filtered(const pending_subquery& x,
                                                bool negated, plan_ptr plan);
  /// Joins the subqueries to `plan`; gives what each one's column becomes.
  static absl::StatusOr<std::vector<expr_ptr>>
  attach(const std::vector<pending_subquery>& list, plan_ptr& plan);
  /// Joins, filters by `condition`, and gives the columns that were there.
  static absl::StatusOr<plan_ptr>
  filter_attached(const std::vector<pending_subquery>& list, plan_ptr plan,
                  const expr_ptr& condition);

  // -- SELECT (bind_select.cpp, bind_group.cpp) ------------------------------
  /// The expressions of a block over its FROM, those of ORDER BY last.
  struct bound_items {
    std::vector<expr_ptr> items;
    std::vector<std::string> labels;
    over_list overs;
    expr_ptr qualify; ///< or null
  };

  absl::StatusOr<plan_ptr> bind_select(const sql::select_block& x,
                                       ordering& order, text_position where);
  absl::StatusOr<bound_items>
  bind_items(const sql::select_block& x, const scope& names,
             aggregate_list* aggregates, ordering& order,
             subquery_hook* subqueries, subquery_hook* in_aggregates);
  absl::StatusOr<plan_ptr> bind_grouped(const sql::select_block& x, source from,
                                        ordering& order, text_position where,
                                        subquery_context* context);
  /// Lets OVER see the rows of one value of the links only.
  static absl::Status tie_overs(const subquery_context& context, bound_items& x,
                                text_position where);
  /// GROUP BY; its subqueries become columns of `from` that no name leads to.
  absl::StatusOr<grouping_keys> bind_keys(const sql::select_block& x,
                                          source& from,
                                          aggregate_list& aggregates);
  /// Puts the values of subqueries in their places.
  static void place_subqueries(bound_items& x,
                               const std::vector<expr_ptr>& values);
  /// Computes the calls of OVER over `plan`, keeps the rows of QUALIFY, and
  /// gives the select list.
  absl::StatusOr<plan_ptr> finish_select(plan_ptr plan, bound_items x);
  sort_terms terms_of(const plan_node& plan) const;

  /// Lays the windows of a grouping function over the rows, if GROUP BY has
  /// one (bind_group_window.cpp).
  absl::Status bind_group_window(const sql::select_block& x, source& from,
                                 aggregate_list& aggregates);

  const sql_session& session_;
  database_name home_; ///< where plain names are looked for
  std::vector<common_table> common_tables_; ///< inner ones last
  select_hints hints_;                      ///< of the block at hand
  int view_depth_ = 0;
  int unread_ = 0; ///< > 0: what is bound may be there to be looked up in only
  int subqueries_bound_ = 0;
  subquery_context* subquery_ = nullptr; ///< of the next select block
  bound_table_ptr one_row_;              ///< made when it is needed
};

/// What a connector says against `table`: at the option that it is about, or
/// else at the name that it is called by.
absl::Status about_table(const absl::Status& found,
                         const sql::qualified_name& name,
                         const table_definition& table);

} // namespace herald
