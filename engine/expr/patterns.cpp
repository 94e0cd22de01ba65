#include "engine/expr/patterns.hpp"

#include "engine/expr/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include <re2/re2.h>

namespace herald {

namespace {

/// Java's \uXXXX as RE2's \x{XXXX}, (?<name>…) as (?P<name>…); the rest is
/// the same.
std::string from_java(std::string_view x) {
  std::string result;
  auto opens_group = false; // the character before was such a parenthesis
  auto set_begin = std::string_view::npos; // of […] around the place
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == '\\' && i + 1 < x.size()) {
      opens_group = false;
      if (x[i + 1] == 'Q') { // as it stands to \E
        const auto end = std::min(x.find("\\E", i), x.size());
        result += x.substr(i, end - i);
        i = end - 1;
        continue;
      }
      if (x[i + 1] == 'u' && i + 6 <= x.size()) {
        result += "\\x{";
        result += x.substr(i + 2, 4);
        result += '}';
        i += 5;
        continue;
      }
      result += x.substr(i, 2);
      ++i;
      continue;
    }
    result += x[i];
    const auto rest = x.substr(i);
    if (opens_group && rest.starts_with("?<") && !rest.starts_with("?<=")
        && !rest.starts_with("?<!"))
      result += 'P';
    const auto in_set = set_begin != std::string_view::npos;
    opens_group = !in_set && x[i] == '(';
    if (!in_set && x[i] == '[')
      set_begin = i + (rest.starts_with("[^") ? 1 : 0);
    else if (in_set && x[i] == ']' && i > set_begin + 1)
      set_begin = std::string_view::npos;
  }
  return result;
}

void append_quoted(std::string& to, std::string_view character) {
  if (character.size() == 1
      && std::string_view("\\.+*?()|[]{}^$").find(character[0])
             != std::string_view::npos)
    to += '\\';
  to += character;
}

/// The regular expression of a LIKE pattern; empty `bad` unless it is wrong.
bool from_like(std::string_view x, std::string_view escape,
               std::string& result) {
  while (!x.empty()) {
    auto size = prefix_bytes(x, 1);
    auto c = x.substr(0, size);
    x.remove_prefix(size);
    if (!escape.empty() && c == escape) {
      auto next = x.substr(0, prefix_bytes(x, 1));
      if (next != "%" && next != "_" && next != escape)
        return false;
      append_quoted(result, next);
      x.remove_prefix(next.size());
    } else if (c == "%") {
      result += "(?s:.*)";
    } else if (c == "_") {
      result += "[^\\n]";
    } else {
      append_quoted(result, c);
    }
  }
  return true;
}

/// SIMILAR TO: % and _ are wildcards outside of brackets, '.' is any
/// character as in Flink, and [[:ALPHA:]] is written in capitals. A backslash
/// is nothing special.
bool from_similar(std::string_view x, std::string_view escape,
                  std::string& result) {
  auto in_set = false;
  while (!x.empty()) {
    auto size = prefix_bytes(x, 1);
    auto c = x.substr(0, size);
    if (!escape.empty() && c == escape) {
      x.remove_prefix(size);
      if (x.empty())
        return false;
      auto next = x.substr(0, prefix_bytes(x, 1));
      append_quoted(result, next);
      x.remove_prefix(next.size());
      continue;
    }
    if (in_set && x.starts_with("[:")) {
      auto end = x.find(":]");
      if (end == std::string_view::npos)
        return false;
      append_lower(result, x.substr(0, end + 2));
      x.remove_prefix(end + 2);
      continue;
    }
    if (c == "[")
      in_set = true;
    else if (c == "]")
      in_set = false;
    if (!in_set && c == "%")
      result += "(?s:.*)";
    else if (!in_set && c == "_")
      result += "(?s:.)";
    else if (c == "^" && !in_set)
      result += "\\^";
    else if (c == "$" || c == "\\")
      append_quoted(result, c);
    else
      result += c;
    x.remove_prefix(size);
  }
  return true;
}

std::unique_ptr<re2::RE2> compile(pattern_kind kind, std::string_view pattern,
                                  std::string_view escape) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(16 << 20);
  std::string text;
  auto good = true;
  if (kind == pattern_kind::regex) {
    text = from_java(pattern);
  } else {
    text = "\\A(?:";
    good = kind == pattern_kind::like ? from_like(pattern, escape, text)
                                      : from_similar(pattern, escape, text);
    text += ")\\z";
  }
  if (!good)
    return nullptr;
  auto result = std::make_unique<RE2>(text, options);
  return result->ok() ? std::move(result) : nullptr;
}

} // namespace

const re2::RE2* compile_pattern(pattern_kind kind, std::string_view pattern,
                                std::string_view escape) {
  thread_local std::unordered_map<std::string, std::unique_ptr<RE2>> cache;
  thread_local std::string last_key;
  thread_local const RE2* last = nullptr;
  thread_local std::string key;
  key.clear();
  key += static_cast<char>('0' + static_cast<int>(kind));
  key += escape;
  key += '\0';
  key += pattern;
  if (key == last_key)
    return last;
  auto at = cache.find(key);
  if (at == cache.end()) {
    if (cache.size() >= pattern_cache_max)
      cache.clear();
    at = cache.emplace(key, compile(kind, pattern, escape)).first;
  }
  last_key = key;
  last = at->second.get();
  return last;
}

} // namespace herald
