#include "engine/formats/raw.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/formats/charset.hpp"
#include "engine/formats/json_index.hpp"
#include "engine/formats/options.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr const char* charset_option = "raw.charset";
constexpr const char* endianness_option = "raw.endianness";
constexpr const char* utf8 = "UTF-8";
constexpr std::string_view big_endian_mark = "\xfe\xff";
constexpr std::string_view little_endian_mark = "\xff\xfe";

struct raw_options {
  std::string charset;
  bool reversed = false; ///< numbers lie in the other order than in memory
};

absl::StatusOr<raw_options> raw_options_of(const option_map& options) {
  HERALD_TRY(check_known_options(options, {charset_option, endianness_option}));
  raw_options result;
  result.charset = text_option(options, charset_option, utf8);
  HERALD_TRY(charset_converter::make(utf8, result.charset).status());
  HERALD_ASSIGN(auto order, choice_option(options, endianness_option,
                                          {"big-endian", "little-endian"}));
  result.reversed
      = (order == "big-endian") == (std::endian::native == std::endian::little);
  return result;
}

/// Bytes of a number of that type; 0: it is none that 'raw' has.
std::size_t number_size(const data_type& x) {
  switch (x.kind()) {
  case type_kind::boolean:
  case type_kind::tinyint:
    return 1;
  case type_kind::smallint:
    return 2;
  case type_kind::integer:
  case type_kind::float32:
    return 4;
  case type_kind::bigint:
  case type_kind::float64:
    return 8;
  default:
    return 0;
  }
}

/// Texts of a charset other than UTF-8. "UTF-16" is big-endian where no mark
/// says otherwise, and is written with one, as in Java.
class text_codec {
public:
  static absl::StatusOr<text_codec> make(const std::string& charset) {
    text_codec result;
    result.marked_ = charset == "UTF-16";
    const auto plain = result.marked_ ? "UTF-16BE" : charset;
    HERALD_ASSIGN(result.in_, charset_converter::make(utf8, plain));
    HERALD_ASSIGN(result.out_, charset_converter::make(plain, utf8));
    if (result.marked_) {
      HERALD_ASSIGN(result.in_little_,
                    charset_converter::make(utf8, "UTF-16LE"));
    }
    return result;
  }

  bool decode(std::string_view bytes, std::string& to) {
    if (marked_ && bytes.starts_with(little_endian_mark))
      return in_little_.convert(bytes.substr(little_endian_mark.size()), to);
    if (marked_ && bytes.starts_with(big_endian_mark))
      bytes.remove_prefix(big_endian_mark.size());
    return in_.convert(bytes, to);
  }

  /// What the charset lacks becomes '?', a character at a time.
  void encode(std::string_view text, std::string& to) {
    if (marked_ && !text.empty())
      to += big_endian_mark;
    const auto from = to.size();
    if (out_.convert(text, to))
      return;
    to.resize(from);
    const auto starts = [](char c) { return (c & 0xc0) != 0x80; };
    while (!text.empty()) {
      std::size_t size = 1;
      while (size < text.size() && !starts(text[size]))
        ++size;
      const auto before = to.size();
      if (!out_.convert(text.substr(0, size), to)) {
        to.resize(before);
        out_.convert("?", to);
      }
      text.remove_prefix(size);
    }
  }

private:
  charset_converter in_;
  charset_converter in_little_;
  charset_converter out_;
  bool marked_ = false;
};

template <class T>
void push_number(column_builder& to, const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  static_cast<fixed_builder<T>&>(to).push(value);
}

void push_number(column_builder& to, const char* bytes) {
  switch (to.type().kind()) {
  case type_kind::boolean:
    return static_cast<bool_builder&>(to).push(*bytes != 0);
  case type_kind::tinyint:
    return push_number<std::int8_t>(to, bytes);
  case type_kind::smallint:
    return push_number<std::int16_t>(to, bytes);
  case type_kind::integer:
    return push_number<std::int32_t>(to, bytes);
  case type_kind::float32:
    return push_number<float>(to, bytes);
  case type_kind::bigint:
    return push_number<std::int64_t>(to, bytes);
  default:
    return push_number<double>(to, bytes);
  }
}

class raw_decoder final : public decoder {
public:
  raw_decoder(decoder_spec spec, raw_options options,
              std::optional<text_codec> codec)
      : spec_(std::move(spec)), options_(std::move(options)),
        codec_(std::move(codec)),
        builder_(make_builder(spec_.fields.front().type)) {}

  decoded_rows decode(const documents& input) override {
    decoded_rows out;
    for (std::size_t i = 0; i < input.size(); ++i) {
      auto reason = input.spans()[i].null ? append_null() : append(input[i]);
      if (reason.empty())
        out.origin.push_back(static_cast<std::int32_t>(i));
      else
        out.bad.push_back({static_cast<std::int32_t>(i), std::move(reason)});
    }
    auto column = builder_->finish();
    std::vector<column_ptr> columns(spec_.paths.size(), column);
    out.rows = make_batch(spec_.layout, std::move(columns), column->length);
    return out;
  }

private:
  std::string append_null() {
    builder_->append_null();
    return {};
  }

  /// Returns what is wrong.
  std::string append(std::string_view bytes) {
    const auto& type = builder_->type();
    if (const auto size = number_size(type); size > 0) {
      if (bytes.size() != size)
        return fmt::format("found {} bytes, {} has {}", bytes.size(),
                           type.to_short_string(), size);
      char value[8];
      std::memcpy(value, bytes.data(), size);
      if (options_.reversed)
        std::reverse(value, value + size);
      push_number(*builder_, value);
      return {};
    }
    auto& texts = static_cast<text_builder&>(*builder_);
    if (codec_) {
      text_.clear();
      if (!codec_->decode(bytes, text_))
        return fmt::format("it is no text in {}", options_.charset);
      texts.push(text_);
      return {};
    }
    if (type.is_text() && !is_utf8(bytes))
      return std::string(to_string(json_index_error::utf8));
    texts.push(bytes);
    return {};
  }

  decoder_spec spec_;
  raw_options options_;
  std::optional<text_codec> codec_; ///< of texts that are not UTF-8
  std::unique_ptr<column_builder> builder_;
  std::string text_;
};

class raw_encoder final : public encoder {
public:
  raw_encoder(raw_options options, std::optional<text_codec> codec)
      : options_(std::move(options)), codec_(std::move(codec)) {}

  void encode(const batch& rows, std::int64_t row, std::string& out) override {
    const auto& x = *rows.columns.front();
    if (x.is_null(row))
      return;
    const auto size = number_size(x.type);
    if (size == 0 && codec_)
      return codec_->encode(x.text(row), out);
    if (size == 0) {
      out += x.text(row);
      return;
    }
    char value[8]{
        static_cast<char>(x.type.kind() == type_kind::boolean && x.bit(row))};
    if (x.type.kind() != type_kind::boolean)
      std::memcpy(
          value, x.values->data() + static_cast<std::size_t>(row) * size, size);
    if (options_.reversed)
      std::reverse(value, value + size);
    out.append(value, size);
  }

private:
  raw_options options_;
  std::optional<text_codec> codec_;
};

/// None for types without texts, and for UTF-8, which texts are in anyway.
absl::StatusOr<std::optional<text_codec>> codec_for(const data_type& type,
                                                    const raw_options& x) {
  if (!type.is_text() || x.charset == utf8)
    return std::optional<text_codec>();
  HERALD_ASSIGN(auto codec, text_codec::make(x.charset));
  return std::optional<text_codec>(std::move(codec));
}

} // namespace

absl::Status check_raw(const std::vector<field>& fields,
                       const option_map& options) {
  HERALD_TRY(raw_options_of(options).status());
  if (fields.size() == 1
      && (fields[0].type.is_text() || fields[0].type.is_bytes()
          || number_size(fields[0].type) > 0))
    return absl::OkStatus();
  return user_error("format 'raw' is for exactly one column, of type STRING, "
                    "BYTES, BOOLEAN or a number that is no DECIMAL");
}

absl::StatusOr<std::unique_ptr<decoder>> make_raw_decoder(decoder_spec spec) {
  HERALD_TRY(check_raw(spec.fields, spec.options));
  HERALD_ASSIGN(auto options, raw_options_of(spec.options));
  HERALD_ASSIGN(auto codec, codec_for(spec.fields.front().type, options));
  return std::make_unique<raw_decoder>(std::move(spec), std::move(options),
                                       std::move(codec));
}

absl::StatusOr<std::unique_ptr<encoder>>
make_raw_encoder(schema_ptr layout, const option_map& options) {
  HERALD_TRY(check_raw(layout->fields, options));
  HERALD_ASSIGN(auto parsed, raw_options_of(options));
  HERALD_ASSIGN(auto codec, codec_for(layout->fields.front().type, parsed));
  return std::make_unique<raw_encoder>(std::move(parsed), std::move(codec));
}

} // namespace herald
