#include "tests/engine/expr/flink_cases.hpp"

#include "engine/columnar/decimal.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <simdjson.h>

namespace herald::testing {

namespace {

using simdjson::dom::element;
using value_kind = answer_value::kind_type;

answer_value text_value(std::string text) {
  answer_value result;
  result.kind = value_kind::text;
  result.text = std::move(text);
  return result;
}

answer_value read_value(const element& x) {
  answer_value result;
  if (x.is_array()) {
    result.kind = value_kind::list;
    for (auto item : x.get_array())
      result.items.push_back(read_value(item));
  } else if (x.is_object()) {
    result.kind = value_kind::map;
    std::map<std::string, answer_value> sorted;
    for (auto part : x.get_object())
      sorted[std::string(part.key)] = read_value(part.value);
    for (auto& [key, value] : sorted) {
      result.keys.push_back(key);
      result.items.push_back(std::move(value));
    }
  } else if (!x.is_null()) {
    result = text_value(std::string(std::string_view(x.get_string())));
  }
  return result;
}

std::string text_of(const element& x, std::string_view key) {
  std::string_view text;
  if (x[key].get(text) != simdjson::SUCCESS)
    return {};
  return std::string(text);
}

flink_answer read_answer(const element& x) {
  flink_answer result;
  result.error = text_of(x, "error");
  simdjson::dom::array values;
  if (x["values"].get(values) == simdjson::SUCCESS)
    for (auto value : values)
      result.values.push_back(read_value(value));
  return result;
}

flink_case read_case(const element& x) {
  flink_case result;
  result.id = text_of(x, "id");
  result.group = text_of(x, "group");
  result.zone = text_of(x, "zone");
  result.kind = text_of(x, "kind");
  result.expr = text_of(x, "expr");
  simdjson::dom::array list;
  if (x["type"].get(list) == simdjson::SUCCESS)
    for (auto type : list)
      result.types.emplace_back(std::string_view(type.get_string()));
  else if (auto type = text_of(x, "type"); !type.empty())
    result.types.push_back(type);
  if (x["tags"].get(list) == simdjson::SUCCESS)
    for (auto tag : list)
      result.tags.emplace(std::string_view(tag.get_string()));
  element unfolded;
  result.answer = read_answer(
      x["nofold"].get(unfolded) == simdjson::SUCCESS ? unfolded : x);
  return result;
}

} // namespace

std::string flink_case::statement() const {
  if (kind == "row")
    return "SELECT id, (" + expr + ") FROM t";
  if (kind == "literal")
    return "SELECT " + expr;
  return kind == "agg" ? "SELECT " + expr + " FROM t" : expr;
}

bool flink_case::counts() const {
  for (const auto* tag :
       {"internal-error", "null-in-not-null", "map-order", "double-text"})
    if (tags.contains(tag))
      return false;
  return true;
}

std::optional<std::string> flink_cases_folder() {
  std::string folder = "../shared/cases/flink_functions/";
  if (!std::filesystem::exists(folder + "cases.jsonl"))
    return std::nullopt;
  return folder;
}

std::vector<flink_case> read_flink_cases(const std::string& folder) {
  simdjson::dom::parser parser;
  std::vector<flink_case> result;
  std::ifstream file(folder + "cases.jsonl");
  std::string line;
  while (std::getline(file, line))
    result.push_back(read_case(parser.parse(line)));
  return result;
}

// -- values -------------------------------------------------------------------

namespace {

template <class T>
std::string print_shortest(T x) {
  if (std::isnan(x))
    return "NaN";
  if (std::isinf(x))
    return x < 0 ? "-Infinity" : "Infinity";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
  return {buffer, end};
}

answer_value approximate(const scalar& x) {
  answer_value result;
  auto value = std::get<double>(x.value);
  auto is_float = x.type.kind() == type_kind::float32;
  result = text_value(is_float ? print_shortest(static_cast<float>(value))
                               : print_shortest(value));
  result.approximate = true;
  result.is_float = is_float;
  return result;
}

std::string without_zeros(std::string x) {
  if (x.find('.') == x.npos)
    return x;
  while (x.back() == '0')
    x.pop_back();
  if (x.back() == '.')
    x.pop_back();
  return x;
}

std::string hex(const std::string& bytes) {
  std::string result;
  for (unsigned char c : bytes)
    result += fmt::format("{:02x}", c);
  return result;
}

answer_value render_map(const std::vector<scalar>& entries) {
  std::map<std::string, answer_value> sorted;
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    auto key = render(entries[i]);
    auto name = key.kind == value_kind::null   ? "<null>"
                : key.kind == value_kind::text ? key.text
                                               : to_text(key);
    if (key.approximate && name.find_first_not_of("-0123456789") == name.npos)
      name += ".0"; // as Python's repr
    sorted[name] = render(entries[i + 1]);
  }
  answer_value result;
  result.kind = value_kind::map;
  for (auto& [key, value] : sorted) {
    result.keys.push_back(key);
    result.items.push_back(std::move(value));
  }
  return result;
}

} // namespace

answer_value render(const scalar& x) {
  if (x.is_null())
    return {};
  switch (x.type.kind()) {
  case type_kind::boolean:
    return text_value(std::get<bool>(x.value) ? "true" : "false");
  case type_kind::float32:
  case type_kind::float64:
    return approximate(x);
  case type_kind::binary:
  case type_kind::varbinary:
    return text_value(hex(std::get<std::string>(x.value)));
  case type_kind::time:
  case type_kind::timestamp:
    return text_value(without_zeros(to_string(x)));
  case type_kind::timestamp_ltz:
    return text_value(without_zeros(to_string(x)) + "Z");
  case type_kind::interval_month:
  case type_kind::interval_day:
    return text_value(std::to_string(std::get<std::int64_t>(x.value)));
  case type_kind::map:
  case type_kind::multiset:
    return render_map(std::get<std::vector<scalar>>(x.value));
  case type_kind::array:
  case type_kind::row: {
    answer_value result;
    result.kind = value_kind::list;
    for (const auto& item : std::get<std::vector<scalar>>(x.value))
      result.items.push_back(render(item));
    return result;
  }
  default:
    return text_value(to_string(x));
  }
}

// -- comparison ---------------------------------------------------------------

tolerance tolerance_of(const flink_case& x) {
  tolerance result;
  if (x.tags.contains("ulp"))
    result.ulps = 2;
  if (x.tags.contains("float-order"))
    result.relative = 1e-12;
  return result;
}

namespace {

template <class T, class Bits>
bool near(T a, T b, tolerance most, double relative) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  if (a == b)
    return std::signbit(a) == std::signbit(b);
  if (std::signbit(a) != std::signbit(b) || std::isinf(a) || std::isinf(b))
    return false;
  auto low = std::bit_cast<Bits>(std::abs(std::min(std::abs(a), std::abs(b))));
  auto high = std::bit_cast<Bits>(std::max(std::abs(a), std::abs(b)));
  return high - low <= most.ulps
         || std::abs(double{a} - double{b})
                <= relative
                       * std::max(std::abs(double{a}), std::abs(double{b}));
}

bool same_number(const answer_value& wanted, const answer_value& got,
                 tolerance most) {
  auto a = std::strtod(wanted.text.c_str(), nullptr);
  auto b = std::strtod(got.text.c_str(), nullptr);
  if (!got.is_float)
    return near<double, std::int64_t>(a, b, most, most.relative);
  // A sum of FLOATs has the digits of a FLOAT.
  return near<float, std::int32_t>(static_cast<float>(a), static_cast<float>(b),
                                   most, most.relative > 0 ? 1e-6 : 0);
}

} // namespace

bool same(const answer_value& wanted, const answer_value& got, tolerance most) {
  if (wanted.kind != got.kind || wanted.items.size() != got.items.size()
      || wanted.keys != got.keys)
    return false;
  if (wanted.kind == value_kind::text)
    return got.approximate ? same_number(wanted, got, most)
                           : wanted.text == got.text;
  for (std::size_t i = 0; i < wanted.items.size(); ++i)
    if (!same(wanted.items[i], got.items[i], most))
      return false;
  return true;
}

std::string to_text(const answer_value& x) {
  if (x.kind == value_kind::null)
    return "null";
  if (x.kind == value_kind::text)
    return fmt::format("\"{}\"", x.text);
  auto is_map = x.kind == value_kind::map;
  std::string result(is_map ? "{" : "[");
  for (std::size_t i = 0; i < x.items.size(); ++i) {
    result += i > 0 ? ", " : "";
    if (is_map)
      result += fmt::format("\"{}\": ", x.keys[i]);
    result += to_text(x.items[i]);
  }
  return result + (is_map ? "}" : "]");
}

} // namespace herald::testing
