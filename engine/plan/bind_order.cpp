#include "engine/plan/query_binder.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

absl::StatusOr<std::optional<std::int64_t>>
row_count(const sql::expression_ptr& x, std::string_view what) {
  if (!x)
    return std::nullopt;
  const scope nothing;
  expression_binder binder(nullptr, nothing, what);
  HERALD_ASSIGN(auto value, binder.bind(*x));
  value = fold_constants(value);
  const auto* number = value->kind == expr_kind::literal
                           ? std::get_if<std::int64_t>(&value->literal.value)
                           : nullptr;
  if (!number || !value->type.is_integer() || *number < 0)
    return user_error(
        x->where, fmt::format("{} must be a constant number of rows", what));
  // Far from the end of BIGINT, so that limit and offset can be added.
  return std::min(*number, std::int64_t{1} << 61);
}

/// The place that a bare number in ORDER BY means, from 1; 0: no number.
absl::StatusOr<std::size_t> ordinal(const sql::expression& x,
                                    std::size_t columns) {
  const auto* number = x.as<sql::literal>();
  if (!number)
    return std::size_t{0};
  HERALD_ASSIGN(const auto value, bind_literal(*number, x.where));
  const auto* place = std::get_if<std::int64_t>(&value->literal.value);
  if (!place || !value->type.is_integer())
    return std::size_t{0};
  if (*place < 1 || *place > static_cast<std::int64_t>(columns))
    return user_error(x.where, fmt::format("ORDER BY {}: the result has {} "
                                           "columns",
                                           *place, columns));
  return static_cast<std::size_t>(*place);
}

/// Which of `labels` a bare name in ORDER BY means; -1: none.
int labelled(const sql::expression& x, const std::vector<std::string>& labels,
             std::size_t count) {
  const auto* name = x.as<sql::column_name>();
  if (!name || name->parts.size() != 1)
    return -1;
  for (std::size_t i = 0; i < count; ++i)
    if (labels[i] == name->parts[0].name)
      return static_cast<int>(i);
  return -1;
}

} // namespace

absl::Status query_binder::bind_ordering(expression_binder& binder,
                                         bool distinct,
                                         std::vector<expr_ptr>& items,
                                         std::vector<std::string>& labels,
                                         ordering& order) {
  const auto count = labels.size();
  order.columns = count;
  order.keys.clear();
  for (const auto& term : *order.terms) {
    const auto& x = *term.value;
    HERALD_ASSIGN(const auto place, ordinal(x, count));
    auto column
        = place > 0 ? static_cast<int>(place) - 1 : labelled(x, labels, count);
    if (column < 0) {
      HERALD_ASSIGN(auto value, binder.bind(x));
      for (std::size_t i = 0; i < items.size() && column < 0; ++i)
        if (equal(*items[i], *value))
          column = static_cast<int>(i);
      if (column < 0 && distinct)
        return user_error(x.where, "with DISTINCT, ORDER BY can only name what "
                                   "is selected");
      if (column < 0) {
        column = static_cast<int>(items.size());
        labels.push_back("$order");
        items.push_back(std::move(value));
      }
    }
    const auto& value = items[static_cast<std::size_t>(column)];
    HERALD_TRY(check_sortable(*value, x.where));
    const auto made = make_order_term(value, term);
    order.keys.push_back({column, made.descending, made.nulls_first});
  }
  return absl::OkStatus();
}

absl::StatusOr<plan_ptr>
query_binder::order_result(plan_ptr plan, const sql::query& x, ordering order) {
  if (!std::holds_alternative<sql::select_block>(x.body)) {
    scope names;
    HERALD_TRY(names.add("", plan->columns, x.where));
    auto items = columns_of(plan->columns);
    auto labels = names_of(plan->columns);
    expression_binder binder(&session_, names, "ORDER BY");
    HERALD_TRY(bind_ordering(binder, false, items, labels, order));
    if (items.size() > plan->columns.size())
      plan = make_project(std::move(plan), std::move(items), labels);
  }
  HERALD_ASSIGN(const auto limit, row_count(x.limit, "LIMIT"));
  HERALD_ASSIGN(const auto offset, row_count(x.offset, "OFFSET"));
  const auto where = !x.order_by.empty() ? x.order_by[0].value->where
                     : x.limit           ? x.limit->where
                     : x.offset          ? x.offset->where
                                         : x.where;
  HERALD_ASSIGN(plan, sort_rows(std::move(plan), order.keys,
                                {offset.value_or(0), limit}, where));
  if (plan->columns.size() == order.columns)
    return plan;
  auto items = columns_of(plan->columns);
  auto names = names_of(plan->columns);
  items.resize(order.columns);
  names.resize(order.columns);
  return make_project(std::move(plan), std::move(items), names);
}

namespace {

/// Top-N over all columns of `plan`.
absl::StatusOr<plan_ptr> make_first(plan_ptr plan, std::vector<int> keys,
                                    const std::vector<sort_key>& order,
                                    std::int64_t offset, std::int64_t limit,
                                    text_position where) {
  if (offset + limit > rank_max)
    return user_error(where, fmt::format("LIMIT of a stream that changes is at "
                                         "most {}",
                                         rank_max));
  top_n_spec top;
  top.keys = std::move(keys);
  top.order = order;
  for (std::size_t i = 0; i < plan->columns.size(); ++i)
    if (plan->columns[i].time == time_role::rowtime)
      top.ties.push_back({static_cast<int>(i)});
  top.first = offset + 1;
  top.last = offset + limit;
  top.rank_output = false;
  return make_top_n(std::move(plan), std::move(top));
}

plan_ptr no_rows(plan_ptr plan, text_position where) {
  return make_filter(
      std::move(plan),
      make_literal({data_type::of(type_kind::boolean), false}, where));
}

} // namespace

absl::StatusOr<plan_ptr> query_binder::first_of_each(plan_ptr plan,
                                                     const sql::query& x,
                                                     const ordering& order,
                                                     std::vector<int> keys) {
  HERALD_ASSIGN(const auto limit, row_count(x.limit, "LIMIT"));
  HERALD_ASSIGN(const auto offset, row_count(x.offset, "OFFSET"));
  if (!limit && offset.value_or(0) == 0)
    return plan;
  const auto where = x.limit ? x.limit->where : x.offset->where;
  if (order.keys.empty() || !limit)
    return user_error(where, "LIMIT of a LATERAL query needs an ORDER BY, and "
                             "OFFSET a LIMIT");
  if (*limit == 0)
    return no_rows(std::move(plan), where);
  return make_first(std::move(plan), std::move(keys), order.keys,
                    offset.value_or(0), *limit, where);
}

absl::StatusOr<plan_ptr>
query_binder::sort_rows(plan_ptr plan, const std::vector<sort_key>& keys,
                        const limit_spec& limit, text_position where) const {
  const bool limited = limit.limit || limit.offset > 0;
  if (keys.empty() && !limited)
    return plan;
  if (limit.limit == 0)
    return no_rows(std::move(plan), where);
  const auto time
      = keys.empty() || keys[0].descending || plan->retracts
            ? time_role::none
            : plan->columns[static_cast<std::size_t>(keys[0].column)].time;
  sort_spec sort;
  sort.order = keys;
  if (time == time_role::rowtime)
    plan = make_sort(std::move(plan), sort);
  const bool as_they_come
      = time != time_role::none || (keys.empty() && !plan->retracts);
  if (as_they_come)
    return limited ? make_limit(std::move(plan), limit) : plan;
  const auto terms = terms_of(*plan);
  if (terms.bounded) {
    sort.at_end = true;
    sort.offset = limit.offset;
    sort.limit = limit.limit;
    sort.memory_bytes_max = terms.memory_bytes_max;
    return make_sort(std::move(plan), std::move(sort));
  }
  if (!limit.limit)
    return user_error(where,
                      "a stream has no end to sort: ORDER BY must begin with a "
                      "time attribute, ascending",
                      "ORDER BY the column of the WATERMARK, or add a LIMIT");
  return make_first(std::move(plan), {}, keys, limit.offset, *limit.limit,
                    where);
}

} // namespace herald
