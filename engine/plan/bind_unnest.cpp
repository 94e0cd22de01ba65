#include "engine/plan/bind_subquery.hpp"
#include "engine/plan/window_call.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

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

/// Names of the columns that an operator adds.
std::vector<std::string> names_added(const unnest_spec& spec,
                                     const std::string& alias) {
  std::vector<std::string> result;
  if (spec.kind == unnest_spec::kind_type::map)
    result = {"KEY", "VALUE"};
  else if (spec.kind == unnest_spec::kind_type::table)
    result = {spec.value->name};
  else if (!alias.empty() && !spec.ordinality)
    result = {alias};
  else
    result = {"EXPR$0"};
  if (spec.ordinality)
    result.emplace_back("ORDINALITY");
  return result;
}

/// `plan`, the column `first` that unnesting added as its fields if it is a
/// ROW.
absl::StatusOr<plan_ptr> with_fields(const plan_ptr& plan, int first,
                                     text_position where) {
  const auto element = column_of(plan->columns, first);
  if (element->type.kind() != type_kind::row
      || plan->as<unnest_spec>()->kind == unnest_spec::kind_type::map)
    return plan;
  auto columns = columns_of(plan->columns);
  auto names = names_of(plan->columns);
  columns.erase(columns.begin() + first);
  names.erase(names.begin() + first);
  int at = first;
  for (const auto& part : element->type.fields()) {
    HERALD_ASSIGN(auto value, make_field(element, {part.name, where}));
    columns.insert(columns.begin() + at, std::move(value));
    names.insert(names.begin() + at++, part.name);
  }
  return make_project(plan, std::move(columns), names);
}

/// What `x` is, for errors.
std::string label_of(const sql::table_reference& x) {
  const auto* table = x.as<sql::table_function>();
  return table ? sql::to_text(table->function->as<sql::call>()->function)
               : "UNNEST";
}

/// Gives the columns that were added the names that `x` lists.
absl::Status rename(std::vector<plan_column>& added,
                    const sql::table_reference& x) {
  if (x.columns.empty())
    return absl::OkStatus();
  if (x.columns.size() != added.size()) {
    std::string names;
    for (const auto& column : added)
      names += (names.empty() ? "" : ", ") + column.name;
    return user_error(x.alias->where,
                      fmt::format("{} names for the {} columns of {}",
                                  x.columns.size(), added.size(), label_of(x)),
                      names);
  }
  for (std::size_t i = 0; i < x.columns.size(); ++i)
    added[i].name = x.columns[i].name;
  return absl::OkStatus();
}

} // namespace

bool is_true(const sql::expression& x) {
  const auto* value = x.as<sql::literal>();
  return value && value->kind == sql::literal_kind::boolean
         && value->text == "TRUE";
}

namespace {

/// True for functions of a table, whose calls give what a query would.
bool reads_table(const std::string& name) {
  return is_group_window(name) || is_changelog_function(name);
}

} // namespace

bool query_binder::unnests(const sql::table_reference& x) {
  const auto* table = x.as<sql::table_function>();
  return x.as<sql::unnest_table>()
         || (table
             && !reads_table(table->function->as<sql::call>()->upper_name()));
}

absl::StatusOr<query_binder::source>
query_binder::bind_unnest_join(const sql::join_table& x, text_position where) {
  const bool left_kept = x.kind == sql::join_kind::left;
  const auto label = label_of(*x.right);
  if (x.kind == sql::join_kind::right || x.kind == sql::join_kind::full)
    return user_error(where, label
                                 + " stands on the right of CROSS JOIN, JOIN "
                                   "or LEFT JOIN");
  if (x.natural || !x.using_columns.empty())
    return user_error(where, fmt::format("a join with {} has no USING and is "
                                         "not NATURAL",
                                         label));
  const bool has_condition = x.on && !is_true(*x.on);
  if (has_condition && left_kept)
    return user_error(
        x.on->where,
        fmt::format("a LEFT JOIN with {} has no condition but ON TRUE", label),
        "JOIN … ON, or WHERE, drops rows; to keep them, ask in CASE");
  HERALD_ASSIGN(auto left, bind_table(*x.left));
  HERALD_ASSIGN(auto result, bind_unnest(*x.right, std::move(left), left_kept));
  if (has_condition) {
    expression_binder binder(&session_, result.names, "ON");
    HERALD_ASSIGN(auto condition, binder.bind_condition(*x.on));
    result.plan = make_filter(std::move(result.plan), std::move(condition));
  }
  return result;
}

absl::StatusOr<unnest_spec>
query_binder::bind_elements(const sql::table_reference& x,
                            const source& left) const {
  unnest_spec result;
  if (const auto* table = x.as<sql::table_function>()) {
    const auto& call = *table->function->as<sql::call>();
    expression_binder binder(&session_, left.names, "a table function");
    HERALD_ASSIGN(result.value,
                  binder.bind_table_call(call, table->function->where));
    result.kind = unnest_spec::kind_type::table;
    if (left.plan->retracts && !result.value->steady)
      return user_error(table->function->where,
                        fmt::format("{} gives other rows each time, so what it "
                                    "gave for a row that is updated or deleted "
                                    "cannot be taken back",
                                    label_of(x)));
    return result;
  }
  const auto& unnest = *x.as<sql::unnest_table>();
  if (unnest.arrays.size() != 1)
    return user_error(x.where, "UNNEST of several values is not supported",
                      "join one UNNEST after the other");
  expression_binder binder(&session_, left.names, "UNNEST");
  HERALD_ASSIGN(result.value, binder.bind(*unnest.arrays[0]));
  HERALD_ASSIGN(result.kind, kind_of(*result.value, unnest.arrays[0]->where));
  result.ordinality = unnest.with_ordinality;
  return result;
}

absl::StatusOr<query_binder::source>
query_binder::bind_unnest(const sql::table_reference& x, source left,
                          bool keep_empty) {
  HERALD_ASSIGN(auto spec, bind_elements(x, left));
  spec.keep_empty = keep_empty;
  const auto first = static_cast<int>(left.names.columns().size());
  for (int i = 0; i < first; ++i)
    spec.columns.push_back(i);
  const auto alias = x.alias ? x.alias->name : std::string();
  const auto names = names_added(spec, alias);
  auto plan = make_unnest(std::move(left.plan), std::move(spec), names);
  HERALD_ASSIGN(plan, with_fields(plan, first, x.where));
  std::vector<plan_column> added(plan->columns.begin() + first,
                                 plan->columns.end());
  HERALD_TRY(rename(added, x));
  HERALD_TRY(left.names.add(alias, added, x.where));
  return source{std::move(plan), std::move(left.names)};
}

} // namespace herald
