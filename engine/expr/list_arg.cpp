#include "engine/expr/list_arg.hpp"

#include "engine/columnar/hash.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

absl::Status cast_argument(expr_ptr& x, const data_type& type,
                           text_position where) {
  if (x->type.same_kind(type))
    return absl::OkStatus();
  HERALD_ASSIGN(
      x, make_cast(x, type.with_nullable(x->type.nullable()), false, where));
  x = fold_constants(x);
  return absl::OkStatus();
}

absl::StatusOr<data_type> unify_lists(call_site& site, type_kind kind) {
  std::vector<data_type> types;
  for (const auto& arg : site.args) {
    if (arg->type.kind() != kind)
      return type_error(site, kind == type_kind::map ? "MAPs" : "ARRAYs");
    types.push_back(arg->type);
  }
  auto type = common_type(types);
  if (!type)
    return type_error(site, "values that have a common type");
  for (auto& arg : site.args)
    HERALD_TRY(cast_argument(arg, *type, site.where));
  return *type;
}

absl::StatusOr<data_type> unify_every(call_site& site, std::size_t first,
                                      std::size_t step) {
  std::vector<data_type> types;
  for (auto i = first; i < site.args.size(); i += step)
    types.push_back(site.args[i]->type);
  auto type = common_type(types);
  if (!type || type->kind() == type_kind::null)
    return type_error(site, "values of one type");
  for (auto i = first; i < site.args.size(); i += step)
    HERALD_TRY(cast_argument(site.args[i], *type, site.where));
  return *type;
}

bool any_nullable(const std::vector<expr_ptr>& args) {
  return std::any_of(args.begin(), args.end(),
                     [](const auto& x) { return x->type.nullable(); });
}

std::vector<std::uint64_t> hash_elements(const column& x) {
  batch elements;
  elements.rows = x.length;
  elements.columns = {column_ptr(std::shared_ptr<const column>(), &x)};
  std::vector<std::uint64_t> result(static_cast<std::size_t>(x.length));
  const int keys[] = {0};
  hash_rows(elements, keys, result);
  return result;
}

} // namespace herald
