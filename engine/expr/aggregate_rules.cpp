#include "engine/expr/aggregate_rules.hpp"

#include "engine/expr/json_text.hpp"
#include "engine/expr/list_arg.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// The length that Flink states for the texts of JSON aggregates.
constexpr int json_length = 2000;

/// Turns a value into its JSON; calls that give JSON stay as they are.
absl::Status to_json(call_site& site, std::size_t index) {
  auto& value = site.args[index];
  if (!has_json(value->type))
    return user_error(value->where,
                      fmt::format("{} cannot write {} as JSON", site.name,
                                  value->type.to_short_string()),
                      "CAST it to STRING");
  if (!gives_json(*value)) {
    HERALD_ASSIGN(value, make_call("JSON_STRING", {value}, site.where));
  }
  return absl::OkStatus();
}

/// True if `x` is a constant number in [0, 1].
bool is_fraction(const scalar& x) {
  auto value = std::get_if<double>(&x.value);
  return value != nullptr && *value >= 0 && *value <= 1;
}

} // namespace

absl::StatusOr<data_type> distinct_arguments(call_site& site) {
  if (site.args[0]->type.kind() == type_kind::null)
    return type_error(site, "(value)");
  if (site.args[0]->type.is_nested()) {
    HERALD_ASSIGN(site.args[0], make_call("$KEY", {site.args[0]}, site.where));
  }
  return data_type::of(type_kind::bigint);
}

absl::StatusOr<data_type> percentile_arguments(call_site& site) {
  auto number = data_type::of(type_kind::float64);
  auto& fraction = site.args[1];
  auto is_array = fraction->type.kind() == type_kind::array;
  const auto& part
      = is_array ? fraction->type.fields()[0].type : fraction->type;
  if (!site.args[0]->type.is_numeric() || !part.is_numeric()
      || (site.args.size() > 2 && !site.args[2]->type.is_integer()))
    return type_error(site, site.name == "PERCENTILE"
                                ? "(number, fraction or ARRAY of fractions "
                                  "[, times])"
                                : "(number, fraction or ARRAY of fractions)");
  auto wanted = is_array
                    ? data_type::array(number.with_nullable(part.nullable()))
                    : number;
  HERALD_TRY(cast_argument(site.args[0], number, site.where));
  HERALD_TRY(cast_argument(fraction, wanted, site.where));
  fraction = fold_constants(fraction);
  auto good
      = fraction->kind == expr_kind::literal && !fraction->literal.is_null();
  if (good && is_array)
    for (const auto& x : std::get<std::vector<scalar>>(fraction->literal.value))
      good = good && is_fraction(x);
  else if (good)
    good = is_fraction(fraction->literal);
  if (!good)
    return user_error(fraction->where,
                      fmt::format("the fraction of {} must be constant, from "
                                  "0 to 1",
                                  site.name));
  if (site.args.size() > 2)
    HERALD_TRY(cast_argument(site.args[2], data_type::of(type_kind::bigint),
                             site.where));
  return is_array ? data_type::array(number) : number;
}

absl::StatusOr<data_type> json_array_arguments(call_site& site) {
  HERALD_TRY(to_json(site, 0));
  return data_type::text(type_kind::varchar, json_length);
}

absl::StatusOr<data_type> json_object_arguments(call_site& site) {
  if (!site.args[0]->type.is_text())
    return user_error(site.args[0]->where,
                      fmt::format("a key of JSON_OBJECTAGG is a text, not {}",
                                  site.args[0]->type.to_short_string()));
  HERALD_TRY(to_json(site, 1));
  return data_type::text(type_kind::varchar, json_length);
}

absl::StatusOr<data_type> bitmap_arguments(call_site& site) {
  const auto& type = site.args[0]->type;
  auto builds = site.name.starts_with("BITMAP_BUILD");
  auto fits = builds ? type.is_integer() && type.kind() != type_kind::bigint
                     : type.kind() == type_kind::bitmap;
  if (!fits)
    return type_error(site, builds ? "(INT)" : "(BITMAP)");
  if (builds)
    HERALD_TRY(cast_argument(site.args[0], data_type::of(type_kind::integer),
                             site.where));
  auto counts = site.name.find("CARDINALITY") != site.name.npos;
  return data_type::of(counts ? type_kind::bigint : type_kind::bitmap);
}

} // namespace herald
