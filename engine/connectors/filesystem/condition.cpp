#include "engine/connectors/filesystem/condition.hpp"

#include "engine/columnar/batch.hpp"

namespace herald {

namespace {

/// The column itself, or as another number: that is of the same order.
bool is_in_order(const expr& x) {
  if (x.kind == expr_kind::column)
    return true;
  return x.kind == expr_kind::call && x.name == "CAST" && x.args.size() == 1
         && x.args[0]->kind == expr_kind::column && x.type.is_numeric()
         && x.args[0]->type.is_numeric();
}

} // namespace

expr_ptr comparison_with(const data_type& type, const pushed_condition& x,
                         const std::string& op) {
  auto made = make_call(op, {make_column(0, type), make_literal(x.value)});
  if (!made.ok() || (*made)->kind != expr_kind::call || (*made)->name != op
      || !is_in_order(*(*made)->args[0]))
    return nullptr;
  return *std::move(made);
}

bool may_hold(const expr& condition, const data_type& type, column_ptr value) {
  const auto layout = std::make_shared<schema>(schema{{{"value", type}}});
  const auto one = make_batch(layout, {std::move(value)}, 1);
  const auto rows = select_rows(condition, *one, {});
  return !rows.ok() || !rows->empty();
}

} // namespace herald
