#include "engine/columnar/bits.hpp"
#include "engine/expr/charset.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/text_read.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/url.hpp"
#include "engine/expr/utf8.hpp"

#include <charconv>

#include <fmt/format.h>
#include <re2/re2.h>

// Functions between texts and codes: of characters, bytes, URLs, addresses;
// and those that say what a text consists of.

namespace herald {

namespace {

using text = std::string_view;
using int32 = std::int32_t;
using int64 = std::int64_t;

// -- characters ---------------------------------------------------------------

/// The first byte, signed, as Flink gives it; 0 for an empty text.
int32 ascii(text x) {
  return x.empty() ? 0 : static_cast<signed char>(x[0]);
}

text chr(int64 code, row_state& state) {
  state.text.clear();
  if (code >= 0)
    append_character(state.text, static_cast<char32_t>(code & 255));
  return state.text;
}

/// ELT(n, a, b, …): the n-th; NULL outside.
class elt_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    text_sink out(rows, nullptr);
    auto known = allocate_bits(rows);
    for (int64 row = 0; row < rows; ++row) {
      auto at = args[0].slot(row);
      if (args[0].column->is_null(at))
        continue;
      auto n = args[0].column->as<int64>()[static_cast<std::size_t>(at)];
      if (n < 1 || n >= static_cast<int64>(args.size()))
        continue;
      const auto& chosen = args[static_cast<std::size_t>(n)];
      if (chosen.column->is_null(chosen.slot(row)))
        continue;
      out.set(row, chosen.column->text(chosen.slot(row)));
      set_bit(known->mutable_data(), row);
    }
    return vec{out.finish(self.type, count_validity(std::move(known), rows))};
  }
};

absl::StatusOr<expr_ptr> resolve_elt(call_site& site) {
  static const elt_function code;
  auto& index = site.args[0];
  auto good = index->type.is_integer();
  for (std::size_t i = 1; i < site.args.size(); ++i)
    good = good
           && (site.args[i]->type.is_text() || site.args[i]->type.is_bytes());
  if (!good)
    return type_error(site, "(integer, text or bytes, …)");
  if (index->kind == expr_kind::literal && !index->literal.is_null()
      && std::get<int64>(index->literal.value) < 0)
    return user_error(site.where, "an index of ELT is 1 or more");
  HERALD_TRY(
      cast_argument(index, data_type::of(type_kind::bigint), site.where));
  HERALD_ASSIGN(auto type, unify_every(site, 1, 1));
  return make_bound_call("ELT", std::move(site.args), &code,
                         type.with_nullable(true), site.where);
}

// -- bytes and URLs -----------------------------------------------------------

template <void (*Convert)(std::string&, text, const charset&)>
text recode(text x, text name, row_state& state) {
  auto set = charset_named(name);
  if (!set) {
    state.fail(fmt::format("there is no character set '{}'", name));
    return {};
  }
  state.text.clear();
  Convert(state.text, x, *set);
  return state.text;
}

text url_encode(text x, row_state& state) {
  state.text.clear();
  append_url_encoded(state.text, x);
  return state.text;
}

std::optional<text> url_decode(text x, row_state& state) {
  state.text.clear();
  if (!append_url_decoded(state.text, x))
    return std::nullopt;
  return state.text;
}

std::optional<std::string> url_part(const url_parts& from, text part) {
  if (part == "HOST")
    return from.host;
  if (part == "PATH")
    return from.path;
  if (part == "QUERY")
    return from.query;
  if (part == "REF")
    return from.ref;
  if (part == "PROTOCOL")
    return from.protocol;
  if (part == "FILE")
    return from.file();
  if (part == "AUTHORITY")
    return from.authority;
  if (part == "USERINFO")
    return from.user_info;
  return std::nullopt;
}

std::optional<text> part_of_url(text x, text part, row_state& state) {
  auto url = parse_url(x);
  auto result = url ? url_part(*url, part) : std::nullopt;
  if (!result)
    return std::nullopt;
  state.text = *std::move(result);
  return state.text;
}

/// The value of parameter `key` of the query.
std::optional<text> parameter_of_url(text x, text part, text key,
                                     row_state& state) {
  auto url = part == "QUERY" ? parse_url(x) : std::nullopt;
  if (!url || !url->query)
    return std::nullopt;
  text rest = *url->query;
  for (;;) {
    auto pair = rest.substr(0, rest.find('&'));
    if (pair.starts_with(key) && pair.substr(key.size()).starts_with('=')) {
      state.text = pair.substr(key.size() + 1);
      return state.text;
    }
    if (pair.size() == rest.size())
      return std::nullopt;
    rest.remove_prefix(pair.size() + 1);
  }
}

// -- addresses ----------------------------------------------------------------

/// "1.2.3.4", or fewer parts, the last of which is the last byte: "127.1".
std::optional<int64> inet_aton(text x) {
  int64 result = 0;
  for (auto left = 4; left > 0; --left) {
    const auto part = x.substr(0, x.find('.'));
    std::uint8_t value = 0;
    const auto end
        = std::from_chars(part.data(), part.data() + part.size(), value);
    if (end.ec != std::errc() || end.ptr != part.data() + part.size())
      return std::nullopt;
    const auto is_last = part.size() == x.size();
    result = result << (is_last ? 8 * left : 8) | int64{value};
    if (is_last)
      return result;
    x.remove_prefix(part.size() + 1);
  }
  return std::nullopt;
}

std::optional<text> inet_ntoa(int64 x, row_state& state) {
  if (x < 0 || x > 0xffffffff)
    return std::nullopt;
  state.text = fmt::format("{}.{}.{}.{}", x >> 24, x >> 16 & 255, x >> 8 & 255,
                           x & 255);
  return state.text;
}

// -- what a text consists of --------------------------------------------------

/// True if `x` is characters of one Unicode class, and at least one of them.
bool is_all(text x, const re2::RE2& pattern) {
  return re2::RE2::FullMatch(re2::StringPiece(x.data(), x.size()), pattern);
}

bool is_alpha(text x) {
  static const re2::RE2 letters("\\pL+");
  return is_all(x, letters);
}

bool is_digit_text(text x) {
  static const re2::RE2 digits("\\p{Nd}+");
  return is_all(x, digits);
}

bool is_decimal(text x) {
  return read_double(x).has_value();
}

/// A test that is FALSE for NULL; of numbers it is `OfNumber`.
template <bool (*Test)(text)>
class text_test final : public function {
public:
  explicit text_test(bool of_number) : of_number_(of_number) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& x = *args[0].column;
    auto is_text = x.type.is_text();
    auto bits = fill_bits(rows, [&](int64 row) -> bool {
      auto slot = args[0].slot(row);
      return !x.is_null(slot) && (is_text ? Test(x.text(slot)) : of_number_);
    });
    return vec{make_column_of(self.type, rows, std::move(bits), {})};
  }

private:
  bool of_number_;
};

void register_tests(registry& to) {
  static const text_test<is_alpha> alpha(false);
  static const text_test<is_digit_text> digit(false);
  static const text_test<is_digit_text> digit_of_integer(true);
  static const text_test<is_decimal> decimal(true);
  auto add = [&](text name, accept what, const function* code) {
    to.add(name, {param{what}}, results::of(type_kind::boolean), code,
           nulls::never);
  };
  add("IS_ALPHA", accept::text, &alpha);
  add("IS_ALPHA", accept::numeric, &alpha);
  add("IS_DIGIT", accept::text, &digit);
  add("IS_DIGIT", accept::integer, &digit_of_integer);
  add("IS_DIGIT", accept::numeric, &digit);
  add("IS_DECIMAL", accept::text, &decimal);
  add("IS_DECIMAL", accept::numeric, &decimal);
}

} // namespace

void register_string_codes(registry& to) {
  using namespace params;
  auto string_type = results::string();
  to.add("ASCII", {string}, results::of(type_kind::integer),
         rows<int32(text)>(ascii));
  to.add("CHR", {bigint}, string_type, rows<text(int64)>(chr), nulls::always);
  to.add_special("ELT", 2, registry::any_number, resolve_elt);
  to.add("ENCODE", {string, string}, results::of(type_kind::varbinary),
         failing_rows<text(text, text)>(recode<append_encoded>));
  to.add("DECODE", {bytes, string}, string_type,
         failing_rows<text(text, text)>(recode<append_decoded>));
  to.add("URL_ENCODE", {string}, string_type, rows<text(text)>(url_encode),
         nulls::always);
  to.add("URL_DECODE", {string}, string_type,
         rows<std::optional<text>(text)>(url_decode), nulls::always);
  to.add("PARSE_URL", {string, string}, string_type,
         rows<std::optional<text>(text, text)>(part_of_url), nulls::always);
  to.add("PARSE_URL", {string, string, string}, string_type,
         rows<std::optional<text>(text, text, text)>(parameter_of_url),
         nulls::always);
  to.add("INET_ATON", {string}, results::of(type_kind::bigint),
         rows<std::optional<int64>(text)>(inet_aton), nulls::always);
  to.add("INET_NTOA", {bigint}, string_type,
         rows<std::optional<text>(int64)>(inet_ntoa), nulls::always);
  register_tests(to);
}

} // namespace herald
