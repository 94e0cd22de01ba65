#include "engine/columnar/builder.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/patterns.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

// LIKE, SIMILAR TO and the REGEXP functions. A bad pattern fails the first
// two; the others give NULL (or FALSE) for it, as in Flink.

namespace herald {

namespace {

using text = std::string_view;
using int32 = std::int32_t;
using re2::RE2;
using re2::StringPiece;

StringPiece piece(text x) {
  return {x.data(), x.size()};
}

/// Groups that REGEXP_EXTRACT can reach.
constexpr int groups_max = 64;

// -- LIKE ---------------------------------------------------------------------

/// LIKE whose pattern is plain text between (at most) two '%' at its ends.
struct plain_pattern {
  text middle;
  bool open_left = false;
  bool open_right = false;

  bool matches(text x) const {
    if (open_left && open_right)
      return x.find(middle) != text::npos;
    if (open_left)
      return x.ends_with(middle);
    return open_right ? x.starts_with(middle) : x == middle;
  }
};

std::optional<plain_pattern> plain_like(text pattern, text escape) {
  plain_pattern result;
  if (!escape.empty() && pattern.find(escape) != text::npos)
    return std::nullopt;
  while (pattern.starts_with('%')) {
    result.open_left = true;
    pattern.remove_prefix(1);
  }
  while (pattern.ends_with('%')) {
    result.open_right = true;
    pattern.remove_suffix(1);
  }
  if (pattern.find_first_of("%_") != text::npos)
    return std::nullopt;
  result.middle = pattern;
  return result;
}

template <pattern_kind Kind>
std::string bad_pattern(text pattern) {
  return fmt::format("'{}' is no pattern of {}", pattern,
                     Kind == pattern_kind::like ? "LIKE" : "SIMILAR TO");
}

std::string bad_escape(text escape) {
  return fmt::format("'{}' is no single character to escape with", escape);
}

template <pattern_kind Kind, bool Negated>
bool match(text x, text pattern, text escape, row_state& state) {
  if (escape.size() > 1 && count_units(escape) > 1) {
    state.fail(bad_escape(escape));
    return false;
  }
  if constexpr (Kind == pattern_kind::like) {
    if (auto plain = plain_like(pattern, escape))
      return plain->matches(x) != Negated;
  }
  const auto* regex = compile_pattern(Kind, pattern, escape);
  if (regex == nullptr) {
    state.fail(bad_pattern<Kind>(pattern));
    return false;
  }
  return regex->Match(piece(x), 0, x.size(), RE2::ANCHOR_BOTH, nullptr, 0)
         != Negated;
}

/// Binds a LIKE or SIMILAR TO; a constant pattern that is none is refused.
template <pattern_kind Kind, bool Negated>
absl::StatusOr<expr_ptr> resolve_match(call_site& site) {
  static const auto* plain = failing_rows<bool(text, text)>(
      [](text x, text pattern, row_state& state) {
        return match<Kind, Negated>(x, pattern, {}, state);
      });
  static const auto* escaped
      = failing_rows<bool(text, text, text)>(match<Kind, Negated>);
  std::vector<param> wanted(site.args.size(), params::string);
  if (!fits(wanted, site.args))
    return type_error(site, "(text, text [, text])");
  HERALD_TRY(convert_arguments(wanted, site.args, site.where));
  auto known = std::all_of(
      site.args.begin() + 1, site.args.end(), [](const expr_ptr& x) {
        return x->kind == expr_kind::literal && !x->literal.is_null();
      });
  if (known) {
    auto pattern = to_string(site.args[1]->literal);
    auto escape = site.args.size() > 2 ? to_string(site.args[2]->literal)
                                       : std::string{};
    if (count_units(escape) > 1)
      return user_error(site.args[2]->where, bad_escape(escape));
    if (compile_pattern(Kind, pattern, escape) == nullptr)
      return user_error(site.args[1]->where, bad_pattern<Kind>(pattern));
  }
  auto nullable
      = std::any_of(site.args.begin(), site.args.end(),
                    [](const expr_ptr& x) { return x->type.nullable(); });
  const auto* code = site.args.size() > 2 ? escaped : plain;
  return make_bound_call(
      std::string(site.name), std::move(site.args), code,
      data_type::of(type_kind::boolean).with_nullable(nullable), site.where);
}

// -- REGEXP -------------------------------------------------------------------

const RE2* regex_of(text pattern) {
  return compile_pattern(pattern_kind::regex, pattern);
}

bool regexp(text x, text pattern) {
  if (pattern.empty())
    return false;
  const auto* regex = regex_of(pattern);
  return regex != nullptr && RE2::PartialMatch(piece(x), *regex);
}

/// Group `group` of the first match; nullopt without one.
std::optional<text> extract(text x, text pattern, int32 group) {
  const auto* regex = regex_of(pattern);
  if (regex == nullptr || group < 0 || group >= groups_max
      || group > regex->NumberOfCapturingGroups())
    return std::nullopt;
  StringPiece parts[groups_max];
  if (!regex->Match(piece(x), 0, x.size(), RE2::UNANCHORED, parts, group + 1)
      || parts[group].data() == nullptr)
    return std::nullopt;
  return text(parts[group].data(), parts[group].size());
}

/// Calls `f(match)` for every match from the left; false for a bad pattern.
template <class F>
bool for_each_match(text x, text pattern, int groups, F f) {
  const auto* regex = regex_of(pattern);
  if (regex == nullptr || groups > regex->NumberOfCapturingGroups())
    return false;
  StringPiece parts[groups_max];
  std::size_t at = 0;
  while (at <= x.size()
         && regex->Match(piece(x), at, x.size(), RE2::UNANCHORED, parts,
                         groups + 1)) {
    f(parts);
    auto begin = static_cast<std::size_t>(parts[0].data() - x.data());
    at = begin + parts[0].size();
    if (parts[0].empty())
      at += at < x.size() ? prefix_bytes(x.substr(at), 1) : 1;
  }
  return true;
}

std::optional<text> replace(text x, text pattern, text with, row_state& state) {
  auto& out = state.text;
  out.clear();
  std::size_t done = 0;
  auto good = for_each_match(x, pattern, 0, [&](const StringPiece* parts) {
    auto begin = static_cast<std::size_t>(parts[0].data() - x.data());
    out += x.substr(done, begin - done);
    out += with; // literally: $1 is no group in Flink
    done = begin + parts[0].size();
  });
  if (!good)
    return std::nullopt;
  if (done == 0 && out.empty())
    return x;
  out += x.substr(done);
  return out;
}

std::optional<int32> count_matches(text x, text pattern) {
  int32 result = 0;
  if (!for_each_match(x, pattern, 0, [&](const StringPiece*) { ++result; }))
    return std::nullopt;
  return result;
}

/// The position of the first match in UTF-16 units, 0 without one.
std::optional<int32> find_match(text x, text pattern) {
  const auto* regex = regex_of(pattern);
  if (regex == nullptr)
    return std::nullopt;
  StringPiece part;
  if (!regex->Match(piece(x), 0, x.size(), RE2::UNANCHORED, &part, 1))
    return 0;
  auto before = static_cast<std::size_t>(part.data() - x.data());
  return static_cast<int32>(count_units(x.substr(0, before))) + 1;
}

/// REGEXP_EXTRACT_ALL: group `group` of every match, as an ARRAY.
class extract_all final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto builder = make_builder(self.type);
    auto element = self.type.fields()[0].type;
    for (std::int64_t row = 0; row < rows; ++row) {
      scalar array{self.type, {}};
      if (valid.at(row)) {
        auto group = 1;
        if (args.size() > 2)
          group = args[2].column->as<int32>()[static_cast<std::size_t>(
              args[2].slot(row))];
        std::vector<scalar> found;
        auto x = args[0].column->text(args[0].slot(row));
        auto pattern = args[1].column->text(args[1].slot(row));
        if (group >= 0 && group < groups_max
            && for_each_match(x, pattern, group, [&](const StringPiece* parts) {
                 const auto& part = parts[group];
                 scalar item{element, {}};
                 if (part.data() != nullptr)
                   item.value = std::string(part.data(), part.size());
                 found.push_back(std::move(item));
               }))
          array.value = std::move(found);
      }
      builder->append(array);
    }
    return vec{builder->finish()};
  }
};

} // namespace

void register_regexp(registry& to) {
  using namespace params;
  auto string_type = results::string();
  to.add_special("LIKE", 2, 3, resolve_match<pattern_kind::like, false>);
  to.add_special("NOT LIKE", 2, 3, resolve_match<pattern_kind::like, true>);
  to.add_special("SIMILAR TO", 2, 3,
                 resolve_match<pattern_kind::similar, false>);
  to.add_special("NOT SIMILAR TO", 2, 3,
                 resolve_match<pattern_kind::similar, true>);
  to.add("REGEXP", {string, string}, results::of(type_kind::boolean),
         rows<bool(text, text)>(regexp));
  to.alias("RLIKE", "REGEXP");
  to.add("REGEXP_EXTRACT", {string, string}, string_type,
         rows<std::optional<text>(text, text)>(
             [](text x, text pattern) { return extract(x, pattern, 0); }),
         nulls::always);
  to.add("REGEXP_EXTRACT", {string, string, integer}, string_type,
         rows<std::optional<text>(text, text, int32)>(extract), nulls::always);
  to.add("REGEXP_SUBSTR", {string, string}, string_type,
         rows<std::optional<text>(text, text)>(
             [](text x, text pattern) { return extract(x, pattern, 0); }),
         nulls::always);
  to.add("REGEXP_REPLACE", {string, string, string}, string_type,
         rows<std::optional<text>(text, text, text)>(replace));
  auto int_type = results::of(type_kind::integer);
  to.add("REGEXP_COUNT", {string, string}, int_type,
         rows<std::optional<int32>(text, text)>(count_matches), nulls::always);
  to.add("REGEXP_INSTR", {string, string}, int_type,
         rows<std::optional<int32>(text, text)>(find_match), nulls::always);
  static const extract_all all;
  auto texts
      = results::fixed(data_type::array(data_type::of(type_kind::varchar)));
  to.add("REGEXP_EXTRACT_ALL", {string, string}, texts, &all, nulls::always);
  to.add("REGEXP_EXTRACT_ALL", {string, string, integer}, texts, &all,
         nulls::always);
}

} // namespace herald
