#include "engine/formats/format.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct result {
  std::vector<std::string> rows;
  std::vector<std::string> bad;
  std::int64_t ignored = 0;
};

result decode(const std::string& format, const std::string& columns,
              const std::vector<std::string>& in, option_map options = {}) {
  decoder_spec spec;
  spec.fields = test::fields_of(columns);
  for (const auto& x : spec.fields)
    spec.paths.push_back({x.name});
  spec.layout = std::make_shared<schema>(schema{spec.fields});
  spec.options = std::move(options);
  auto made = make_decoder(format, std::move(spec));
  EXPECT_TRUE(made.ok()) << made.status();
  documents input;
  for (const auto& x : in)
    input.append(x);
  auto got = (*made)->decode(input);
  result out;
  for (std::int64_t row = 0; row < got.rows->rows; ++row)
    encode_json_row(*got.rows, row, out.rows.emplace_back());
  for (const auto& x : got.bad)
    out.bad.push_back(x.reason);
  out.ignored = got.ignored;
  return out;
}

std::string problem(const std::string& format, const std::string& columns,
                    option_map options) {
  return std::string(
      message_of(check_format(format, test::fields_of(columns), options)));
}

TEST(csv, splits_fields_and_quotes) {
  EXPECT_THAT(decode("csv", "a INT, b STRING, c DECIMAL(5, 2)",
                     {"1,x,1.5", " 2 ,\"y,\"\"z\"\"\",", "3,,4\r"})
                  .rows,
              ElementsAre("{\"a\":1,\"b\":\"x\",\"c\":1.50}",
                          "{\"a\":2,\"b\":\"y,\\\"z\\\"\",\"c\":null}",
                          "{\"a\":3,\"b\":\"\",\"c\":4.00}"));
}

TEST(csv, says_what_is_wrong_with_a_line) {
  auto got = decode(
      "csv", "a INT, b STRING NOT NULL",
      {"x,y", "1", "1,2,3", "1,\"open", "1,\"a\"b", "7,ok", "NULL,NULL"},
      {{"csv.null-literal", "NULL"}});
  EXPECT_THAT(got.rows, ElementsAre("{\"a\":7,\"b\":\"ok\"}"));
  EXPECT_THAT(got.bad,
              ElementsAre("at byte 0: a: found x, expected INT",
                          "at byte 1: expected 2 fields, found 1",
                          "at byte 5: expected 2 fields, found 3",
                          "at byte 2: a quoted field is not closed",
                          "at byte 5: text behind a quoted field",
                          "at byte 5: b: NULL in a column that is NOT NULL"));
}

TEST(csv, follows_its_options) {
  option_map options{{"csv.field-delimiter", "\\t"},
                     {"csv.quote-character", "'"},
                     {"csv.escape-character", "\\"},
                     {"csv.allow-comments", "true"},
                     {"csv.ignore-parse-errors", "true"}};
  auto got = decode("csv", "a INT, b STRING",
                    {"# comment", "1\t'a\tb'", "x\ty\\\tz", "1"}, options);
  EXPECT_THAT(got.rows, ElementsAre("{\"a\":1,\"b\":\"a\\tb\"}",
                                    "{\"a\":null,\"b\":\"y\\tz\"}"));
  EXPECT_EQ(got.ignored, 1);
  EXPECT_THAT(got.bad, IsEmpty());
}

TEST(csv, refuses_what_it_cannot_do) {
  EXPECT_THAT(problem("csv", "a ARRAY<INT>", {}), HasSubstr("cannot hold"));
  EXPECT_THAT(problem("csv", "a INT", {{"csv.field-delimiter", "ab"}}),
              HasSubstr("not one character"));
  EXPECT_THAT(problem("csv", "a INT", {{"csv.quote-character", ","}}),
              HasSubstr("same character"));
  EXPECT_THAT(problem("csv", "a INT", {{"csv.null_literal", "x"}}),
              HasSubstr("did you mean 'csv.null-literal'"));
}

TEST(raw, takes_documents_whole) {
  EXPECT_THAT(decode("raw", "a STRING", {"", "any \" text"}).rows,
              ElementsAre("{\"a\":\"\"}", "{\"a\":\"any \\\" text\"}"));
  EXPECT_THAT(decode("raw", "a STRING", {"\xff"}).bad,
              ElementsAre(HasSubstr("UTF-8")));
  EXPECT_THAT(decode("raw", "a BYTES", {"\xff"}).rows,
              ElementsAre("{\"a\":\"/w==\"}"));
  EXPECT_THAT(problem("raw", "a INT", {}), HasSubstr("exactly one column"));
  EXPECT_THAT(problem("raw", "a STRING, b STRING", {}),
              HasSubstr("exactly one column"));
}

TEST(formats, are_listed_when_one_is_unknown) {
  EXPECT_THAT(problem("avro", "a INT", {}),
              HasSubstr("known formats: json, csv, raw"));
  EXPECT_THAT(
      problem("json", "a INT", {{"json.fail-on-missing-fields", "true"}}),
      HasSubstr("did you mean 'json.fail-on-missing-field'"));
  EXPECT_THAT(problem("json", "a INT",
                      {{"json.fail-on-missing-field", "true"},
                       {"json.ignore-parse-errors", "true"}}),
              HasSubstr("exclude each other"));
}

} // namespace
} // namespace herald
