#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/utf8.hpp"

#include <fmt/format.h>

// Functions that measure texts or give a part of one. Parts of long texts
// share their memory. Positions count characters from 1.

namespace herald {

namespace {

using text = std::string_view;
using int32 = std::int32_t;

/// `x` from character `start` (negative: from the end; 0 is 1) on, `length`
/// characters; empty when that lies outside.
text substring(text x, std::int64_t start, std::int64_t length) {
  if (start < 0) {
    auto total = count_characters(x);
    if (-start > total)
      return {};
    start += total + 1;
  }
  x.remove_prefix(prefix_bytes(x, start > 0 ? start - 1 : 0));
  return x.substr(0, prefix_bytes(x, length));
}

// -- trimming -----------------------------------------------------------------

bool contains_character(text set, text character) {
  while (!set.empty()) {
    auto size = prefix_bytes(set, 1);
    if (set.substr(0, size) == character)
      return true;
    set.remove_prefix(size);
  }
  return false;
}

text trim_left(text x, text set) {
  while (!x.empty()) {
    auto size = prefix_bytes(x, 1);
    if (!contains_character(set, x.substr(0, size)))
      break;
    x.remove_prefix(size);
  }
  return x;
}

text trim_right(text x, text set) {
  while (!x.empty()) {
    auto size = suffix_bytes(x, 1);
    if (!contains_character(set, x.substr(x.size() - size)))
      break;
    x.remove_suffix(size);
  }
  return x;
}

text trim_both(text x, text set) {
  return trim_right(trim_left(x, set), set);
}

/// TRIM('BOTH', characters, x) becomes BTRIM(x, characters) and so on, of
/// TRIM's own type.
absl::StatusOr<expr_ptr> resolve_trim(call_site& site) {
  using namespace params;
  static const auto* both = rows<text(text, text)>(trim_both);
  static const auto* leading = rows<text(text, text)>(trim_left);
  static const auto* trailing = rows<text(text, text)>(trim_right);
  auto blank = make_literal(
      {data_type::text(type_kind::character, 1), std::string(" ")});
  const auto* code = both;
  auto args = site.args;
  if (args.size() == 1) {
    args.push_back(blank);
  } else if (args.size() == 3 && args[0]->kind == expr_kind::literal
             && args[0]->type.is_text()) {
    auto where = to_string(args[0]->literal);
    code = where == "LEADING" ? leading : where == "TRAILING" ? trailing : both;
    args = {args[2], args[1]};
  } else {
    return type_error(site, "(text) or (keyword, text, text)");
  }
  std::vector<param> wanted{params::string, params::string};
  if (!fits(wanted, args))
    return type_error(site, "(text) or (keyword, text, text)");
  HERALD_TRY(convert_arguments(wanted, args, site.where));
  auto type = data_type::text(type_kind::varchar, args[0]->type.precision());
  auto nullable = args[0]->type.nullable() || args[1]->type.nullable();
  return make_bound_call("TRIM", std::move(args), code,
                         type.with_nullable(nullable), site.where);
}

void register_trims(registry& to) {
  using namespace params;
  to.add_special("TRIM", 1, 3, resolve_trim);
  auto add = [&](text name, const function* one, const function* two,
                 const result_rule& type) {
    to.add(name, {params::string}, type, one);
    to.add(name, {params::string, params::string}, type, two);
  };
  add("LTRIM", rows<text(text)>([](text x) { return trim_left(x, " "); }),
      rows<text(text, text)>(trim_left), results::varchar_of(0));
  add("RTRIM", rows<text(text)>([](text x) { return trim_right(x, " "); }),
      rows<text(text, text)>(trim_right), results::varchar_of(0));
  add("BTRIM", rows<text(text)>([](text x) { return trim_both(x, " "); }),
      rows<text(text, text)>(trim_both), results::string());
}

// -- searching ----------------------------------------------------------------

/// The position of `part` in `x` from character `start` on, or 0.
int32 find_from(text part, text x, int32 start) {
  if (part.empty()) // wherever it is looked for, as in Flink
    return 1;
  auto skipped = prefix_bytes(x, start > 1 ? start - 1 : 0);
  auto at = x.find(part, skipped);
  if (at == text::npos || (start > 1 && skipped == x.size() && !x.empty()))
    return 0;
  return static_cast<int32>(count_characters(x.substr(0, at))) + 1;
}

/// As Flink's INSTR: occurrence `nth` from `start`, backwards if negative.
int32 find_nth(text x, text part, int32 start, int32 nth, row_state& state) {
  if (nth <= 0) {
    state.fail(fmt::format("INSTR looks for occurrence 1 or a later one, not "
                           "{}",
                           nth));
    return 0;
  }
  if (part.empty())
    return start == 0 ? 0 : 1;
  if (start >= 0) {
    int32 at = start == 0 ? 0 : find_from(part, x, start);
    for (int32 i = 1; i < nth && at > 0; ++i)
      at = find_from(part, x, at + 1);
    return at;
  }
  auto end = x.size() - suffix_bytes(x, -std::int64_t{start} - 1);
  for (int32 i = 1;; ++i) {
    auto from = end < part.size() ? text::npos : end - part.size();
    auto at = from == text::npos ? from : x.rfind(part, from);
    if (at == text::npos)
      return 0;
    if (i == nth)
      return static_cast<int32>(count_characters(x.substr(0, at))) + 1;
    end = at + part.size() - (part.empty() ? 0 : 1);
    if (end == 0)
      return 0;
  }
}

void register_searches(registry& to) {
  using namespace params;
  auto int_type = results::of(type_kind::integer);
  to.add("POSITION", {string, string}, int_type,
         rows<int32(text, text)>(
             [](text part, text x) { return find_from(part, x, 1); }));
  to.add("POSITION", {string, string, integer}, int_type,
         rows<int32(text, text, int32)>(find_from));
  to.alias("LOCATE", "POSITION");
  to.add("INSTR", {string, string}, int_type,
         rows<int32(text, text)>(
             [](text x, text part) { return find_from(part, x, 1); }));
  to.add("INSTR", {string, string, integer}, int_type,
         rows<int32(text, text, int32)>(
             [](text x, text part, int32 start, row_state& state) {
               return find_nth(x, part, start, 1, state);
             }));
  to.add("INSTR", {string, string, integer, integer}, int_type,
         failing_rows<int32(text, text, int32, int32)>(find_nth));
  auto boolean_type = results::of(type_kind::boolean);
  for (const auto& kind : {string, bytes}) {
    to.add("STARTSWITH", {kind, kind}, boolean_type,
           rows<bool(text, text)>(
               [](text x, text part) { return x.starts_with(part); }));
    to.add("ENDSWITH", {kind, kind}, boolean_type,
           rows<bool(text, text)>(
               [](text x, text part) { return x.ends_with(part); }));
  }
}

/// Part `index` (from 0) of `x` between separators.
std::optional<text> split_index(text x, text separator, int32 index) {
  if (index < 0 || x.empty())
    return std::nullopt;
  // Without a separator, any blank is one, as in Flink.
  auto blanks = separator.empty();
  auto next = [&] {
    return blanks ? x.find_first_of(" \t\n\v\f\r") : x.find(separator);
  };
  for (; index > 0; --index) {
    auto at = next();
    if (at == text::npos)
      return std::nullopt;
    x.remove_prefix(at + (blanks ? 1 : separator.size()));
  }
  return x.substr(0, next());
}

} // namespace

void register_string_parts(registry& to) {
  using namespace params;
  auto int_type = results::of(type_kind::integer);
  auto part = results::varchar_of(0);
  to.add("CHAR_LENGTH", {string}, int_type, rows<int32(text)>([](text x) {
           return static_cast<int32>(count_characters(x));
         }));
  to.alias("CHARACTER_LENGTH", "CHAR_LENGTH");
  to.add("SUBSTRING", {string, bigint}, part,
         rows<text(text, std::int64_t)>([](text x, std::int64_t start) {
           return substring(x, start, length_max);
         }),
         nulls::always);
  to.add("SUBSTRING", {string, bigint, bigint}, part,
         rows<std::optional<text>(text, std::int64_t, std::int64_t)>(
             [](text x, std::int64_t start, std::int64_t length) {
               return length < 0 ? std::nullopt
                                 : std::optional(substring(x, start, length));
             }),
         nulls::always);
  to.alias("SUBSTR", "SUBSTRING");
  to.add("LEFT", {string, integer}, part,
         rows<text(text, int32)>(
             [](text x, int32 n) { return x.substr(0, prefix_bytes(x, n)); }),
         nulls::always);
  to.add("RIGHT", {string, integer}, part,
         rows<text(text, int32)>([](text x, int32 n) {
           return x.substr(x.size() - suffix_bytes(x, n));
         }),
         nulls::always);
  to.add("SPLIT_INDEX", {string, string, integer}, results::string(),
         rows<std::optional<text>(text, text, int32)>(split_index),
         nulls::always);
  to.add("SPLIT_INDEX", {string, integer, integer}, results::string(),
         rows<std::optional<text>(text, int32, int32)>(
             [](text x, int32 separator, int32 index) -> std::optional<text> {
               if (separator < 1 || separator > 255)
                 return std::nullopt;
               std::string character;
               append_character(character, static_cast<char32_t>(separator));
               return split_index(x, character, index);
             }),
         nulls::always);
  register_trims(to);
  register_searches(to);
}

} // namespace herald
