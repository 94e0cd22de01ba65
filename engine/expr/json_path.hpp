#pragma once

#include "engine/expr/json_document.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Paths into JSON documents, in the syntax that Flink takes (of the library
// JsonPath): $.a.b, $['a'], $[0], $[-1], $[0,1], $[1:3], $.*, $..a,
// $[?(@.price < 10)], and a function at the end such as .length(). A path in
// front of which stands no "lax" is strict. Compiled paths are immutable; a
// thread keeps the last `json_path_cache_max`. Evaluation is bounded by the
// document times the steps.

namespace herald {

constexpr std::size_t json_path_cache_max = 64;
/// More steps than this nobody writes.
constexpr std::size_t json_steps_max = 256;
/// Brackets and filters inside each other.
constexpr int json_path_nesting_max = 32;

struct json_condition;

struct json_step {
  enum class kind_type : std::uint8_t {
    member,   ///< one of `names`
    members,  ///< several of them
    any,      ///< .* and [*]
    element,  ///< one of `indexes`
    elements, ///< several of them
    slice,    ///< [from:to]
    descend,  ///< ..: the node and all containers below it
    filter,
  };

  kind_type kind = kind_type::any;
  std::vector<std::string> names;
  std::vector<std::int64_t> indexes; ///< negative: from the end
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;
  std::shared_ptr<const json_condition> condition; ///< of `filter`
};

enum class json_function : std::uint8_t {
  none,
  length, ///< also size(): of an array or object
  min,
  max,
  sum,
  average,
  first,
  last,
};

struct json_path {
  bool lax = false;
  bool definite = true; ///< leads to one value at most
  std::vector<json_step> steps;
  json_function function = json_function::none;
};

/// A value of a filter: a literal, or what a path leads to.
struct json_operand {
  enum class kind_type : std::uint8_t {
    null,
    boolean,
    number,
    text,
    list,  ///< of IN and NIN
    regex, ///< its text in `text`
    path,  ///< from the current value (@) or the root ($)
  };

  kind_type kind = kind_type::null;
  bool value = false;
  double number = 0;
  std::string text;
  std::vector<json_operand> items;
  json_path path;
  bool from_root = false;
};

struct json_condition {
  enum class kind_type : std::uint8_t {
    exists, ///< `left` is a path that leads somewhere
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    matches, ///< =~
    in,
    not_in,
    all, ///< AND of `parts`
    any, ///< OR of `parts`
    negation,
  };

  kind_type kind = kind_type::exists;
  json_operand left;
  json_operand right;
  std::vector<json_condition> parts;
};

/// The compiled path, or null if `text` is none. Valid until this thread's
/// next call.
const json_path* compile_json_path(std::string_view text);

/// One thing that a path leads to.
struct json_item {
  std::uint32_t node = 0;
  /// Not null: of an object only these members ($['a','b']).
  const std::vector<std::string>* only = nullptr;
};

/// What a path leads to. Lives no longer than path and document.
struct json_found {
  bool missing = false; ///< a step before the last led nowhere
  bool many = false;    ///< `items` is a list, else it is one value at most
  std::vector<json_item> items;
  std::optional<std::string> number; ///< what a function gave, as JSON
};

/// Follows `path` from node `start`; `from` has been parsed.
json_found follow(const json_path& path, const json_document& from,
                  std::uint32_t start = 0);

/// Appends an item as JSON.
void append_json_item(std::string& to, const json_document& from,
                      const json_item& item);

/// True if node `current` fulfils `condition`.
bool holds(const json_condition& condition, const json_document& from,
           std::uint32_t current);

} // namespace herald
