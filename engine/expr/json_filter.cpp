#include "engine/expr/json_path.hpp"
#include "engine/expr/json_text.hpp"
#include "engine/expr/patterns.hpp"

#include <algorithm>

#include <re2/re2.h>

// The conditions of filters in paths. Values of different kinds are never
// equal and have no order.

namespace herald {

namespace {

using op = json_condition::kind_type;
using operand = json_operand::kind_type;

/// A value of a filter at run time.
struct filter_value {
  enum class kind_type : std::uint8_t {
    nothing, ///< the path leads nowhere
    null,
    boolean,
    number,
    text,
    container,
  };

  kind_type kind = kind_type::nothing;
  bool boolean = false;
  double number = 0;
  std::string text; ///< of a container: its JSON
};

using value_kind = filter_value::kind_type;

filter_value value_of(const json_document& from, std::uint32_t node) {
  const auto& x = from.node(node);
  filter_value result;
  switch (x.kind) {
  case json_kind::null:
    result.kind = value_kind::null;
    break;
  case json_kind::yes:
  case json_kind::no:
    result.kind = value_kind::boolean;
    result.boolean = x.kind == json_kind::yes;
    break;
  case json_kind::integer:
  case json_kind::decimal:
    result.kind = value_kind::number;
    result.number = std::strtod(std::string(from.raw(x)).c_str(), nullptr);
    break;
  case json_kind::string:
    result.kind = value_kind::text;
    from.append_string(result.text, x);
    break;
  case json_kind::array:
  case json_kind::object:
    result.kind = value_kind::container;
    append_json(result.text, from, node);
    break;
  }
  return result;
}

filter_value value_of(const json_operand& x, const json_document& from,
                      std::uint32_t current) {
  filter_value result;
  switch (x.kind) {
  case operand::null:
    result.kind = value_kind::null;
    return result;
  case operand::boolean:
    result.kind = value_kind::boolean;
    result.boolean = x.value;
    return result;
  case operand::number:
    result.kind = value_kind::number;
    result.number = x.number;
    return result;
  case operand::path: {
    auto found = follow(x.path, from, x.from_root ? 0 : current);
    if (found.number) {
      result.kind = value_kind::number;
      result.number = std::strtod(found.number->c_str(), nullptr);
      return result;
    }
    if (found.items.empty())
      return result;
    return value_of(from, found.items[0].node);
  }
  default:
    result.kind = value_kind::text;
    result.text = x.text;
    return result;
  }
}

bool is_equal(const filter_value& a, const filter_value& b) {
  if (a.kind != b.kind || a.kind == value_kind::nothing)
    return false;
  if (a.kind == value_kind::number)
    return a.number == b.number;
  return a.kind == value_kind::null
         || (a.kind == value_kind::boolean ? a.boolean == b.boolean
                                           : a.text == b.text);
}

/// Less (-1), equal, greater (1); nullopt when they have no order.
std::optional<int> order_of(const filter_value& a, const filter_value& b) {
  if (a.kind != b.kind)
    return std::nullopt;
  if (a.kind == value_kind::number)
    return a.number < b.number ? -1 : a.number > b.number;
  if (a.kind == value_kind::text)
    return a.text.compare(b.text) < 0 ? -1 : a.text != b.text;
  return std::nullopt;
}

bool is_in(const filter_value& x, const json_operand& list,
           const json_document& from, std::uint32_t current) {
  return std::any_of(list.items.begin(), list.items.end(),
                     [&](const json_operand& item) {
                       return is_equal(x, value_of(item, from, current));
                     });
}

bool matches(const filter_value& x, const json_operand& regex) {
  const auto* compiled = compile_pattern(pattern_kind::regex, regex.text);
  return compiled != nullptr && x.kind == value_kind::text
         && re2::RE2::FullMatch(re2::StringPiece(x.text), *compiled);
}

bool compare(const json_condition& x, const json_document& from,
             std::uint32_t current) {
  auto a = value_of(x.left, from, current);
  if (x.kind == op::in || x.kind == op::not_in)
    return is_in(a, x.right, from, current) == (x.kind == op::in);
  if (x.kind == op::matches)
    return matches(a, x.right);
  auto b = value_of(x.right, from, current);
  if (x.kind == op::equal || x.kind == op::not_equal)
    return is_equal(a, b) == (x.kind == op::equal);
  auto order = order_of(a, b);
  if (!order)
    return false;
  return x.kind == op::less            ? *order < 0
         : x.kind == op::less_or_equal ? *order <= 0
         : x.kind == op::greater       ? *order > 0
                                       : *order >= 0;
}

} // namespace

bool holds(const json_condition& condition, const json_document& from,
           std::uint32_t current) {
  auto part_holds
      = [&](const json_condition& x) { return holds(x, from, current); };
  const auto& parts = condition.parts;
  switch (condition.kind) {
  case op::all:
    return std::all_of(parts.begin(), parts.end(), part_holds);
  case op::any:
    return std::any_of(parts.begin(), parts.end(), part_holds);
  case op::negation:
    return !part_holds(parts[0]);
  case op::exists: {
    auto found = follow(condition.left.path, from,
                        condition.left.from_root ? 0 : current);
    return found.number || !found.items.empty();
  }
  default:
    return compare(condition, from, current);
  }
}

} // namespace herald
