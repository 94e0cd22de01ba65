#include "engine/columnar/builder.hpp"
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
  out.ignored = static_cast<std::int64_t>(got.ignored.size());
  return out;
}

/// `in` decoded and encoded again.
std::string encoded(const std::string& format, const std::string& columns,
                    const std::string& in, const option_map& options) {
  decoder_spec spec;
  spec.fields = test::fields_of(columns);
  for (const auto& x : spec.fields)
    spec.paths.push_back({x.name});
  spec.layout = std::make_shared<schema>(schema{spec.fields});
  spec.options = options;
  const auto layout = spec.layout;
  const auto read = *make_decoder(format, std::move(spec));
  documents input;
  input.append(in);
  const auto got = read->decode(input);
  std::string out;
  (*make_encoder(format, layout, options))->encode(*got.rows, 0, out);
  return out;
}

/// One row with a map, one of whose keys is NULL.
struct map_batch {
  map_batch() {
    const auto text = data_type::of(type_kind::varchar);
    const auto integer = data_type::of(type_kind::integer);
    const auto type = data_type::map(text, integer);
    layout = std::make_shared<schema>(schema{{{"m", type}}});
    batch_builder builder(layout);
    builder.append({{type, std::vector<scalar>{{text, {}},
                                               {integer, std::int64_t{1}},
                                               {text, std::string("k")},
                                               {integer, std::int64_t{2}}}}});
    rows = builder.finish();
  }

  std::string encoded(const option_map& options) const {
    std::string out;
    (*make_encoder("json", layout, options))->encode(*rows, 0, out);
    return out;
  }

  schema_ptr layout;
  batch_ptr rows;
};

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

TEST(csv, holds_times_of_all_years) {
  const std::string columns = "a TIMESTAMP(9), b TIMESTAMP_LTZ(9)";
  for (const std::string line :
       {"0001-01-01 00:00:00.000000001,1677-09-21 00:12:43.145224191",
        "9999-12-31 23:59:59.999999999,2262-04-11 23:47:16.854775808"}) {
    EXPECT_THAT(decode("csv", columns, {line}).bad, IsEmpty());
    EXPECT_EQ(encoded("csv", columns, line, {}), line + "Z");
  }
}

TEST(csv, marks_instants_with_a_z) {
  const auto* columns = "a TIMESTAMP_LTZ(0), b ARRAY<TIMESTAMP_LTZ(0)>, "
                        "c TIMESTAMP(0), d TIMESTAMP_LTZ(0)";
  const std::string line = "1970-01-01 00:00:01Z,1970-01-01 00:00:02Z;,"
                           "1970-01-01 00:00:03,";
  EXPECT_EQ(encoded("csv", columns, line, {}), line);
}

TEST(csv, keeps_rows_of_one_column_without_a_value) {
  EXPECT_THAT(decode("csv", "a STRING", {"", "\"\"", "x", "\r"}).rows,
              ElementsAre("{\"a\":null}", "{\"a\":\"\"}", "{\"a\":\"x\"}",
                          "{\"a\":null}"));
  EXPECT_THAT(decode("csv", "a INT", {"", "1"}).rows,
              ElementsAre("{\"a\":null}", "{\"a\":1}"));
  EXPECT_THAT(decode("csv", "a STRING NOT NULL", {""}).rows,
              ElementsAre("{\"a\":\"\"}"));
  const auto nothing = decode("csv", "a INT NOT NULL", {""});
  EXPECT_THAT(nothing.rows, IsEmpty());
  EXPECT_THAT(nothing.bad, IsEmpty());
  EXPECT_THAT(decode("csv", "a STRING, b STRING", {""}).rows, IsEmpty());
  for (const std::string line : {"", "\"\"", "x"})
    for (const option_map& options :
         {option_map(), option_map{{"csv.null-literal", ""}}})
      EXPECT_EQ(encoded("csv", "a STRING", line, options), line);
  const option_map literal{{"csv.null-literal", "-"}};
  EXPECT_EQ(encoded("csv", "a STRING", "-", literal), "-");
  EXPECT_EQ(encoded("csv", "a STRING", "", literal), "\"\"");
}

TEST(csv, refuses_what_it_cannot_do) {
  EXPECT_THAT(problem("csv", "a MAP<STRING, INT>", {}),
              HasSubstr("cannot hold"));
  EXPECT_THAT(problem("csv", "a INT", {{"csv.field-delimiter", "ab"}}),
              HasSubstr("not one character"));
  EXPECT_THAT(problem("csv", "a INT", {{"csv.quote-character", ","}}),
              HasSubstr("same character"));
  EXPECT_THAT(problem("csv", "a INT", {{"csv.null_literal", "x"}}),
              HasSubstr("did you mean 'csv.null-literal'"));
}

TEST(csv, holds_lists_in_one_field) {
  const auto* columns = "a ARRAY<INT>, r ROW<x STRING, y INT>, z INT";
  auto got = decode("csv", columns,
                    {"1;2,u;7,3", ",,", "4;;5,v;,", "x,y;1,1", "1,v,1"});
  EXPECT_THAT(got.rows,
              ElementsAre("{\"a\":[1,2],\"r\":{\"x\":\"u\",\"y\":7},\"z\":3}",
                          "{\"a\":null,\"r\":null,\"z\":null}",
                          "{\"a\":[4,null,5],\"r\":{\"x\":\"v\",\"y\":null},"
                          "\"z\":null}"));
  EXPECT_THAT(got.bad, ElementsAre(HasSubstr("a: found x, expected ARRAY<INT>"),
                                   HasSubstr("r: found v, expected ROW<")));
  const option_map bars{{"csv.array-element-delimiter", "||"},
                        {"csv.null-literal", "-"}};
  EXPECT_THAT(decode("csv", columns, {"1||-||2,u||7,3"}, bars).rows,
              ElementsAre("{\"a\":[1,null,2],\"r\":{\"x\":\"u\",\"y\":7},"
                          "\"z\":3}"));
  EXPECT_EQ(encoded("csv", columns, "1||-||2,u||7,3", bars), "1||-||2,u||7,3");
  EXPECT_THAT(problem("csv", "a ARRAY<ARRAY<INT>>", {}),
              HasSubstr("cannot hold"));
}

TEST(raw, takes_documents_whole) {
  EXPECT_THAT(decode("raw", "a STRING", {"", "any \" text"}).rows,
              ElementsAre("{\"a\":\"\"}", "{\"a\":\"any \\\" text\"}"));
  EXPECT_THAT(decode("raw", "a STRING", {"\xff"}).bad,
              ElementsAre(HasSubstr("UTF-8")));
  EXPECT_THAT(decode("raw", "a BYTES", {"\xff"}).rows,
              ElementsAre("{\"a\":\"/w==\"}"));
  EXPECT_THAT(problem("raw", "a DATE", {}), HasSubstr("exactly one column"));
  EXPECT_THAT(problem("raw", "a STRING, b STRING", {}),
              HasSubstr("exactly one column"));
}

TEST(raw, holds_numbers_as_bytes) {
  using namespace std::string_literals;
  const option_map little{{"raw.endianness", "little-endian"}};
  EXPECT_THAT(decode("raw", "a INT", {"\0\0\1\2"s, "\xff\xff\xff\xfe"}).rows,
              ElementsAre("{\"a\":258}", "{\"a\":-2}"));
  EXPECT_THAT(decode("raw", "a INT", {"\2\1\0\0"s}, little).rows,
              ElementsAre("{\"a\":258}"));
  EXPECT_THAT(decode("raw", "a DOUBLE", {"\x3f\xf8\0\0\0\0\0\0"s}).rows,
              ElementsAre("{\"a\":1.5}"));
  EXPECT_THAT(decode("raw", "a BOOLEAN", {"\0"s, "\1"}).rows,
              ElementsAre("{\"a\":false}", "{\"a\":true}"));
  EXPECT_THAT(decode("raw", "a SMALLINT", {"1", "", "123"}).bad,
              ElementsAre("found 1 bytes, SMALLINT has 2",
                          "found 0 bytes, SMALLINT has 2",
                          "found 3 bytes, SMALLINT has 2"));
  const std::pair<const char*, std::string> values[]{
      {"BOOLEAN", "\1"},
      {"TINYINT", "\2"},
      {"SMALLINT", "\1\2"},
      {"INT", "\1\2\3\4"},
      {"FLOAT", "\1\2\3\4"},
      {"BIGINT", "\1\2\3\4\5\6\7\10"},
      {"DOUBLE", "\1\2\3\4\5\6\7\10"}};
  for (const auto& [type, bytes] : values)
    for (const auto& options : {option_map(), little})
      EXPECT_EQ(encoded("raw", std::string("a ") + type, bytes, options), bytes)
          << type;
}

TEST(raw, knows_charsets) {
  using namespace std::string_literals;
  const auto of = [](const char* name) {
    return option_map{{"raw.charset", name}};
  };
  EXPECT_THAT(decode("raw", "a STRING", {"\xe4"}, of("ISO-8859-1")).rows,
              ElementsAre("{\"a\":\"ä\"}"));
  EXPECT_EQ(encoded("raw", "a STRING", "\xe4", of("ISO-8859-1")), "\xe4");
  EXPECT_THAT(decode("raw", "a STRING",
                     {"\xfe\xff\0a"s,
                      "\xff\xfe"
                      "a\0"s,
                      "\0a"s},
                     of("UTF-16"))
                  .rows,
              ElementsAre("{\"a\":\"a\"}", "{\"a\":\"a\"}", "{\"a\":\"a\"}"));
  EXPECT_EQ(encoded("raw", "a STRING", "\0a"s, of("UTF-16")), "\xfe\xff\0a"s);
  EXPECT_THAT(decode("raw", "a STRING", {"\0"s}, of("UTF-16LE")).bad,
              ElementsAre("it is no text in UTF-16LE"));
  EXPECT_THAT(problem("raw", "a STRING", of("UTF-99")),
              HasSubstr("charset 'UTF-99' is not known"));
  EXPECT_THAT(problem("raw", "a STRING", {{"raw.endianness", "middle"}}),
              HasSubstr("it can be one of: big-endian, little-endian"));
}

TEST(json, writes_null_keys_of_maps_as_told) {
  map_batch x;
  EXPECT_EQ(x.encoded({}), "{\"m\":{\"null\":1,\"k\":2}}");
  EXPECT_EQ(x.encoded({{"json.map-null-key.literal", "none"}}),
            "{\"m\":{\"none\":1,\"k\":2}}");
  EXPECT_EQ(x.encoded({{"json.map-null-key.mode", "DROP"}}),
            "{\"m\":{\"k\":2}}");
}

TEST(json, marks_instants_with_a_z) {
  const auto* columns = "a TIMESTAMP_LTZ(3), b TIMESTAMP(3)";
  const auto* sql
      = R"({"a":"1970-01-01 00:00:01.000Z","b":"1970-01-01 00:00:01.000"})";
  const auto* iso
      = R"({"a":"1970-01-01T00:00:01.000Z","b":"1970-01-01T00:00:01.000"})";
  EXPECT_EQ(encoded("json", columns, sql, {}), sql);
  EXPECT_EQ(encoded("json", columns,
                    R"({"a":"1970-01-01 00:00:01","b":"1970-01-01 00:00:01"})",
                    {}),
            sql);
  EXPECT_EQ(encoded("json", columns, iso,
                    {{"json.timestamp-format.standard", "ISO-8601"}}),
            iso);
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
