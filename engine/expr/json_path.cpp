#include "engine/expr/json_path.hpp"

#include "engine/expr/json_path_parser.hpp"

#include <charconv>
#include <unordered_map>

namespace herald {

namespace {

using step = json_step::kind_type;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Takes "lax " or "strict " off the front; true for lax.
bool take_mode(std::string_view& text) {
  auto rest = text;
  while (!rest.empty() && is_blank(rest.front()))
    rest.remove_prefix(1);
  for (std::string_view word : {"lax", "strict"}) {
    if (rest.size() <= word.size() + 1 || !is_blank(rest[word.size()]))
      continue;
    auto same = true;
    for (std::size_t i = 0; i < word.size(); ++i)
      same = same && (rest[i] | 0x20) == word[i];
    if (!same)
      continue;
    rest.remove_prefix(word.size());
    while (!rest.empty() && is_blank(rest.front()))
      rest.remove_prefix(1);
    if (rest.empty())
      return false;
    text = rest;
    return word == "lax";
  }
  return false;
}

std::optional<json_path> compile(std::string_view text) {
  auto lax = take_mode(text);
  json_path_parser parser(text);
  auto result = parser.read_whole();
  if (result)
    result->lax = lax;
  return result;
}

} // namespace

const json_path* compile_json_path(std::string_view text) {
  struct cache_type {
    std::unordered_map<std::string, std::optional<json_path>> paths;
    std::string last_text;
    const std::optional<json_path>* last = nullptr;
  };

  thread_local cache_type cache;
  if (cache.last == nullptr || cache.last_text != text) {
    auto at = cache.paths.find(std::string(text));
    if (at == cache.paths.end()) {
      if (cache.paths.size() >= json_path_cache_max)
        cache.paths.clear();
      at = cache.paths.emplace(text, compile(text)).first;
    }
    cache.last_text = text;
    cache.last = &at->second;
  }
  return *cache.last ? &**cache.last : nullptr;
}

// -- parsing ------------------------------------------------------------------

void json_path_parser::skip_blanks() {
  while (!rest_.empty() && is_blank(rest_.front()))
    rest_.remove_prefix(1);
}

bool json_path_parser::accept(std::string_view what) {
  if (!rest_.starts_with(what))
    return false;
  rest_.remove_prefix(what.size());
  return true;
}

std::optional<json_path> json_path_parser::read_whole() {
  while (!rest_.empty() && is_blank(rest_.back()))
    rest_.remove_suffix(1);
  skip_blanks();
  if (rest_.empty() || rest_.back() == '.')
    return std::nullopt;
  // As the library does, a path without a root begins at it.
  if (!accept("$") && !accept("@")) {
    whole_ = "." + std::string(rest_);
    rest_ = whole_;
  }
  json_path result;
  if (!read_steps(result) || !rest_.empty())
    return std::nullopt;
  return result;
}

bool json_path_parser::read_steps(json_path& to) {
  while (!rest_.empty() && (rest_.front() == '.' || rest_.front() == '[')) {
    if (to.steps.size() > json_steps_max || to.function != json_function::none)
      return false;
    auto after_dot = rest_.front() == '.';
    if (accept("..")) {
      to.steps.push_back({step::descend, {}, {}, {}, {}, nullptr});
    } else {
      accept(".");
    }
    if (rest_.starts_with('[')) {
      if (!read_bracket(to))
        return false;
    } else if (!after_dot || !read_dotted(to)) {
      return false;
    }
  }
  finish(to);
  return true;
}

/// What is found out once the whole path is known.
void json_path_parser::finish(json_path& path) {
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    auto kind = path.steps[i].kind;
    auto merges = kind == step::members && i + 1 == path.steps.size();
    if (kind != step::member && kind != step::element && !merges)
      path.definite = false;
  }
}

bool json_path_parser::read_dotted(json_path& to) {
  if (accept("*")) {
    to.steps.push_back({step::any, {}, {}, {}, {}, nullptr});
    return true;
  }
  auto end = rest_.find_first_of(".[( )]=<>!&|~,");
  auto name = rest_.substr(0, end);
  if (name.empty() || (end != rest_.npos && rest_[end] == ' ' && !in_filter()))
    return false;
  rest_.remove_prefix(name.size());
  if (rest_.starts_with('('))
    return read_function(name, to);
  to.steps.push_back({step::member, {std::string(name)}, {}, {}, {}, nullptr});
  return true;
}

bool json_path_parser::read_function(std::string_view name, json_path& to) {
  static const std::pair<std::string_view, json_function> known[]
      = {{"length", json_function::length}, {"size", json_function::length},
         {"min", json_function::min},       {"max", json_function::max},
         {"sum", json_function::sum},       {"avg", json_function::average},
         {"first", json_function::first},   {"last", json_function::last}};
  accept("(");
  skip_blanks();
  if (!accept(")"))
    return false;
  for (const auto& [text, function] : known)
    if (text == name)
      to.function = function;
  return to.function != json_function::none;
}

bool json_path_parser::read_bracket(json_path& to) {
  accept("[");
  skip_blanks();
  if (rest_.starts_with('\'') || rest_.starts_with('"'))
    return read_names(to);
  if (accept("*")) {
    to.steps.push_back({step::any, {}, {}, {}, {}, nullptr});
    return close_bracket();
  }
  if (accept("?")) {
    skip_blanks();
    return accept("(") && read_filter(to) && close_bracket();
  }
  return read_indexes(to);
}

bool json_path_parser::close_bracket() {
  skip_blanks();
  return accept("]");
}

std::optional<std::string> json_path_parser::read_quoted() {
  auto quote = rest_.front();
  rest_.remove_prefix(1);
  std::string result;
  while (!rest_.empty() && rest_.front() != quote) {
    if (rest_.front() == '\\' && rest_.size() > 1)
      rest_.remove_prefix(1);
    result += rest_.front();
    rest_.remove_prefix(1);
  }
  if (rest_.empty())
    return std::nullopt;
  rest_.remove_prefix(1);
  return result;
}

bool json_path_parser::read_names(json_path& to) {
  json_step result{step::member, {}, {}, {}, {}, nullptr};
  do {
    skip_blanks();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"'))
      return false;
    auto name = read_quoted();
    if (!name)
      return false;
    result.names.push_back(*std::move(name));
    skip_blanks();
  } while (accept(","));
  if (result.names.size() > 1)
    result.kind = step::members;
  to.steps.push_back(std::move(result));
  return close_bracket();
}

std::optional<std::int64_t> json_path_parser::read_index() {
  skip_blanks();
  std::int32_t value = 0;
  auto [end, error]
      = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (error != std::errc())
    return std::nullopt;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  skip_blanks();
  return value;
}

bool json_path_parser::read_indexes(json_path& to) {
  json_step result{step::element, {}, {}, {}, {}, nullptr};
  auto first = read_index();
  if (accept(":")) {
    result.kind = step::slice;
    result.from = first;
    result.to = read_index();
    to.steps.push_back(std::move(result));
    return (first || to.steps.back().to) && close_bracket();
  }
  if (!first)
    return false;
  result.indexes.push_back(*first);
  while (accept(",")) {
    auto index = read_index();
    if (!index)
      return false;
    result.indexes.push_back(*index);
  }
  if (result.indexes.size() > 1)
    result.kind = step::elements;
  to.steps.push_back(std::move(result));
  return close_bracket();
}

} // namespace herald
