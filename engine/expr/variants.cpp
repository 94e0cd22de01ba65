#include "engine/expr/variants.hpp"

#include "engine/expr/json_text.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"

#include <algorithm>

#include <fmt/format.h>

// VARIANTs: JSON values, kept as texts that append_json wrote. Access parses
// the text again; the document's memory is used for all rows.

namespace herald {

namespace {

using text = std::string_view;

/// Bytes of a document that a message shows.
constexpr std::size_t shown_max = 100;

/// True if some object has a key twice.
bool repeats_a_key(const json_document& x, std::uint32_t index) {
  const auto& node = x.node(index);
  if (!node.is_container())
    return false;
  for (auto at = index + 1; at < node.next; at = x.node(at).next)
    if (repeats_a_key(x, at))
      return true;
  if (node.kind != json_kind::object)
    return false;
  std::size_t keys = 0;
  for (auto at = index + 1; at < node.next; at = x.node(at + 1).next)
    ++keys;
  return keys != x.members(index).size();
}

/// Why `x` is no VARIANT, or nothing, with its text in `out`.
text read(text x, bool repeats_allowed, std::string& out) {
  thread_local json_document document;
  if (!document.parse(x))
    return "it is no JSON";
  if (!repeats_allowed && repeats_a_key(document, 0))
    return "a key is there twice";
  out.clear();
  append_json(out, document, 0, json_numbers::of_variant);
  return {};
}

template <bool Lenient>
std::optional<text> parse(text x, bool repeats_allowed, row_state& state) {
  auto problem = read(x, repeats_allowed, state.text);
  if (problem.empty())
    return state.text;
  if (!Lenient)
    state.fail(
        fmt::format("'{}' is no VARIANT: {}", x.substr(0, shown_max), problem));
  return std::nullopt;
}

template <bool Lenient>
void add_parse(registry& to, text name) {
  using namespace params;
  auto type = results::of(type_kind::variant);
  auto nullability = Lenient ? nulls::always : nulls::strict;
  to.add(name, {string}, type,
         failing_rows<std::optional<text>(text)>([](text x, row_state& state) {
           return parse<Lenient>(x, false, state);
         }),
         nullability);
  to.add(name, {string, boolean}, type,
         failing_rows<std::optional<text>(text, bool)>(parse<Lenient>),
         nullability);
}

// -- access -------------------------------------------------------------------

std::optional<text> member(text x, text name, row_state& state) {
  thread_local json_document document;
  document.parse(x);
  if (document.root().kind != json_kind::object) {
    state.fail(fmt::format("['{}'] of a VARIANT that is no object: {}", name,
                           x.substr(0, shown_max)));
    return std::nullopt;
  }
  auto value = document.find(0, name);
  if (value == 0)
    return std::nullopt;
  state.text.clear();
  append_json(state.text, document, value, json_numbers::of_variant);
  return state.text;
}

std::optional<text> element(text x, std::int64_t index, row_state& state) {
  thread_local json_document document;
  document.parse(x);
  if (document.root().kind != json_kind::array) {
    state.fail(fmt::format("[{}] of a VARIANT that is no array: {}", index,
                           x.substr(0, shown_max)));
    return std::nullopt;
  }
  std::uint32_t found = 0;
  std::int64_t at = 0;
  document.each_element(0, [&](std::uint32_t child) {
    if (++at == index)
      found = child;
  });
  if (found == 0)
    return std::nullopt;
  state.text.clear();
  append_json(state.text, document, found, json_numbers::of_variant);
  return state.text;
}

} // namespace

absl::StatusOr<expr_ptr> resolve_variant_item(call_site& site) {
  static const auto* of_object
      = failing_rows<std::optional<text>(text, text)>(member);
  static const auto* of_array
      = failing_rows<std::optional<text>(text, std::int64_t)>(element);
  auto& key = site.args[1];
  const auto* code = of_object;
  if (key->type.is_integer()) {
    HERALD_ASSIGN(key, make_cast(key, data_type::of(type_kind::bigint), false,
                                 site.where));
    key = fold_constants(key);
    code = of_array;
  } else if (!key->type.is_text()) {
    return type_error(site, "(VARIANT, INT or text)");
  }
  return make_bound_call("ITEM", std::move(site.args), code,
                         data_type::of(type_kind::variant), site.where);
}

void register_variants(registry& to) {
  add_parse<false>(to, "PARSE_JSON");
  add_parse<true>(to, "TRY_PARSE_JSON");
}

} // namespace herald
