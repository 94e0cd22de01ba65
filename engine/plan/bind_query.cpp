#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// Rows of literals as one value, an array of rows, that is unnested: as many
/// operators for a thousand as for two. Null for a single row, and if some
/// value is no literal.
absl::StatusOr<plan_ptr>
constant_rows(const std::vector<std::vector<expr_ptr>>& rows,
              const std::vector<std::string>& names, plan_ptr one) {
  if (rows.size() == 1)
    return plan_ptr();
  std::vector<field> fields;
  for (std::size_t i = 0; i < names.size(); ++i)
    fields.push_back({names[i], rows[0][i]->type});
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i]->type.nullable())
        fields[i].type = fields[i].type.with_nullable(true);
  const auto type = data_type::row(fields).with_nullable(false);
  std::vector<scalar> values;
  for (const auto& row : rows) {
    std::vector<scalar> parts;
    for (const auto& value : row) {
      const auto folded = fold_constants(value);
      if (folded->kind != expr_kind::literal
          || folded->type.kind() == type_kind::null)
        return plan_ptr();
      parts.push_back(folded->literal);
    }
    values.push_back({type, std::move(parts)});
  }
  const auto array = make_literal(
      {data_type::array(type).with_nullable(false), std::move(values)});
  unnest_spec spec;
  spec.value = array;
  auto plan = make_unnest(std::move(one), std::move(spec), {"row"});
  const auto row = column_of(plan->columns, 0);
  std::vector<expr_ptr> columns;
  for (const auto& name : names) {
    HERALD_ASSIGN(auto value, make_field(row, {name, {}}));
    columns.push_back(std::move(value));
  }
  return make_project(std::move(plan), std::move(columns), names);
}

} // namespace

absl::StatusOr<plan_ptr> query_binder::bind(const sql::query& x) {
  const auto visible = common_tables_.size();
  absl::Status failed;
  for (const auto& table : x.with)
    if (failed.ok())
      failed = bind_with(table);
  ordering order{&x.order_by, {}, 0};
  auto result
      = failed.ok() ? bind_body(x, order) : absl::StatusOr<plan_ptr>(failed);
  common_tables_.resize(visible);
  HERALD_TRY(result.status());
  return order_result(*std::move(result), x, std::move(order));
}

absl::Status query_binder::bind_with(const sql::common_table& x) {
  ++unread_;
  auto bound = bind(*x.query);
  --unread_;
  HERALD_ASSIGN(auto plan, std::move(bound));
  if (!x.columns.empty()) {
    if (x.columns.size() != plan->columns.size())
      return user_error(x.name.where,
                        fmt::format("'{}' lists {} columns, its query has {}",
                                    x.name.name, x.columns.size(),
                                    plan->columns.size()));
    std::vector<std::string> names;
    for (const auto& column : x.columns)
      names.push_back(column.name);
    plan = make_project(plan, columns_of(plan->columns), names);
  }
  common_tables_.push_back({x.name.name, std::move(plan)});
  return absl::OkStatus();
}

absl::StatusOr<plan_ptr> query_binder::bind_body(const sql::query& x,
                                                 ordering& order) {
  if (const auto* select = std::get_if<sql::select_block>(&x.body))
    return bind_select(*select, order, x.where);
  if (const auto* set = std::get_if<sql::set_operation>(&x.body))
    return bind_set(*set, x.where);
  if (const auto* values = std::get_if<sql::values_block>(&x.body))
    return bind_values(*values);
  return bind_name(std::get<sql::table_block>(x.body).table);
}

plan_ptr query_binder::one_row() {
  if (!one_row_) {
    auto definition = session_.connectors().one_row();
    bound_table table;
    const auto& column = definition.columns.at(0);
    table.columns.push_back({column.name, column.type, 0, nullptr});
    table.definition
        = std::make_shared<const table_definition>(std::move(definition));
    one_row_ = std::make_shared<const bound_table>(std::move(table));
  }
  return make_scan(one_row_);
}

absl::StatusOr<plan_ptr> query_binder::bind_values(const sql::values_block& x) {
  const scope nothing;
  expression_binder binder(&session_, nothing, "VALUES");
  std::vector<std::vector<expr_ptr>> rows;
  std::vector<std::vector<data_type>> types(x.rows[0].values.size());
  for (const auto& row : x.rows) {
    auto& values = rows.emplace_back();
    if (row.values.size() != types.size())
      return user_error(row.where,
                        fmt::format("this row has {} values, the "
                                    "first has {}",
                                    row.values.size(), types.size()));
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      HERALD_ASSIGN(auto value, binder.bind(*row.values[i]));
      types[i].push_back(value->type);
      values.push_back(std::move(value));
    }
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < types.size(); ++i) {
    names.push_back(fmt::format("EXPR${}", i));
    const auto common = common_type(types[i]);
    if (!common)
      return user_error(x.rows[0].where,
                        fmt::format("column {} of VALUES has types that do not "
                                    "agree",
                                    i + 1),
                        "add a CAST");
    for (auto& row : rows) {
      HERALD_ASSIGN(row[i], make_cast(row[i], *common, false, row[i]->where));
    }
  }
  HERALD_ASSIGN(auto constant, constant_rows(rows, names, one_row()));
  if (constant)
    return constant;
  std::vector<plan_ptr> inputs;
  for (auto& row : rows)
    inputs.push_back(make_project(one_row(), std::move(row), names));
  return inputs.size() == 1 ? inputs[0] : make_union(std::move(inputs));
}

} // namespace herald
