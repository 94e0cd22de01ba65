#include "engine/expr/json_path_parser.hpp"

#include <charconv>

namespace herald {

namespace {

using op = json_condition::kind_type;
using operand = json_operand::kind_type;

} // namespace

bool json_path_parser::read_filter(json_path& to) {
  if (++nesting_ > json_path_nesting_max)
    return false;
  auto condition = read_any();
  skip_blanks();
  if (!condition || !accept(")"))
    return false;
  --nesting_;
  to.steps.push_back(
      {json_step::kind_type::filter,
       {},
       {},
       {},
       {},
       std::make_shared<const json_condition>(*std::move(condition))});
  return true;
}

std::optional<json_condition> json_path_parser::read_any() {
  json_condition result;
  result.kind = op::any;
  do {
    auto part = read_all();
    if (!part)
      return std::nullopt;
    result.parts.push_back(*std::move(part));
    skip_blanks();
  } while (accept("||"));
  return result.parts.size() == 1 ? std::move(result.parts[0]) : result;
}

std::optional<json_condition> json_path_parser::read_all() {
  json_condition result;
  result.kind = op::all;
  do {
    auto part = read_term();
    if (!part)
      return std::nullopt;
    result.parts.push_back(*std::move(part));
    skip_blanks();
  } while (accept("&&"));
  return result.parts.size() == 1 ? std::move(result.parts[0]) : result;
}

std::optional<json_condition> json_path_parser::read_term() {
  skip_blanks();
  auto negated = accept("!");
  skip_blanks();
  std::optional<json_condition> result;
  if (accept("(")) {
    if (++nesting_ > json_path_nesting_max)
      return std::nullopt;
    result = read_any();
    skip_blanks();
    if (!accept(")"))
      return std::nullopt;
    --nesting_;
  } else {
    result = read_comparison();
  }
  if (!result || !negated)
    return result;
  json_condition outer;
  outer.kind = op::negation;
  outer.parts.push_back(*std::move(result));
  return outer;
}

std::optional<json_condition> json_path_parser::read_comparison() {
  static const std::pair<std::string_view, op> operators[]
      = {{"==", op::equal},
         {"!=", op::not_equal},
         {"<=", op::less_or_equal},
         {">=", op::greater_or_equal},
         {"=~", op::matches},
         {"<", op::less},
         {">", op::greater},
         {"nin ", op::not_in},
         {"NIN ", op::not_in},
         {"in ", op::in},
         {"IN ", op::in}};
  json_condition result;
  auto left = read_operand();
  if (!left)
    return std::nullopt;
  result.left = *std::move(left);
  skip_blanks();
  for (const auto& [text, kind] : operators) {
    if (!accept(text))
      continue;
    auto right = read_operand();
    if (!right)
      return std::nullopt;
    result.kind = kind;
    result.right = *std::move(right);
    return result;
  }
  if (result.left.kind != operand::path)
    return std::nullopt;
  return result;
}

std::optional<json_operand> json_path_parser::read_operand() {
  skip_blanks();
  json_operand result;
  if (rest_.empty())
    return std::nullopt;
  auto c = rest_.front();
  if (c == '@' || c == '$') {
    result.kind = operand::path;
    result.from_root = c == '$';
    rest_.remove_prefix(1);
    if (!read_steps(result.path))
      return std::nullopt;
    return result;
  }
  if (c == '\'' || c == '"') {
    auto text = read_quoted();
    if (!text)
      return std::nullopt;
    result.kind = operand::text;
    result.text = *std::move(text);
    return result;
  }
  if (c == '[')
    return read_list();
  if (c == '/')
    return read_regex();
  if (accept("null"))
    return result;
  for (auto value : {true, false})
    if (accept(value ? "true" : "false")) {
      result.kind = operand::boolean;
      result.value = value;
      return result;
    }
  return read_number();
}

std::optional<json_operand> json_path_parser::read_number() {
  json_operand result;
  result.kind = operand::number;
  auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(),
                                      result.number);
  if (error != std::errc())
    return std::nullopt;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return result;
}

std::optional<json_operand> json_path_parser::read_list() {
  json_operand result;
  result.kind = operand::list;
  accept("[");
  skip_blanks();
  if (accept("]"))
    return result;
  do {
    auto item = read_operand();
    if (!item || item->kind == operand::list)
      return std::nullopt;
    result.items.push_back(*std::move(item));
    skip_blanks();
  } while (accept(","));
  if (!accept("]"))
    return std::nullopt;
  return result;
}

std::optional<json_operand> json_path_parser::read_regex() {
  json_operand result;
  result.kind = operand::regex;
  auto end = rest_.find('/', 1);
  if (end == rest_.npos)
    return std::nullopt;
  result.text = rest_.substr(1, end - 1);
  rest_.remove_prefix(end + 1);
  if (accept("i"))
    result.text.insert(0, "(?i)");
  return result;
}

} // namespace herald
