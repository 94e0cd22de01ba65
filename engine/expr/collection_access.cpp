#include "engine/columnar/builder.hpp"
#include "engine/expr/comparison.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/subset.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/type_rules.hpp"
#include "engine/expr/variants.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// Access to parts of rows, arrays and maps; constructors of arrays and rows.

namespace herald {

namespace {

// -- FIELD --------------------------------------------------------------------

/// r.f: the child column, NULL where the row is.
class field_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& row = *args[0].column;
    if (row.children.empty())
      return vec{null_column(self.type, rows)};
    const auto& child = row.children[index_of(self)];
    if (row.null_count == 0)
      return vec{child};
    auto result = std::make_shared<column>(*child);
    auto valid = intersect({args[0], {child, args[0].constant}}, rows);
    result->null_count = valid.null_count;
    result->validity = valid.bits;
    return vec{std::move(result)};
  }

  std::shared_ptr<const void> prepare(const expr& self) const override {
    const auto& fields = self.args[0]->type.fields();
    auto name = to_string(self.args[1]->literal);
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields[i].name == name)
        return std::make_shared<const std::size_t>(i);
    return std::make_shared<const std::size_t>(0);
  }

private:
  static std::size_t index_of(const expr& self) {
    return *static_cast<const std::size_t*>(self.prepared.get());
  }
};

absl::StatusOr<expr_ptr> resolve_field(call_site& site) {
  static const field_function code;
  const auto& row = site.args[0]->type;
  if (row.kind() != type_kind::row || !site.args[1]->type.is_text()
      || site.args[1]->kind != expr_kind::literal)
    return type_error(site, "(ROW, name)");
  auto name = to_string(site.args[1]->literal);
  std::vector<std::string> names;
  for (const auto& field : row.fields()) {
    names.push_back(field.name);
    if (field.name != name)
      continue;
    auto nullable = field.type.nullable() || row.nullable();
    return make_bound_call("FIELD", site.args, &code,
                           field.type.with_nullable(nullable), site.where);
  }
  auto near = nearest_name(name, names);
  return user_error(
      site.where,
      fmt::format("{} has no field '{}'", to_string(*site.args[0]), name),
      near.empty() ? std::string{} : fmt::format("did you mean {}?", near));
}

// -- ITEM ---------------------------------------------------------------------

std::pair<std::int64_t, std::int64_t> range_of_row(const column& list,
                                                   std::int64_t row) {
  auto at = static_cast<std::size_t>(row);
  return {list.offsets()[at], list.offsets()[at + 1]};
}

/// Takes rows of `from`, -1 for NULL.
column_ptr take_or_null(const column& from, const data_type& type,
                        const row_list& rows) {
  auto builder = make_builder(type);
  for (auto row : rows) {
    if (row < 0 || from.is_null(row))
      builder->append_null();
    else
      builder->append_from(from, row);
  }
  return builder->finish();
}

/// a[i], counting from 1; NULL outside.
class array_item final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    row_list slots(static_cast<std::size_t>(rows), -1);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto index = args[1].column->as<std::int64_t>();
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      auto [begin, end] = range_of_row(*args[0].column, args[0].slot(row));
      auto i = index[static_cast<std::size_t>(args[1].slot(row))];
      if (i >= 1 && i <= end - begin)
        slots[static_cast<std::size_t>(row)]
            = static_cast<std::int32_t>(begin + i - 1);
    });
    return vec{take_or_null(*args[0].column->children[0], self.type, slots)};
  }
};

/// m[k].
class map_item final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& map = *args[0].column;
    if (map.null_count == map.length)
      return vec{null_column(self.type, rows)};
    const auto& keys = *map.children[0]->children[0];
    row_list slots(static_cast<std::size_t>(rows), -1);
    for (std::int64_t row = 0; row < rows; ++row) {
      if (map.is_null(args[0].slot(row)))
        continue;
      auto [begin, end] = range_of_row(map, args[0].slot(row));
      for (auto i = begin; i < end; ++i)
        if (equal_rows(keys, i, *args[1].column, args[1].slot(row)))
          slots[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(i);
    }
    return vec{take_or_null(*map.children[0]->children[1], self.type, slots)};
  }
};

/// row['f'], or row[n], where the first field is 1.
absl::StatusOr<expr_ptr> resolve_row_item(call_site& site) {
  auto& key = site.args[1];
  if (key->kind != expr_kind::literal || !key->type.is_integer()
      || key->literal.is_null())
    return resolve_field(site);
  const auto& fields = site.args[0]->type.fields();
  const auto index = std::get<std::int64_t>(key->literal.value);
  if (index < 1 || index > static_cast<std::int64_t>(fields.size()))
    return user_error(site.where,
                      fmt::format("the ROW has fields 1 to {}, none {}",
                                  fields.size(), index));
  const auto& name = fields[static_cast<std::size_t>(index) - 1].name;
  const auto length = std::max<int>(1, static_cast<int>(name.size()));
  key = make_literal({data_type::text(type_kind::character, length), name},
                     key->where);
  return resolve_field(site);
}

absl::StatusOr<expr_ptr> resolve_item(call_site& site) {
  static const array_item of_array;
  static const map_item of_map;
  auto& container = site.args[0]->type;
  auto& key = site.args[1];
  auto is_array = container.kind() == type_kind::array;
  if (container.kind() == type_kind::row)
    return resolve_row_item(site);
  if (container.kind() == type_kind::variant)
    return resolve_variant_item(site);
  if (!is_array && container.kind() != type_kind::map)
    return type_error(site, "(ARRAY, INT) or (MAP, key)");
  auto wanted = is_array ? data_type::of(type_kind::bigint)
                         : container.fields()[0].type;
  if (is_array && !key->type.is_integer())
    return type_error(site, "(ARRAY, INT)");
  if (!is_array && !widens(key->type, wanted))
    return type_error(site, "a MAP and a value of its keys' type");
  if (is_array && key->kind == expr_kind::literal && !key->literal.is_null()
      && std::get<std::int64_t>(key->literal.value) < 1)
    return user_error(site.where, "array indexes start at 1");
  if (!key->type.same_kind(wanted)) {
    HERALD_ASSIGN(key, make_cast(key, wanted, false, site.where));
    key = fold_constants(key);
  }
  const auto& element = container.fields()[is_array ? 0 : 1].type;
  const function* code = &of_map;
  if (is_array)
    code = &of_array;
  return make_bound_call("ITEM", site.args, code, element.with_nullable(true),
                         site.where);
}

// -- constructors -------------------------------------------------------------

class array_constructor final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto result = std::make_shared<column>();
    result->type = self.type;
    result->length = rows;
    auto per_row = static_cast<std::int64_t>(args.size());
    result->values = detail::fill_values<std::int32_t>(
        rows + 1, [&](std::int64_t row) { return row * per_row; });
    auto elements = make_builder(self.type.element());
    for (std::int64_t row = 0; row < rows; ++row)
      for (const auto& arg : args)
        append_element(*elements, *arg.column, arg.slot(row));
    result->children = {elements->finish()};
    return vec{std::move(result)};
  }
};

class row_constructor final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto result = std::make_shared<column>();
    result->type = self.type;
    result->length = rows;
    for (const auto& arg : args)
      result->children.push_back(spread(arg, rows));
    return vec{std::move(result)};
  }
};

absl::StatusOr<expr_ptr> resolve_array(call_site& site) {
  static const array_constructor code;
  HERALD_ASSIGN(auto element, unify_every(site, 0, 1));
  return make_bound_call("ARRAY", site.args, &code,
                         data_type::array(element).with_nullable(false),
                         site.where);
}

absl::StatusOr<expr_ptr> resolve_row(call_site& site) {
  static const row_constructor code;
  std::vector<field> fields;
  for (const auto& arg : site.args)
    fields.push_back({fmt::format("EXPR${}", fields.size()), arg->type});
  return make_bound_call("ROW", site.args, &code,
                         data_type::row(fields).with_nullable(false),
                         site.where);
}

// -- size ---------------------------------------------------------------------

class cardinality final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& list = *args[0].column;
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto offsets = list.offsets();
    auto values
        = detail::fill_values<std::int32_t>(rows, [&](std::int64_t row) {
            auto at = static_cast<std::size_t>(args[0].slot(row));
            return offsets[at + 1] - offsets[at];
          });
    return vec{
        make_column_of(self.type, rows, std::move(values), std::move(valid))};
  }
};

/// ELEMENT(array): its only element; fails if there are more.
class only_element final : public function {
public:
  bool can_fail(const expr&) const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& list = *args[0].column;
    if (list.null_count == list.length)
      return vec{null_column(self.type, rows)};
    row_list slots(static_cast<std::size_t>(rows), -1);
    for (std::int64_t row = 0; row < rows; ++row) {
      auto slot = args[0].slot(row);
      if (list.is_null(slot))
        continue;
      auto [begin, end] = range_of_row(list, slot);
      if (end - begin > 1)
        return user_error(
            self.where,
            fmt::format("ELEMENT of an array of {} elements", end - begin));
      if (end - begin == 1)
        slots[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(begin);
    }
    return vec{take_or_null(*list.children[0], self.type, slots)};
  }
};

absl::StatusOr<expr_ptr> resolve_element(call_site& site) {
  static const only_element code;
  const auto& array = site.args[0]->type;
  if (array.kind() != type_kind::array)
    return type_error(site, "(ARRAY)");
  auto element = array.fields()[0].type;
  auto nullable = element.nullable() || array.nullable();
  return make_bound_call("ELEMENT", std::move(site.args), &code,
                         element.with_nullable(nullable), site.where);
}

} // namespace

void register_collection_access(registry& to) {
  static const cardinality count;
  to.add_special("FIELD", 2, 2, resolve_field);
  to.add_special("ITEM", 2, 2, resolve_item);
  to.add_special("ARRAY", 1, registry::any_number, resolve_array);
  to.add_special("ROW", 1, registry::any_number, resolve_row);
  auto int_type = results::of(type_kind::integer);
  to.add("CARDINALITY", {param{accept::array}}, int_type, &count);
  to.add("CARDINALITY", {param{accept::map}}, int_type, &count);
  to.add_special("ELEMENT", 1, 1, resolve_element);
}

} // namespace herald
