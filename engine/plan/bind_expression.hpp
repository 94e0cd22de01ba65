#pragma once

#include "engine/plan/bind_over.hpp"
#include "engine/plan/function_catalog.hpp"
#include "engine/plan/scope.hpp"
#include "engine/sql/ast_table.hpp"

// From the expressions of the AST to bound ones: names become columns,
// operators and functions are resolved, literals become values. One binder
// binds the expressions of one clause, on one thread; its depth is bounded by
// the parser's `max_nesting`.

namespace herald {

class sql_session;

/// The window of a grouping function, TUMBLE(…) in GROUP BY.
struct group_window {
  const sql::call* call = nullptr;
  int first = 0; ///< column of its start; end and time follow
  /// Keys of a session that are computed, and their columns.
  std::vector<std::pair<expr_ptr, int>> computed;
};

/// GROUPING(a, b) or GROUP_ID().
struct grouping_call {
  std::vector<expr_ptr> args;
  bool is_group_id = false;
  text_position where;
};

/// What one SELECT block computes over groups. While its expressions are
/// bound, call i stands as column `scope columns + i`, and call i of
/// `groupings` as column `scope columns + grouping_first + i`.
struct aggregate_list {
  std::vector<aggregate_call> calls;
  bool grouped = false; ///< there is a GROUP BY with keys
  std::optional<group_window> window;
  std::vector<grouping_call> groupings;
  /// Keys that hold subqueries, by their text: the select list repeats them.
  std::vector<std::pair<std::string, expr_ptr>> subquery_keys;
};

/// Beyond the aggregate calls that any statement has.
constexpr int grouping_first = 1 << 20;

/// As `over_base`: the value of subquery n, and column n of the query around
/// a subquery.
constexpr int subquery_base = 1 << 25;
constexpr int outer_column_base = 1 << 26;

/// Takes the subqueries of a clause; each becomes a column.
class subquery_hook {
public:
  virtual ~subquery_hook() = default;
  virtual absl::StatusOr<expr_ptr> bind_scalar(const sql::query& x,
                                               text_position at)
      = 0;
  virtual absl::StatusOr<expr_ptr> bind_exists(const sql::query& x,
                                               text_position at)
      = 0;
  virtual absl::StatusOr<expr_ptr> bind_in(const std::vector<expr_ptr>& values,
                                           const sql::query& x,
                                           text_position at)
      = 0;
  /// MIN or MAX of the one column, or (COUNT NULL) how often it is NULL.
  virtual absl::StatusOr<expr_ptr>
  bind_aggregate(std::string_view name, const sql::query& x, text_position at)
      = 0;
};

class expression_binder {
public:
  /// `session` has the user's functions (null: there are only built-in ones);
  /// `clause` names the clause in errors. Without `aggregates` the clause may
  /// not have any; without `overs` no OVER.
  expression_binder(const sql_session* session, const scope& names,
                    std::string_view clause,
                    aggregate_list* aggregates = nullptr,
                    over_list* overs = nullptr)
      : session_(session), names_(names), clause_(clause),
        aggregates_(aggregates), overs_(overs) {}

  /// All must live longer; null: there may be no subqueries, no outer query,
  /// no subqueries in the arguments of aggregates.
  void allow(subquery_hook* subqueries, const scope* outer,
             subquery_hook* in_aggregates = nullptr) {
    subqueries_ = subqueries;
    outer_ = outer;
    in_aggregates_ = in_aggregates;
  }

  absl::StatusOr<expr_ptr> bind(const sql::expression& x);

  /// The values on the left of IN: of a row one each.
  absl::StatusOr<std::vector<expr_ptr>> bind_row(const sql::expression& x);

  /// The rows of a call of a table function in FROM, as an ARRAY of ROWs
  /// (bind_table_function.cpp). Errors: there is no such table function.
  absl::StatusOr<expr_ptr> bind_table_call(const sql::call& x,
                                           text_position at);

  /// As `bind`; the result must be BOOLEAN.
  absl::StatusOr<expr_ptr> bind_condition(const sql::expression& x);

private:
  absl::StatusOr<std::vector<expr_ptr>>
  bind_all(const std::vector<sql::expression_ptr>& list);
  absl::StatusOr<expr_ptr> bind_node(const sql::literal& x, text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::column_name& x,
                                     text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::field_access& x,
                                     text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::operation& x, text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::case_expression& x,
                                     text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::cast& x, text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::call& x, text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::keyword_argument& x,
                                     text_position at);
  absl::StatusOr<expr_ptr> bind_node(const sql::subquery& x, text_position at);

  // -- subqueries (bind_subquery.cpp) ----------------------------------------
  /// ANY and ALL of an order; in bind_quantified.cpp.
  absl::StatusOr<expr_ptr> bind_quantified(const sql::operation& x,
                                           text_position at);
  absl::StatusOr<expr_ptr> bind_in_query(const sql::operation& x,
                                         text_position at);
  absl::Status check_subquery(text_position at) const;

  /// What takes the subqueries of the place at hand, or null.
  subquery_hook* subqueries() const {
    return inside_aggregate_ ? in_aggregates_ : subqueries_;
  }

  template <class T>
  absl::StatusOr<expr_ptr> bind_node(const T&, text_position at) {
    return misplaced(at);
  }

  absl::StatusOr<expr_ptr> bind_in(const sql::operation& x, text_position at);
  absl::StatusOr<expr_ptr> bind_chain(const sql::operation& x,
                                      text_position at);
  absl::StatusOr<expr_ptr> bind_sign(const sql::operation& x, text_position at);
  /// `function`: the user's; null: a built-in one.
  absl::StatusOr<expr_ptr> bind_aggregate(const sql::call& x, text_position at,
                                          const user_function* function
                                          = nullptr);
  absl::StatusOr<expr_ptr> bind_window_bound(const sql::call& x,
                                             text_position at);
  absl::StatusOr<expr_ptr> bind_grouping_call(const sql::call& x,
                                              text_position at);
  absl::Status bind_aggregate_inputs(const sql::call& x,
                                     std::vector<expr_ptr>& args,
                                     expr_ptr& filter);
  absl::StatusOr<expr_ptr> bind_difference(const sql::operation& x,
                                           text_position at);
  absl::StatusOr<expr_ptr> bind_period(const sql::operation& x,
                                       text_position at);

  // -- JSON functions (bind_json.cpp) ----------------------------------------
  absl::StatusOr<expr_ptr> bind_json(const sql::call& x, text_position at);
  absl::StatusOr<expr_ptr> bind_json_maker(const sql::call& x,
                                           text_position at);
  absl::Status bind_behaviour(const std::string& function,
                              const sql::json_behaviour& x, bool on_empty,
                              text_position at, std::vector<expr_ptr>& args);

  // -- OVER (bind_over.cpp) --------------------------------------------------
  absl::StatusOr<expr_ptr> bind_over(const sql::call& x, text_position at);
  absl::StatusOr<over_list::entry>
  bind_window(const sql::window_specification& x,
              const sql::window_frame*& frame);
  absl::StatusOr<over_function>
  bind_over_function(const sql::call& x, const over_list::entry& window,
                     const sql::window_frame* frame, text_position at);

  absl::Status misplaced(text_position at) const;

  // -- functions of the user (bind_function.cpp) -----------------------------
  absl::StatusOr<expr_ptr> bind_user_call(const user_function& function,
                                          const sql::call& x, text_position at);
  absl::Status unknown_function(const sql::call& x, text_position at) const;

  const sql_session* session_;
  const scope& names_;
  std::string_view clause_;
  aggregate_list* aggregates_;
  over_list* overs_;
  bool inside_aggregate_ = false;
  bool inside_over_ = false;
  subquery_hook* subqueries_ = nullptr;
  subquery_hook* in_aggregates_ = nullptr;
  const scope* outer_ = nullptr;
};

/// Finds the overload of `function` that takes `args`, and converts these to
/// its parameters.
absl::StatusOr<const library_overload*>
choose_overload(const user_function& function, std::vector<expr_ptr>& args,
                text_position at);

/// The call of a user's aggregate. Errors: no overload takes `args`.
absl::StatusOr<aggregate_call>
make_user_aggregate(const user_function& function, std::vector<expr_ptr> args,
                    bool distinct, expr_ptr filter, text_position at);

/// True for the functions that `bind_json` binds.
bool is_json_call(std::string_view name);

/// Refuses bare NULLs as arguments that need a type (bind_null.cpp).
absl::Status check_nulls(const sql::call& x);
absl::Status check_nulls(const sql::operation& x);

/// The value of a literal. Errors: numbers out of range, malformed times.
absl::StatusOr<expr_ptr> bind_literal(const sql::literal& x, text_position at);

/// The same expression, placed at `where` in the text.
expr_ptr at_position(const expr_ptr& x, text_position where);

/// The value of a constant interval of days to seconds, in milliseconds.
absl::StatusOr<std::int64_t> interval_ms(const sql::expression& x,
                                         std::string_view what);

/// FIELD(row, name).
absl::StatusOr<expr_ptr> make_field(expr_ptr row, const sql::identifier& name);

} // namespace herald
