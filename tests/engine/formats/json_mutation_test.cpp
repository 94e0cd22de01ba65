#include "engine/columnar/builder.hpp"
#include "engine/formats/json_decoder.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/decoding.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <simdjson.h>

namespace herald {
namespace {

using test::decoder_of;
using random_engine = std::mt19937_64;

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
