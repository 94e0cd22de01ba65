#include "engine/expr/cast.hpp"
#include "engine/expr/text_read.hpp"
#include "engine/expr/utf8.hpp"

// Casts to CHAR, VARCHAR, BINARY and VARBINARY: longer values are cut,
// shorter ones of fixed length padded.

namespace herald {

namespace {

/// Cuts or pads `text` to the length of `to`, in characters; Flink pads what
/// was no text before (`units`) in UTF-16 units.
std::string_view fit(std::string& scratch, std::string_view text,
                     const data_type& to, bool units) {
  auto length = static_cast<std::size_t>(to.precision());
  if (text.size() > length || to.kind() == type_kind::character) {
    text = text.substr(0, prefix_bytes(text, to.precision()));
    if (to.kind() == type_kind::character) {
      auto count = static_cast<std::size_t>(units ? count_units(text)
                                                  : count_characters(text));
      if (count < length) {
        std::string padded(text);
        padded.append(length - count, ' ');
        scratch = std::move(padded);
        return scratch;
      }
    }
  }
  return text;
}

} // namespace

absl::StatusOr<column_ptr> cast_to_text(const column& x, const data_type& to,
                                        cast_rules rules) {
  text_sink out(x.length, x.type.is_text() ? &x : nullptr);
  std::string scratch;
  for_each_bit(x.validity.get(), x.length, [&](std::int64_t row) {
    if (x.type.is_text()) {
      out.set_part(row, fit(scratch, x.text(row), to, false), row);
      return;
    }
    scratch.clear();
    append_value(scratch, x, row, rules.local);
    out.set(row, fit(scratch, scratch, to, true));
  });
  return out.finish(to, {x.validity, x.null_count});
}

absl::StatusOr<column_ptr> cast_to_bytes(const column& x, const data_type& to) {
  text_sink out(x.length, &x);
  std::string scratch;
  auto length = static_cast<std::size_t>(to.precision());
  for_each_bit(x.validity.get(), x.length, [&](std::int64_t row) {
    auto bytes = x.text(row).substr(0, length);
    if (to.kind() == type_kind::binary && bytes.size() < length) {
      scratch = bytes;
      scratch.resize(length, '\0');
      bytes = scratch;
    }
    out.set_part(row, bytes, row);
  });
  return out.finish(to, {x.validity, x.null_count});
}

} // namespace herald
