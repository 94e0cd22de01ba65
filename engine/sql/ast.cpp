#include "engine/sql/ast_statement.hpp"

#include <array>
#include <cctype>

namespace herald::sql {

namespace {

constexpr std::array<std::string_view, 19> time_units = {
    "YEAR",       "QUARTER", "MONTH",   "WEEK",        "DAY",
    "HOUR",       "MINUTE",  "SECOND",  "MILLISECOND", "MICROSECOND",
    "NANOSECOND", "DOW",     "DOY",     "ISODOW",      "ISOYEAR",
    "EPOCH",      "DECADE",  "CENTURY", "MILLENNIUM",
};
static_assert(time_units.size()
              == static_cast<std::size_t>(time_unit::millennium) + 1);

constexpr std::array<std::string_view, 51> operators = {
    "OR",
    "AND",
    "NOT",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "||",
    "+",
    "-",
    "IS NULL",
    "IS TRUE",
    "IS FALSE",
    "IS UNKNOWN",
    "IS DISTINCT FROM",
    "IS JSON VALUE",
    "IS JSON OBJECT",
    "IS JSON ARRAY",
    "IS JSON SCALAR",
    "BETWEEN",
    "BETWEEN SYMMETRIC",
    "IN",
    "LIKE",
    "SIMILAR TO",
    "EXISTS",
    "OVERLAPS",
    "CONTAINS",
    "EQUALS",
    "PRECEDES",
    "SUCCEEDS",
    "IMMEDIATELY PRECEDES",
    "IMMEDIATELY SUCCEEDS",
    "[]",
    "ROW",
    "ARRAY",
    "MAP",
    "MULTISET",
    "ARRAY",
    "MAP",
    "MULTISET",
    "INTERVAL",
    "FINAL",
    "RUNNING",
    "INTERVAL DIFFERENCE",
};
static_assert(operators.size()
              == static_cast<std::size_t>(operator_kind::time_difference) + 1);

constexpr std::array<std::string_view, 5> objects = {
    "TABLE", "VIEW", "FUNCTION", "CATALOG", "DATABASE",
};

} // namespace

std::string to_text(const qualified_name& name) {
  std::string result;
  for (const auto& part : name) {
    if (!result.empty())
      result += '.';
    result += part.name;
  }
  return result;
}

std::string_view to_text(time_unit unit) {
  return time_units[static_cast<std::size_t>(unit)];
}

std::string_view to_text(operator_kind op) {
  return operators[static_cast<std::size_t>(op)];
}

std::string_view to_text(object_kind kind) {
  return objects[static_cast<std::size_t>(kind)];
}

call::call() = default;
call::call(call&&) noexcept = default;
call& call::operator=(call&&) noexcept = default;
call::~call() = default;

std::string call::upper_name() const {
  auto result = to_text(function);
  for (auto& c : result)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

expression::expression(text_position position, node_type value)
    : where(position), node(std::move(value)) {}

expression::~expression() = default;

} // namespace herald::sql
