#include "engine/plan/bind_expression.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using op = sql::operator_kind;

/// Functions that find a type for a bare NULL, or need none. All others would
/// have to guess one, and with it the type of their result.
constexpr std::string_view takers[]
    = {"BTRIM",         "COALESCE",     "ELT",
       "ENDSWITH",      "IFNULL",       "INET_ATON",
       "INET_NTOA",     "JSON_ARRAY",   "JSON_OBJECT",
       "JSON_QUOTE",    "JSON_STRING",  "JSON_UNQUOTE",
       "NULLIF",        "PARSE_JSON",   "PRINTF",
       "REGEXP_COUNT",  "REGEXP_INSTR", "REGEXP_EXTRACT_ALL",
       "REGEXP_SUBSTR", "SPLIT",        "STARTSWITH",
       "TYPEOF",        "UNHEX",        "URL_DECODE",
       "URL_ENCODE"};

bool takes_null(std::string_view name) {
  for (const std::string_view kind : {"ARRAY_", "MAP_", "BITMAP_BUILD"})
    if (name.rfind(kind, 0) == 0)
      return true;
  return std::find(std::begin(takers), std::end(takers), name)
         != std::end(takers);
}

bool takes_null(op x) {
  switch (x) {
  case op::logical_or:
  case op::logical_and:
  case op::logical_not:
  case op::add:
  case op::subtract:
  case op::multiply:
  case op::divide:
  case op::modulo:
  case op::concatenate:
  case op::plus:
  case op::minus:
  case op::like:
  case op::similar_to:
  case op::is_true:
  case op::is_false:
  case op::is_unknown:
  case op::is_json:
  case op::is_json_object:
  case op::is_json_array:
  case op::is_json_scalar:
  case op::row:
    return false;
  default:
    return true;
  }
}

absl::Status refuse_nulls(const std::vector<sql::expression_ptr>& args,
                          std::string_view what) {
  for (const auto& arg : args) {
    const auto* literal = arg->as<sql::literal>();
    if (literal && literal->kind == sql::literal_kind::null)
      return user_error(
          arg->where,
          fmt::format("NULL as an argument of {} has no type", what),
          "CAST(NULL AS STRING), or whatever type is meant");
  }
  return absl::OkStatus();
}

} // namespace

absl::Status check_nulls(const sql::call& x) {
  const auto name = x.upper_name();
  return takes_null(name) ? absl::OkStatus() : refuse_nulls(x.args, name);
}

absl::Status check_nulls(const sql::operation& x) {
  return takes_null(x.op) ? absl::OkStatus()
                          : refuse_nulls(x.args, sql::to_text(x.op));
}

} // namespace herald
