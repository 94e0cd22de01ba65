#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// `x` as a column of the plan, added behind the others if it is none.
int column_for(const expr_ptr& x, plan_ptr& plan) {
  if (x->kind == expr_kind::column)
    return x->column;
  auto columns = columns_of(plan->columns);
  auto names = names_of(plan->columns);
  columns.push_back(x);
  names.push_back(to_string(*x));
  plan = make_project(std::move(plan), std::move(columns), names);
  return static_cast<int>(plan->columns.size()) - 1;
}

absl::StatusOr<unnest_spec::kind_type> kind_of(const expr& x,
                                               text_position where) {
  switch (x.type.kind()) {
  case type_kind::array:
    return unnest_spec::kind_type::array;
  case type_kind::map:
    return unnest_spec::kind_type::map;
  case type_kind::multiset:
    return unnest_spec::kind_type::multiset;
  default:
    return user_error(where,
                      fmt::format("UNNEST takes an ARRAY, a MAP or a MULTISET, "
                                  "not {}",
                                  x.type.to_short_string()));
  }
}

bool is_true(const sql::expression_ptr& x) {
  const auto* value = x ? x->as<sql::literal>() : nullptr;
  return value && value->kind == sql::literal_kind::boolean
         && value->text == "TRUE";
}

/// Names of the columns that an operator adds.
std::vector<std::string> names_added(const unnest_spec& spec,
                                     const std::string& alias) {
  std::vector<std::string> result;
  if (spec.kind == unnest_spec::kind_type::map)
    result = {"KEY", "VALUE"};
  else if (!alias.empty() && !spec.ordinality)
    result = {alias};
  else
    result = {"EXPR$0"};
  if (spec.ordinality)
    result.emplace_back("ORDINALITY");
  return result;
}

/// The columns of `plan` before `end`, then those from `first` on; an element
/// that is a ROW as its fields.
absl::StatusOr<plan_ptr> with_elements(const plan_ptr& plan, int end, int first,
                                       text_position where) {
  std::vector<expr_ptr> columns;
  std::vector<std::string> names;
  const auto keep = [&](int i) {
    columns.push_back(column_of(plan->columns, i));
    names.push_back(plan->columns[static_cast<std::size_t>(i)].name);
  };
  for (int i = 0; i < end; ++i)
    keep(i);
  const auto count = static_cast<int>(plan->columns.size());
  const auto element = column_of(plan->columns, first);
  const bool is_row
      = element->type.kind() == type_kind::row
        && plan->as<unnest_spec>()->kind != unnest_spec::kind_type::map;
  if (!is_row && end == first)
    return plan;
  if (is_row)
    for (const auto& part : element->type.fields()) {
      HERALD_ASSIGN(auto value, make_field(element, {part.name, where}));
      columns.push_back(std::move(value));
      names.push_back(part.name);
    }
  for (int i = is_row ? first + 1 : first; i < count; ++i)
    keep(i);
  return make_project(plan, std::move(columns), names);
}

} // namespace

absl::StatusOr<query_binder::source>
query_binder::bind_unnest_join(const sql::join_table& x, text_position where) {
  const bool left_kept = x.kind == sql::join_kind::left;
  if (x.kind == sql::join_kind::right || x.kind == sql::join_kind::full)
    return user_error(where, "UNNEST stands on the right of CROSS JOIN, JOIN "
                             "or LEFT JOIN");
  if (x.natural || !x.using_columns.empty() || (x.on && !is_true(x.on)))
    return user_error(x.on ? x.on->where : where,
                      "a join with UNNEST has no condition but ON TRUE",
                      left_kept ? "" : "ask for more in WHERE");
  HERALD_ASSIGN(auto left, bind_table(*x.left));
  return bind_unnest(*x.right, std::move(left), left_kept);
}

absl::StatusOr<query_binder::source>
query_binder::bind_unnest(const sql::table_reference& x, source left,
                          bool keep_empty) {
  const auto& unnest = *x.as<sql::unnest_table>();
  if (unnest.arrays.size() != 1)
    return user_error(x.where, "UNNEST of several values is not supported",
                      "join one UNNEST after the other");
  expression_binder binder(&session_, left.names, "UNNEST");
  HERALD_ASSIGN(const auto value, binder.bind(*unnest.arrays[0]));
  unnest_spec spec;
  HERALD_ASSIGN(spec.kind, kind_of(*value, unnest.arrays[0]->where));
  spec.ordinality = unnest.with_ordinality;
  spec.keep_empty = keep_empty;
  auto input = left.plan;
  spec.column = column_for(value, input);
  const auto first = static_cast<int>(input->columns.size());
  const auto end = static_cast<int>(left.names.columns().size());
  const auto alias = x.alias ? x.alias->name : std::string();
  auto plan = make_unnest(std::move(input), spec, names_added(spec, alias));
  HERALD_ASSIGN(plan, with_elements(plan, end, first, x.where));
  std::vector<plan_column> added(plan->columns.begin() + end,
                                 plan->columns.end());
  if (!x.columns.empty() && x.columns.size() != added.size())
    return user_error(x.where, fmt::format("{} names for an UNNEST of {} "
                                           "columns",
                                           x.columns.size(), added.size()));
  for (std::size_t i = 0; i < x.columns.size(); ++i)
    added[i].name = x.columns[i].name;
  HERALD_TRY(left.names.add(alias, added, x.where));
  return source{std::move(plan), std::move(left.names)};
}

} // namespace herald
