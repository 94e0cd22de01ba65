#include "engine/expr/aggregate.hpp"
#include "engine/expr/expr.hpp"

#include <span>

#include <fmt/format.h>

// Texts of expressions for EXPLAIN and messages.

namespace herald {

namespace {

/// Elements of an array that are shown.
constexpr std::size_t elements_shown = 8;

/// As SQL writes it, in the largest unit of which it is whole.
std::string interval_text(std::int64_t count, bool months) {
  using unit = std::pair<std::int64_t, std::string_view>;
  constexpr unit month_units[] = {{12, "YEAR"}, {1, "MONTH"}};
  constexpr unit time_units[] = {{86'400'000, "DAY"},
                                 {3'600'000, "HOUR"},
                                 {60'000, "MINUTE"},
                                 {1000, "SECOND"}};
  const auto units
      = months ? std::span<const unit>(month_units) : std::span(time_units);
  for (const auto& [size, name] : units)
    if (count % size == 0 && (count != 0 || size == units.back().first))
      return fmt::format("INTERVAL '{}' {}", count / size, name);
  return fmt::format("INTERVAL '{}' SECOND", static_cast<double>(count) / 1000);
}

std::string literal_text(const scalar& x) {
  if (x.is_null())
    return "NULL";
  const bool months = x.type.kind() == type_kind::interval_month;
  if (months || x.type.kind() == type_kind::interval_day)
    return interval_text(std::get<std::int64_t>(x.value), months);
  if (const auto* all = std::get_if<std::vector<scalar>>(&x.value);
      all && x.type.kind() == type_kind::array && all->size() > elements_shown)
    return fmt::format(
        "{} and {} more",
        to_string(
            scalar{x.type, std::vector<scalar>(all->begin(),
                                               all->begin() + elements_shown)}),
        all->size() - elements_shown);
  if (!x.type.is_text())
    return to_string(x);
  std::string result = "'";
  for (auto c : std::get<std::string>(x.value)) {
    result += c;
    if (c == '\'')
      result += c;
  }
  return result + "'";
}

bool is_operator(const std::string& name) {
  return name.find_first_not_of("+-*/%=<>!|") == std::string::npos
         || name == "AND" || name == "OR" || name.ends_with("LIKE")
         || name.ends_with("DISTINCT FROM") || name.ends_with("SIMILAR TO");
}

std::string join(const std::vector<expr_ptr>& args, std::string_view between,
                 std::size_t from = 0) {
  std::string result;
  for (auto i = from; i < args.size(); ++i) {
    if (i > from)
      result += between;
    result += to_string(*args[i]);
  }
  return result;
}

std::string call_text(const expr& x) {
  if (x.name == "CAST" || x.name == "TRY_CAST")
    return fmt::format("{}({} AS {})", x.name, to_string(*x.args[0]),
                       x.type.to_short_string());
  if (x.name.ends_with("IN") && x.args.size() > 1)
    return fmt::format("({} {} ({}))", to_string(*x.args[0]), x.name,
                       join(x.args, ", ", 1));
  if (x.name.starts_with("IS ") && x.args.size() == 1)
    return fmt::format("({} {})", to_string(*x.args[0]), x.name);
  if (x.name == "FIELD" && x.args[1]->kind == expr_kind::literal)
    return fmt::format("{}.{}", to_string(*x.args[0]),
                       to_string(x.args[1]->literal));
  if (x.name == "ITEM")
    return fmt::format("{}[{}]", to_string(*x.args[0]), to_string(*x.args[1]));
  if (x.name == "CASE") {
    std::string result = "CASE";
    for (std::size_t i = 0; i + 1 < x.args.size(); i += 2)
      result += fmt::format(" WHEN {} THEN {}", to_string(*x.args[i]),
                            to_string(*x.args[i + 1]));
    return fmt::format("{} ELSE {} END", result, to_string(*x.args.back()));
  }
  if (is_operator(x.name) && x.args.size() > 1)
    return fmt::format("({})", join(x.args, fmt::format(" {} ", x.name)));
  return fmt::format("{}({})", x.name, join(x.args, ", "));
}

} // namespace

std::string to_string(const expr& x) {
  switch (x.kind) {
  case expr_kind::column:
    return x.name.empty() ? fmt::format("${}", x.column) : x.name;
  case expr_kind::literal:
    return literal_text(x.literal);
  case expr_kind::call:
    break;
  }
  return call_text(x);
}

std::string to_string(const aggregate_call& x) {
  auto args = x.args.empty() && x.name == "COUNT" ? std::string("*")
                                                  : join(x.args, ", ");
  auto result
      = fmt::format("{}({}{})", x.name, x.distinct ? "DISTINCT " : "", args);
  if (x.filter != nullptr)
    result += fmt::format(" FILTER (WHERE {})", to_string(*x.filter));
  return result;
}

} // namespace herald
