#pragma once

#include "engine/plan/query_binder.hpp"

#include <functional>
#include <optional>

// What binding and joining subqueries and LATERAL share. Internal to the
// binder.

namespace herald {

/// `x` with each column replaced by `change(column)`; null: left as it is.
expr_ptr map_columns(const expr_ptr& x,
                     const std::function<expr_ptr(const expr&)>& change);

/// `x` with subquery n replaced by `values[n]`.
expr_ptr with_subqueries(const expr_ptr& x,
                         const std::vector<expr_ptr>& values);

/// `x` with its columns moved by `by`; those of subqueries stay.
expr_ptr moved(const expr_ptr& x, int by);

/// True if `x` reads a subquery.
bool reads_subquery(const expr& x);

/// True if `x` reads a column of the query around it.
bool reads_outer(const expr& x);

/// Of `inner = outer`, which ties as a key, the argument that reads nothing but
/// the query around; nullopt: `x` is no such equality.
std::optional<std::size_t> outer_side(const expr& x);

/// True for the literal TRUE, as in ON TRUE.
bool is_true(const sql::expression& x);

/// `input` with TRUE behind its columns: NULL there after a left join says that
/// no row was found.
plan_ptr marked(const plan_ptr& input);

/// The columns of a subquery that equal values of the query around it.
template <class Query>
std::vector<int> link_columns(const Query& query) {
  std::vector<int> result;
  for (const auto& x : query.links)
    result.push_back(x.column);
  return result;
}

/// What ties the subquery `query` to the query around it: conditions over the
/// columns of `left`, then of the subquery.
template <class Query>
absl::StatusOr<std::vector<expr_ptr>> tie_conditions(const Query& query,
                                                     const plan_ptr& left) {
  const auto first = static_cast<int>(left->columns.size());
  const auto inner = [&](int column) {
    const auto& made = query.plan->columns[static_cast<std::size_t>(column)];
    return make_column(first + column, made.type, made.name);
  };
  std::vector<expr_ptr> result;
  for (const auto& link : query.links) {
    HERALD_ASSIGN(auto equal,
                  make_call(link.null_safe ? "IS NOT DISTINCT FROM" : "=",
                            {link.outer, inner(link.column)},
                            link.outer->where));
    result.push_back(std::move(equal));
  }
  for (const auto& other : query.others)
    result.push_back(map_columns(other, [&](const expr& column) -> expr_ptr {
      return column.column >= subquery_base
                 ? inner(column.column - subquery_base)
                 : nullptr;
    }));
  return result;
}

/// Keeps the subqueries of a clause until they are joined; `names` are those
/// that they may be tied to.
class query_binder::block_subqueries final : public subquery_hook {
public:
  /// `around` has the columns of `names`; null: only equalities may tie
  /// aggregations.
  block_subqueries(query_binder& binder, const scope& names,
                   const plan_ptr* around = nullptr)
      : binder_(binder), names_(names), around_(around) {}

  absl::StatusOr<expr_ptr> bind_scalar(const sql::query& x,
                                       text_position at) override {
    return add(pending_subquery::kind_type::scalar, {}, x, at);
  }

  absl::StatusOr<expr_ptr> bind_exists(const sql::query& x,
                                       text_position at) override {
    return add(pending_subquery::kind_type::exists, {}, x, at);
  }

  absl::StatusOr<expr_ptr> bind_in(const std::vector<expr_ptr>& values,
                                   const sql::query& x,
                                   text_position at) override {
    return add(pending_subquery::kind_type::in, values, x, at);
  }

  absl::StatusOr<expr_ptr> bind_aggregate(std::string_view name,
                                          const sql::query& x,
                                          text_position at) override;

  /// The column that stands for it.
  absl::StatusOr<expr_ptr> add(pending_subquery made);

  /// Refuses another number of columns than are asked for.
  static absl::Status check_width(const pending_subquery& x);

  std::vector<pending_subquery> list;

private:
  absl::StatusOr<expr_ptr> add(pending_subquery::kind_type kind,
                               std::vector<expr_ptr> values,
                               const sql::query& x, text_position at);

  query_binder& binder_;
  const scope& names_;
  const plan_ptr* around_;
};

} // namespace herald
