#include "engine/columnar/builder.hpp"
#include "engine/columnar/decimal.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/json_decoder.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <cmath>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

namespace herald {
namespace {

using random_engine = std::mt19937_64;

std::unique_ptr<decoder> decoder_of(const std::vector<field>& fields,
                                    option_map options = {}) {
  decoder_spec spec;
  spec.fields = fields;
  for (const auto& x : fields)
    spec.paths.push_back({x.name});
  spec.layout = std::make_shared<schema>(schema{fields});
  spec.options = std::move(options);
  auto made = make_decoder("json", std::move(spec));
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

// -- random values ------------------------------------------------------------

class random_values {
public:
  explicit random_values(std::uint64_t seed) : random_(seed) {}

  data_type type(int depth) {
    switch (below(depth > 0 ? 18 : 14)) {
    case 0:
      return data_type::of(type_kind::boolean);
    case 1:
      return data_type::of(type_kind::tinyint);
    case 2:
      return data_type::of(type_kind::smallint);
    case 3:
      return data_type::of(type_kind::integer);
    case 4:
      return data_type::of(type_kind::bigint);
    case 5:
      return data_type::of(type_kind::float32);
    case 6:
      return data_type::of(type_kind::float64);
    case 7: {
      auto precision = 1 + below(38);
      return data_type::decimal(precision, below(precision + 1));
    }
    case 8:
      return data_type::of(type_kind::varbinary);
    case 9:
      return data_type::of(type_kind::date);
    case 10:
      return data_type::of(type_kind::time).with_precision(below(4));
    case 11:
      return data_type::timestamp(below(10));
    case 12:
      return data_type::timestamp_ltz(below(10));
    case 14:
      return data_type::array(type(depth - 1));
    case 15:
      return data_type::map(
          data_type::of(type_kind::varchar).with_nullable(false),
          type(depth - 1));
    case 16:
    case 17:
      return data_type::row(fields(depth - 1));
    default:
      return data_type::of(type_kind::varchar);
    }
  }

  std::vector<field> fields(int depth) {
    std::vector<field> result;
    auto count = 1 + below(4);
    for (int i = 0; i < count; ++i)
      result.push_back({fmt::format("{}{}", text(3), i), type(depth)});
    return result;
  }

  scalar value(const data_type& type) {
    if (type.nullable() && below(5) == 0)
      return {type, {}};
    switch (type.kind()) {
    case type_kind::boolean:
      return {type, below(2) == 0};
    case type_kind::tinyint:
      return {type, number(-128, 127)};
    case type_kind::smallint:
      return {type, number(-32768, 32767)};
    case type_kind::integer:
      return {type, number(INT32_MIN, INT32_MAX)};
    case type_kind::bigint:
      return {type, number(INT64_MIN, INT64_MAX)};
    case type_kind::float32:
      return {type, static_cast<double>(static_cast<float>(floating()))};
    case type_kind::float64:
      return {type, floating()};
    case type_kind::decimal:
      return {type, decimal(type.precision())};
    case type_kind::varbinary:
      return {type, bytes()};
    case type_kind::date:
      return {type, number(-700'000, 2'900'000)};
    case type_kind::time:
      return {type, rounded(number(0, 86'399'999), 3 - type.precision())};
    case type_kind::timestamp:
    case type_kind::timestamp_ltz:
      return {type, moment(type)};
    default:
      return type.is_nested() ? nested(type) : scalar{type, text(20)};
    }
  }

private:
  int below(int n) {
    return static_cast<int>(random_() % static_cast<std::uint64_t>(n));
  }

  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  static std::int64_t rounded(std::int64_t x, int digits) {
    std::int64_t unit = 1;
    for (int i = 0; i < digits; ++i)
      unit *= 10;
    return x / unit * unit;
  }

  double floating() {
    auto x = std::bit_cast<double>(random_());
    // As a FLOAT it must not become infinite either.
    return std::isfinite(x) && std::fabs(x) < 1e38 ? x : 0.5;
  }

  int128 decimal(int precision) {
    auto limit = power_of_ten(precision);
    auto x = (static_cast<int128>(random_() >> 1) << 64 | random_()) % limit;
    return below(2) == 0 ? x : -x;
  }

  std::int64_t moment(const data_type& type) {
    auto ticks = type.ticks_per_second();
    int digits = ticks == 1000 ? 3 : ticks == 1'000'000 ? 6 : 9;
    // Nanoseconds span 292 years to each side.
    auto x
        = number(-8'000'000'000, 8'000'000'000) * ticks + number(0, ticks - 1);
    return x - ((x % ticks) + ticks) % ticks
           + rounded(((x % ticks) + ticks) % ticks, digits - type.precision());
  }

  std::string bytes() {
    std::string result;
    for (int left = below(20); left > 0; --left)
      result.push_back(static_cast<char>(below(256)));
    return result;
  }

  std::string text(int length_max) {
    static const std::vector<std::string> letters{
        "a", "b", "\"", "\\", "\n", "\t", "\x01", "é", "€",
        "😀", " ", "/",  "{",  "[",  ":",  ",",    "x"};
    std::string result;
    for (int left = below(length_max); left > 0; --left)
      result += letters[random_() % letters.size()];
    return result;
  }

  scalar nested(const data_type& type) {
    std::vector<scalar> values;
    const auto& fields = type.fields();
    if (type.kind() == type_kind::row) {
      for (const auto& x : fields)
        values.push_back(value(x.type));
    } else {
      for (int i = below(4); i > 0; --i) {
        if (type.kind() == type_kind::map)
          values.push_back({fields[0].type, fmt::format("{}{}", text(5), i)});
        values.push_back(value(fields.back().type));
      }
    }
    return {type, std::move(values)};
  }

  random_engine random_;
};

TEST(json, reads_back_whatever_it_writes) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    random_values random(seed);
    auto fields = random.fields(3);
    auto layout = std::make_shared<schema>(schema{fields});
    batch_builder builder(layout);
    for (int row = 0; row < 50; ++row) {
      std::vector<scalar> values;
      for (const auto& x : fields)
        values.push_back(random.value(x.type));
      builder.append(values);
    }
    auto expected = builder.finish();
    for (const char* standard : {"SQL", "ISO-8601"})
      for (const char* ignore_nulls : {"false", "true"}) {
        option_map options{{"json.timestamp-format.standard", standard},
                           {"json.encode.ignore-null-fields", ignore_nulls}};
        auto encode = make_encoder("json", layout, options);
        ASSERT_TRUE(encode.ok()) << encode.status();
        documents input;
        for (std::int64_t row = 0; row < expected->rows; ++row) {
          std::string text;
          (*encode)->encode(*expected, row, text);
          input.append(text);
        }
        auto got = decoder_of(fields, options)->decode(input);
        ASSERT_TRUE(got.bad.empty())
            << seed << ": " << input[static_cast<std::size_t>(got.bad[0].index)]
            << "\n"
            << got.bad[0].reason;
        ASSERT_EQ(got.rows->rows, expected->rows);
        for (std::size_t i = 0; i < fields.size(); ++i)
          for (std::int64_t row = 0; row < expected->rows; ++row)
            ASSERT_EQ(value_at(*got.rows->columns[i], row),
                      value_at(*expected->columns[i], row))
                << seed << ": " << fields[i].type.to_string() << "\n"
                << input[static_cast<std::size_t>(row)];
      }
  }
}

// -- mutations ----------------------------------------------------------------

const char* const columns
    = "i INT, d DECIMAL(20, 3), t STRING, b BOOLEAN, ts TIMESTAMP(3), "
      "r ROW<x BIGINT, y ARRAY<STRING>>, m MAP<STRING, DOUBLE>";

const std::string valid
    = R"({"i":-12,"d":3.50,"t":"a\n\u00e9","b":true,)"
      R"("ts":"2026-11-21 01:42:50.3","r":{"x":1,"y":["p",null,"q\\"]},)"
      R"("m":{"k":1.5e3,"l":null},"more":[{"z":[]},"s",-0.1,false]})";

/// Decodes `text` between two documents that are fine; returns whether it
/// gave a row.
bool accepts(decoder& decode, const std::string& text) {
  documents input;
  input.append(valid);
  input.append(text);
  input.append(valid);
  auto got = decode.decode(input);
  EXPECT_EQ(got.origin.front(), 0) << text;
  EXPECT_EQ(got.origin.back(), 2) << text;
  EXPECT_EQ(got.origin.size() + got.bad.size(), 3u) << text;
  EXPECT_EQ(static_cast<std::size_t>(got.rows->rows), got.origin.size());
  std::string first;
  std::string last;
  encode_json_row(*got.rows, 0, first);
  encode_json_row(*got.rows, got.rows->rows - 1, last);
  EXPECT_EQ(first, last) << text;
  return got.origin.size() == 3;
}

/// Whether another parser finds the text to be an object.
bool is_json_object(const std::string& text) {
  static simdjson::dom::parser parser;
  simdjson::dom::object object;
  return parser.parse(text).get_object().get(object) == simdjson::SUCCESS;
}

TEST(json, accepts_nothing_that_another_parser_refuses) {
  auto decode = decoder_of(test::fields_of(columns));
  ASSERT_TRUE(accepts(*decode, valid));
  const std::string replacements = "{}[]:,\"\\ \n\t0-.eEnx\x01\x80\xff";
  for (std::size_t at = 0; at <= valid.size(); ++at) {
    std::vector<std::string> changed{valid.substr(0, at)};
    if (at < valid.size())
      changed.push_back(std::string(valid).erase(at, 1));
    for (char c : replacements) {
      changed.push_back(std::string(valid).insert(at, 1, c));
      if (at < valid.size()) {
        changed.push_back(valid);
        changed.back()[at] = c;
      }
    }
    for (const auto& text : changed)
      if (accepts(*decode, text)) {
        EXPECT_TRUE(is_json_object(text)) << text;
      }
  }
}

TEST(json, accepts_documents_that_are_changed_at_random_only_if_valid) {
  auto decode = decoder_of(test::fields_of(columns));
  random_engine random(7);
  const std::string letters = "{}[]:,\"\\ \n019-.+eEtfnul\x01\xc3\xa9";
  for (int i = 0; i < 20'000; ++i) {
    auto text = valid;
    for (int left = 1 + static_cast<int>(random() % 6); left > 0; --left) {
      auto at = random() % text.size();
      auto letter = letters[random() % letters.size()];
      if (random() % 3 == 0)
        text.erase(at, 1 + random() % 8);
      else if (random() % 2 == 0)
        text.insert(at, 1, letter);
      else
        text[at] = letter;
      if (text.empty())
        text = "{}";
    }
    if (accepts(*decode, text)) {
      EXPECT_TRUE(is_json_object(text)) << text;
    }
  }
}

// -- limits -------------------------------------------------------------------

std::string nested(int depth) {
  std::string open = "{\"skipped\":";
  std::string close = "}";
  for (int i = 0; i < depth; ++i) {
    open += '[';
    close.insert(0, 1, ']');
  }
  return open + close;
}

TEST(json, refuses_documents_that_are_nested_too_deeply) {
  auto decode = decoder_of(test::fields_of("i INT"));
  documents input;
  input.append(nested(json_depth_max));
  input.append(nested(json_depth_max + 1));
  input.append(nested(100'000));
  auto got = decode->decode(input);
  EXPECT_EQ(got.rows->rows, 1);
  ASSERT_EQ(got.bad.size(), 2u);
  EXPECT_THAT(got.bad[0].reason, testing::HasSubstr("nested too deeply"));
}

TEST(json, refuses_documents_that_are_too_large) {
  auto decode = decoder_of(test::fields_of("i INT"));
  auto document = [](std::size_t size) {
    std::string text = "{\"i\":1,\"s\":\"\"}";
    return text.insert(12, size - text.size(), 'x');
  };
  documents input;
  input.append(document(json_document_max));
  input.append(document(json_document_max + 1));
  input.append("{\"i\":2}");
  auto got = decode->decode(input);
  EXPECT_EQ(got.rows->rows, 2);
  ASSERT_EQ(got.bad.size(), 1u);
  EXPECT_THAT(got.bad[0].reason, testing::HasSubstr("larger than"));
}

TEST(json, remembers_the_order_of_a_bounded_number_of_fields) {
  auto decode = decoder_of(test::fields_of("last INT"));
  std::string text = "{";
  for (std::size_t i = 0; i < 3 * json_order_max; ++i)
    text += fmt::format("\"f{}\":0,", i);
  documents input;
  input.append(text + "\"last\":1}");
  input.append("{\"last\":2}");
  EXPECT_EQ(decode->decode(input).rows->rows, 2);
}

TEST(json, decodes_groups_of_any_size_alike) {
  auto decode = decoder_of(test::fields_of("i INT, t STRING"));
  documents input;
  for (int i = 0; i < 20'000; ++i)
    input.append(fmt::format("{{\"t\":\"{}\",\"i\":{}{}",
                             std::string(static_cast<std::size_t>(i % 50), 'x'),
                             i, i % 1000 == 999 ? "" : "}"));
  ASSERT_GT(input.bytes(), 3 * json_index_bytes);
  auto got = decode->decode(input);
  EXPECT_EQ(got.bad.size(), 20u);
  ASSERT_EQ(got.rows->rows, 20'000 - 20);
  for (std::int64_t row = 0; row < got.rows->rows; ++row)
    ASSERT_EQ(
        got.rows->columns[0]->as<std::int32_t>()[static_cast<std::size_t>(row)],
        got.origin[static_cast<std::size_t>(row)]);
}

TEST(json, shows_changes) {
  auto layout = std::make_shared<schema>(
      schema{test::fields_of("a DECIMAL(5, 2), b TIMESTAMP(3)")});
  batch_builder builder(layout);
  builder.append({{layout->fields[0].type, int128{150}},
                  {layout->fields[1].type, std::int64_t{1000}}},
                 change::update_before);
  std::string text;
  encode_json_change(*builder.finish(), 0, text);
  EXPECT_EQ(text, "{\"op\":\"-U\",\"row\":{\"a\":1.50,"
                  "\"b\":\"1970-01-01 00:00:01.000\"}}");
}

} // namespace
} // namespace herald
