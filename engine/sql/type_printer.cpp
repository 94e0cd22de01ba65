#include "engine/sql/writer.hpp"

#include <array>

#include <fmt/format.h>

namespace herald::sql {

namespace {

constexpr std::array<std::string_view, 26> type_names = {
    "BOOLEAN",   "TINYINT",       "SMALLINT", "INT",    "BIGINT",
    "FLOAT",     "DOUBLE",        "DECIMAL",  "CHAR",   "VARCHAR",
    "BINARY",    "VARBINARY",     "DATE",     "TIME",   "TIMESTAMP",
    "TIMESTAMP", "TIMESTAMP_LTZ", "INTERVAL", "ARRAY",  "MULTISET",
    "MAP",       "ROW",           "VARIANT",  "BITMAP", "NULL",
    "",
};
static_assert(type_names.size()
              == static_cast<std::size_t>(type_kind::named) + 1);

} // namespace

void print(std::string& out, const interval_qualifier& of) {
  out += to_text(of.from);
  auto last = of.to.value_or(of.from);
  auto own_fraction = !of.to && of.from == time_unit::second && of.fraction;
  if (of.precision)
    out += own_fraction ? fmt::format("({}, {})", *of.precision, *of.fraction)
                        : fmt::format("({})", *of.precision);
  if (of.to)
    out += fmt::format(" TO {}", to_text(last));
  if (of.to && of.fraction)
    out += fmt::format("({})", *of.fraction);
}

void print(std::string& out, const type_name& of) {
  auto is_unlimited = of.precision == unlimited_length;
  if (of.kind == type_kind::character_varying && is_unlimited)
    out += "STRING";
  else if (of.kind == type_kind::binary_varying && is_unlimited)
    out += "BYTES";
  else if (of.kind == type_kind::named)
    out += quote_name(of.name);
  else {
    out += type_names[static_cast<std::size_t>(of.kind)];
    if (of.precision && of.scale)
      out += fmt::format("({}, {})", *of.precision, *of.scale);
    else if (of.precision)
      out += fmt::format("({})", *of.precision);
  }
  if (of.kind == type_kind::timestamp_tz)
    out += " WITH TIME ZONE";
  if (of.kind == type_kind::interval) {
    out += " ";
    print(out, of.interval);
  }
  print_clause(out, "<", of.arguments, ">");
  if (of.kind == type_kind::row) {
    out += "<";
    print_list(out, of.fields);
    out += ">";
  }
  if (of.nullable)
    out += *of.nullable ? " NULL" : " NOT NULL";
}

void print(std::string& out, const type_field& of) {
  print(out, of.name);
  out += " ";
  print(out, of.type);
  if (of.comment)
    out += " COMMENT " + quote_text(*of.comment);
}

std::string to_sql(const type_name& of) {
  std::string result;
  print(result, of);
  return result;
}

std::string quote_name(std::string_view name) {
  auto is_plain = !name.empty() && find_term(name).is_none();
  for (std::size_t i = 0; i < name.size(); ++i) {
    auto c = name[i];
    auto is_letter
        = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    is_plain = is_plain && (is_letter || (i > 0 && c >= '0' && c <= '9'));
  }
  if (is_plain)
    return std::string(name);
  std::string result = "`";
  for (auto c : name)
    result.append(c == '`' ? 2 : 1, c);
  return result + "`";
}

std::string quote_name(const qualified_name& name) {
  std::string result;
  for (const auto& part : name) {
    if (!result.empty())
      result += '.';
    result += quote_name(part.name);
  }
  return result;
}

std::string quote_text(std::string_view text) {
  std::string result = "'";
  for (auto c : text)
    result.append(c == '\'' ? 2 : 1, c);
  return result + "'";
}

} // namespace herald::sql
