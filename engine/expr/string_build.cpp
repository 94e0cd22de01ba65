#include "engine/columnar/bits.hpp"
#include "engine/expr/java_format.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/utf8.hpp"

#include <algorithm>

// Functions that make new texts. Those that repeat or pad are bounded by
// `text_bytes_max`.

namespace herald {

namespace {

using text = std::string_view;
using int32 = std::int32_t;

/// What a single value may grow to: a stray REPEAT must not take the node's
/// memory.
constexpr std::size_t text_bytes_max = 64 * 1024 * 1024;

text too_long(row_state& state) {
  state.fail("the text would be longer than 64 MiB");
  return {};
}

text upper(text x, row_state& state) {
  state.text.clear();
  append_upper(state.text, x);
  return state.text;
}

text lower(text x, row_state& state) {
  state.text.clear();
  append_lower(state.text, x);
  return state.text;
}

/// Only ASCII letters and digits make words, as in Flink.
text initcap(text x, row_state& state) {
  state.text = x;
  auto inside = false;
  for (auto& c : state.text) {
    auto is_upper = c >= 'A' && c <= 'Z';
    auto is_lower = c >= 'a' && c <= 'z';
    if (inside && is_upper)
      c = static_cast<char>(c - 'A' + 'a');
    else if (!inside && is_lower)
      c = static_cast<char>(c - 'a' + 'A');
    inside = is_upper || is_lower || (c >= '0' && c <= '9');
  }
  return state.text;
}

text reverse(text x, row_state& state) {
  state.text.clear();
  while (!x.empty()) {
    auto size = suffix_bytes(x, 1);
    state.text += x.substr(x.size() - size);
    x.remove_suffix(size);
  }
  return state.text;
}

text repeat_text(text x, int32 count, row_state& state) {
  state.text.clear();
  if (count > 0 && x.size() * static_cast<std::size_t>(count) > text_bytes_max)
    return too_long(state);
  for (int32 i = 0; i < count; ++i)
    state.text += x;
  return state.text;
}

text replace_all(text x, text from, text with, row_state& state) {
  auto& out = state.text;
  out.clear();
  if (from.empty()) {
    // As Java: before each character and at the end.
    while (!x.empty()) {
      auto size = prefix_bytes(x, 1);
      out += with;
      out += x.substr(0, size);
      x.remove_prefix(size);
    }
    return out += with;
  }
  for (;;) {
    auto at = x.find(from);
    out += x.substr(0, at);
    if (at == text::npos)
      return out;
    out += with;
    x.remove_prefix(at + from.size());
    if (out.size() > text_bytes_max)
      return too_long(state);
  }
}

// -- padding (lengths in UTF-16 units, as Flink counts them) ------------------

void append_padding(std::string& to, text pad, std::int64_t units) {
  auto size = count_units(pad);
  for (; units > 0; units -= size)
    append_units(to, pad, units);
}

template <bool Left>
std::optional<text> pad_text(text x, int32 length, text pad, row_state& state) {
  if (length < 0 || pad.empty())
    return std::nullopt;
  state.text.clear();
  if (static_cast<std::size_t>(length) > text_bytes_max)
    return too_long(state);
  auto size = count_units(x);
  if (size >= length) {
    append_units(state.text, x, length);
    return state.text;
  }
  if (Left)
    append_padding(state.text, pad, length - size);
  state.text += x;
  if (!Left)
    append_padding(state.text, pad, length - size);
  return state.text;
}

/// Appends what follows the first `count` UTF-16 units of `x`.
void append_after(std::string& to, text x, std::int64_t count) {
  while (!x.empty() && count > 0) {
    count -= static_cast<unsigned char>(x[0]) >= 0xf0 ? 2 : 1;
    x.remove_prefix(prefix_bytes(x, 1));
  }
  if (count < 0)
    to += '?'; // half of a character
  to += x;
}

text overlay(text x, text with, int32 start, int32 length, row_state& state) {
  auto size = count_units(x);
  if (start <= 0 || start > size)
    return x;
  auto& out = state.text;
  out.clear();
  append_units(out, x, start - 1);
  out += with;
  // A length of 0 or less drops the rest, as Flink does.
  if (length > 0 && start - 1 + std::int64_t{length} <= size)
    append_after(out, x, start - 1 + std::int64_t{length});
  return out;
}

/// TRANSLATE(x, from, to): without `from` (NULL) x itself, without `to` as if
/// it were empty.
class translate_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect({args[0]}, rows);
    text_sink out(rows, nullptr);
    std::string result;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      result.clear();
      translate(result, part(args[0], row), part(args[1], row),
                part(args[2], row));
      out.set(row, result);
    });
    return vec{out.finish(self.type, std::move(valid))};
  }

private:
  static text part(const vec& arg, std::int64_t row) {
    auto slot = arg.slot(row);
    return arg.column->is_null(slot) ? text{} : arg.column->text(slot);
  }

  static void translate(std::string& out, text x, text from, text to) {
    while (!x.empty()) {
      auto character = x.substr(0, prefix_bytes(x, 1));
      auto rest = from;
      auto with = to;
      auto found = false;
      while (!rest.empty() && !found) {
        auto step = prefix_bytes(rest, 1);
        found = rest.substr(0, step) == character;
        if (found)
          out += with.substr(0, prefix_bytes(with, 1));
        rest.remove_prefix(step);
        with.remove_prefix(prefix_bytes(with, 1));
      }
      if (!found)
        out += character;
      x.remove_prefix(character.size());
    }
  }
};

/// PRINTF(format, …): NULL if the format does not fit the values.
class printf_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    text_sink out(rows, nullptr);
    auto known = allocate_bits(rows);
    auto valid = intersect({args[0]}, rows);
    std::string result;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      result.clear();
      auto format = args[0].column->text(args[0].slot(row));
      if (!append_formatted(result, format, args, 1, row))
        return;
      out.set(row, result);
      set_bit(known->mutable_data(), row);
    });
    return vec{out.finish(self.type, count_validity(std::move(known), rows))};
  }
};

// -- joining ------------------------------------------------------------------

/// a || b, CONCAT: NULL if any is.
class concat_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    text_sink out(rows, nullptr);
    std::string joined;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      joined.clear();
      for (const auto& arg : args)
        joined += arg.column->text(arg.slot(row));
      out.set(row, joined);
    });
    return vec{out.finish(self.type, valid)};
  }
};

/// CONCAT_WS: leaves out what is NULL, unless it is the separator.
class concat_ws_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect({args[0]}, rows);
    text_sink out(rows, nullptr);
    std::string joined;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      joined.clear();
      auto separator = args[0].column->text(args[0].slot(row));
      auto first = true;
      for (std::size_t i = 1; i < args.size(); ++i) {
        auto slot = args[i].slot(row);
        if (args[i].column->is_null(slot))
          continue;
        if (!first)
          joined += separator;
        joined += args[i].column->text(slot);
        first = false;
      }
      out.set(row, joined);
    });
    return vec{out.finish(self.type, valid)};
  }
};

/// CHAR || CHAR is a CHAR as long as both.
std::optional<data_type> joined_type(std::span<const data_type> types) {
  std::int64_t length = 0;
  auto fixed = true;
  for (const auto& type : types) {
    length += type.precision();
    fixed = fixed && type.kind() == type_kind::character;
  }
  auto most = static_cast<int>(std::min<std::int64_t>(length, length_max));
  return data_type::text(fixed ? type_kind::character : type_kind::varchar,
                         most);
}

} // namespace

void register_string_build(registry& to) {
  using namespace params;
  auto same = results::argument(0);
  auto string_type = results::string();
  to.add("UPPER", {string}, same, rows<text(text)>(upper));
  to.add("LOWER", {string}, same, rows<text(text)>(lower));
  to.add("INITCAP", {string}, same, rows<text(text)>(initcap));
  to.add("REVERSE", {string}, string_type, rows<text(text)>(reverse),
         nulls::always);
  to.add("REPEAT", {string, integer}, string_type,
         failing_rows<text(text, int32)>(repeat_text));
  to.add("REPLACE", {string, string, string}, string_type,
         failing_rows<text(text, text, text)>(replace_all));
  to.add("LPAD", {string, integer, string}, string_type,
         failing_rows<std::optional<text>(text, int32, text)>(pad_text<true>));
  to.add("RPAD", {string, integer, string}, string_type,
         failing_rows<std::optional<text>(text, int32, text)>(pad_text<false>));
  auto overlaid = [](std::span<const data_type> types) {
    auto joined = joined_type(types.subspan(0, 2));
    return std::optional(
        data_type::text(type_kind::varchar, joined->precision()));
  };
  to.add("OVERLAY", {string, string, integer}, overlaid,
         rows<text(text, text, int32)>(
             [](text x, text with, int32 start, row_state& state) {
               return overlay(x, with, start,
                              static_cast<int32>(count_units(with)), state);
             }));
  to.add("OVERLAY", {string, string, integer, integer}, overlaid,
         rows<text(text, text, int32, int32)>(overlay));
  static const translate_function translated;
  static const printf_function formatted;
  to.add("TRANSLATE", {string, string, string}, string_type, &translated);
  to.alias("TRANSLATE3", "TRANSLATE");
  to.add("PRINTF", {string, params::optional(params::repeated(any))},
         string_type, &formatted, nulls::always);
  static const concat_function concat;
  static const concat_ws_function concat_ws;
  to.add("||", {string, repeated(string)}, joined_type, &concat);
  to.add("CONCAT", {repeated(string)}, string_type, &concat);
  to.add("CONCAT_WS", {string}, string_type, &concat_ws);
  to.add("CONCAT_WS", {string, repeated(string)}, string_type, &concat_ws);
}

} // namespace herald
