#include "engine/columnar/builder.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>

// Change data as the connectors of Debezium for MySQL and MariaDB write it.

namespace herald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const customers
    = "id INT NOT NULL, first_name STRING, email STRING";

/// Fields that every message has behind its rows.
const std::string source
    = R"("source":{"version":"2.5.0.Final","connector":"mysql",)"
      R"("name":"shop","ts_ms":1705000000000,"snapshot":"false",)"
      R"("db":"inventory","sequence":null,"table":"customers",)"
      R"("server_id":223344,"gtid":null,"file":"mysql-bin.000003","pos":484,)"
      R"("row":0,"thread":7,"query":null},"transaction":null,)";

std::string envelope(const std::string& before, const std::string& after,
                     const std::string& op) {
  return fmt::format(
      R"({{"before":{},"after":{},{}"op":"{}","ts_ms":1705000000123}})", before,
      after, source, op);
}

const std::string sally
    = R"({"id":1001,"first_name":"Sally","email":"s@example.com"})";
const std::string anne
    = R"({"id":1001,"first_name":"Anne","email":"s@example.com"})";

std::string with_schema(const std::string& payload) {
  return R"({"schema":{"type":"struct","fields":[{"type":"struct",)"
         R"("fields":[{"type":"int32","optional":false,"field":"id"}],)"
         R"("optional":true,"name":"shop.inventory.customers.Value",)"
         R"("field":"before"}],"optional":false,)"
         R"("name":"shop.inventory.customers.Envelope"},"payload":)"
         + payload + "}";
}

struct wanted {
  std::vector<std::vector<std::string>> paths;
  std::vector<std::string> metadata;
};

std::unique_ptr<decoder> decoder_of(const std::string& columns,
                                    option_map options = {}, wanted x = {}) {
  decoder_spec spec;
  spec.fields = test::fields_of(columns);
  if (x.paths.empty())
    for (const auto& field : spec.fields)
      x.paths.push_back({field.name});
  schema layout;
  for (const auto& path : x.paths) {
    spec.paths.push_back(path);
    spec.metadata.push_back(-1);
    layout.fields.push_back({path.back(), test::type_at(spec.fields, path)});
  }
  const auto known = format_metadata("debezium-json");
  for (const auto& name : x.metadata)
    for (std::size_t i = 0; i < known.size(); ++i)
      if (known[i].name == name) {
        spec.paths.push_back({name});
        spec.metadata.push_back(static_cast<int>(i));
        layout.fields.push_back(known[i]);
      }
  spec.layout = std::make_shared<schema>(std::move(layout));
  spec.options = std::move(options);
  auto made = make_decoder("debezium-json", std::move(spec));
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

/// Rows as "+I{…}", then what is wrong with the bad ones.
std::vector<std::string> decoded(decoder& decode,
                                 const std::vector<std::string>& messages) {
  documents input;
  for (const auto& x : messages)
    input.append(x);
  const auto got = decode.decode(input);
  EXPECT_EQ(got.origin.size(), static_cast<std::size_t>(got.rows->rows));
  EXPECT_TRUE(std::is_sorted(got.origin.begin(), got.origin.end()));
  std::vector<std::string> result;
  for (std::int64_t row = 0; row < got.rows->rows; ++row) {
    result.emplace_back(to_string(got.rows->change_of(row)));
    encode_json_row(*got.rows, row, result.back());
  }
  for (const auto& bad : got.bad)
    result.push_back(bad.reason);
  result.insert(result.end(), got.ignored.size(), "ignored");
  return result;
}

TEST(debezium, gives_the_changes_of_a_table) {
  const std::vector<std::string> messages{
      envelope("null", sally, "r"), envelope("null", sally, "c"),
      envelope(sally, anne, "u"), envelope(anne, "null", "d")};
  const auto expected = ElementsAre("+I" + sally, "+I" + sally, "-U" + sally,
                                    "+U" + anne, "-D" + anne);
  EXPECT_THAT(decoded(*decoder_of(customers), messages), expected);
  std::vector<std::string> full;
  for (const auto& x : messages)
    full.push_back(with_schema(x));
  EXPECT_THAT(decoded(*decoder_of(customers,
                                  {{"debezium-json.schema-include", "true"}}),
                      full),
              expected);
}

TEST(debezium, reads_only_what_is_wanted) {
  const std::string columns = "id INT, a ROW<x INT, y ROW<z STRING, w INT>>";
  const std::string one = R"({"id":1,"a":{"x":2,"y":{"z":"p","w":[]}}})";
  const std::string two = R"({"id":1,"a":null})";
  EXPECT_THAT(
      decoded(*decoder_of(columns, {}, {{{"a", "y", "z"}}, {}}),
              {envelope(one, two, "u"), envelope("null", one, "c")}),
      ElementsAre(R"(-U{"z":"p"})", R"(+U{"z":null})", R"(+I{"z":"p"})"));
}

TEST(debezium, gives_metadata) {
  auto plain = decoder_of(
      customers, {},
      {{{"id"}},
       {"ingestion-timestamp", "source.timestamp", "source.database",
        "source.schema", "source.table", "schema"}});
  const auto message = envelope(sally, anne, "u");
  const std::string rest
      = R"("ingestion-timestamp":"2024-01-11 19:06:40.123",)"
        R"("source.timestamp":"2024-01-11 19:06:40.000",)"
        R"("source.database":"inventory","source.schema":null,)"
        R"("source.table":"customers","schema":null})";
  EXPECT_THAT(
      decoded(*plain, {message}),
      ElementsAre(R"(-U{"id":1001,)" + rest, R"(+U{"id":1001,)" + rest));
  auto with_all = decoder_of(
      customers, {{"debezium-json.schema-include", "true"}},
      {{{"id"}},
       {"source.properties", "source.table", "source.timestamp", "schema"}});
  const auto got = decoded(*with_all, {with_schema(message)});
  ASSERT_EQ(got.size(), 2u);
  EXPECT_THAT(got[1], HasSubstr(R"("file":"mysql-bin.000003","pos":"484")"));
  EXPECT_THAT(got[1], HasSubstr(R"("gtid":null)"));
  EXPECT_THAT(got[1], HasSubstr(R"("source.table":"customers",)"));
  EXPECT_THAT(got[1],
              HasSubstr(R"("source.timestamp":"2024-01-11 19:06:40.000")"));
  EXPECT_THAT(got[1], HasSubstr(R"("schema":"{\"type\":\"struct\")"));
}

/// What the MySQL connector writes for one row with `column` = `value`.
std::string value_of(const std::string& type, const std::string& value,
                     option_map options = {}) {
  auto decode = decoder_of("v " + type, std::move(options));
  return decoded(*decode, {envelope("null", R"({"v":)" + value + "}", "c")})
      .at(0);
}

TEST(debezium, reads_times_as_the_connectors_write_them) {
  EXPECT_EQ(value_of("DATE", "19733"), R"(+I{"v":"2024-01-11"})");
  EXPECT_EQ(value_of("DATE", "\"2024-01-11\""), R"(+I{"v":"2024-01-11"})");
  EXPECT_EQ(value_of("TIME(3)", "60123456"), R"(+I{"v":"00:01:00.123"})");
  EXPECT_EQ(value_of("TIMESTAMP(3)", "1705000000123"),
            R"(+I{"v":"2024-01-11 19:06:40.123"})");
  EXPECT_EQ(value_of("TIMESTAMP(6)", "1705000000123456"),
            R"(+I{"v":"2024-01-11 19:06:40.123456"})");
  EXPECT_EQ(value_of("TIMESTAMP(9)", "1705000000123456789"),
            R"(+I{"v":"2024-01-11 19:06:40.123456789"})");
  EXPECT_EQ(value_of("TIMESTAMP(7)", "\"9999-12-31 23:59:59.1234567\""),
            R"(+I{"v":"9999-12-31 23:59:59.1234567"})");
  EXPECT_EQ(value_of("TIMESTAMP_LTZ(3)", "\"2024-01-11T19:06:40.5Z\""),
            R"(+I{"v":"2024-01-11 19:06:40.500"})");
  EXPECT_EQ(value_of("TIMESTAMP(3)", "\"2024-01-11 19:06:40\""),
            R"(+I{"v":"2024-01-11 19:06:40.000"})");
  EXPECT_THAT(value_of("TIME(3)", "86400000000"), HasSubstr("expected TIME"));
  EXPECT_THAT(value_of("DATE", "3000000000"), HasSubstr("expected DATE"));
}

TEST(debezium, reads_decimals_in_each_mode) {
  const option_map precise{{"debezium-json.decimal.handling.mode", "precise"}};
  EXPECT_EQ(value_of("DECIMAL(10, 2)", "\"12.50\""), R"(+I{"v":12.50})");
  EXPECT_EQ(value_of("DECIMAL(10, 2)", "12.5"), R"(+I{"v":12.50})");
  EXPECT_EQ(value_of("DECIMAL(10, 2)", "\"BOI=\"", precise),
            R"(+I{"v":12.50})");
  EXPECT_EQ(value_of("DECIMAL(10, 2)", "\"/w==\"", precise),
            R"(+I{"v":-0.01})");
  EXPECT_EQ(value_of("DECIMAL(10, 2)", "\"1234\"", precise),
            R"(+I{"v":-26588.24})");
  EXPECT_THAT(value_of("DECIMAL(4, 2)", "\"1234\"", precise),
              HasSubstr("expected DECIMAL(4, 2)"));
  EXPECT_THAT(value_of("DECIMAL(10, 2)", "\"?\"", precise),
              HasSubstr("expected DECIMAL"));
}

TEST(debezium, says_what_is_wrong) {
  auto decode = decoder_of(customers);
  EXPECT_THAT(decoded(*decode, {envelope("null", anne, "u")}),
              ElementsAre(HasSubstr("REPLICA IDENTITY FULL")));
  EXPECT_THAT(decoded(*decode, {envelope("null", "null", "d")}),
              ElementsAre(HasSubstr("op 'd' without the row 'before'")));
  EXPECT_THAT(decoded(*decode, {envelope(anne, "null", "c")}),
              ElementsAre(HasSubstr("without the row 'after'")));
  EXPECT_THAT(decoded(*decode, {envelope("null", "null", "t")}),
              ElementsAre(HasSubstr("none of c, r, u, d")));
  EXPECT_THAT(decoded(*decode, {sally}),
              ElementsAre(HasSubstr("'debezium-json.schema-include'")));
  EXPECT_THAT(
      decoded(*decode, {envelope("null", R"({"first_name":"x"})", "c")}),
      ElementsAre(HasSubstr("after.id: NULL in a column that is NOT NULL")));
  EXPECT_THAT(decoded(*decode, {"{", envelope("null", sally, "c"), "[]"}),
              ElementsAre("+I" + sally, HasSubstr("at byte"),
                          HasSubstr("expected an object")));
  auto lenient
      = decoder_of(customers, {{"debezium-json.ignore-parse-errors", "true"}});
  EXPECT_THAT(decoded(*lenient, {"{", envelope("null", "null", "d"),
                                 envelope("null", sally, "c")}),
              ElementsAre("+I" + sally, "ignored", "ignored"));
}

TEST(debezium, refuses_options_that_it_does_not_know) {
  const auto fields = test::fields_of(customers);
  const auto problem = [&](const std::string& key, const std::string& value) {
    return std::string(
        message_of(check_format("debezium-json", fields, {{key, value}})));
  };
  EXPECT_THAT(problem("debezium-json.schema-includes", "true"),
              HasSubstr("schema-include"));
  EXPECT_THAT(problem("debezium-json.decimal.handling.mode", "exact"),
              HasSubstr("string, double, precise"));
  auto layout = std::make_shared<schema>(schema{fields});
  EXPECT_FALSE(make_encoder("debezium-json", layout,
                            {{"debezium-json.schema-include", "true"}})
                   .ok());
}

TEST(debezium, reads_what_it_writes) {
  auto layout = std::make_shared<schema>(schema{test::fields_of(
      "id INT NOT NULL, t STRING, d DECIMAL(9, 3), ts TIMESTAMP(3), "
      "r ROW<x BIGINT, y ARRAY<STRING>>")});
  std::mt19937_64 random(7);
  auto text = [&] {
    return scalar{layout->fields[1].type,
                  random() % 5 == 0
                      ? scalar::value_type()
                      : scalar::value_type(fmt::format("\"{}", random() % 9))};
  };
  batch_builder builder(layout);
  for (int i = 0; i < 500; ++i) {
    const auto number = static_cast<std::int64_t>(random() % 100);
    builder.append(
        {{layout->fields[0].type, number},
         text(),
         {layout->fields[2].type, int128{number * 7}},
         {layout->fields[3].type, number * 86'399'999},
         {layout->fields[4].type,
          std::vector<scalar>{{data_type::of(type_kind::bigint), number},
                              {data_type::array(layout->fields[1].type),
                               std::vector<scalar>{text(), text()}}}}},
        static_cast<change>(random() % 4));
  }
  const auto rows = builder.finish();
  auto encode = *make_encoder("debezium-json", layout, {});
  std::vector<std::string> messages;
  std::vector<std::string> expected;
  const auto expect = [&](std::int64_t row, std::string kind) {
    encode_json_row(*rows, row, kind);
    expected.push_back(std::move(kind));
  };
  for (std::int64_t row = 0; row < rows->rows; ++row) {
    auto& message = messages.emplace_back();
    if (random() % 2 == 0 && row + 1 < rows->rows) {
      ASSERT_TRUE(encode->encode_update(*rows, row, row + 1, message));
      expect(row++, "-U");
      expect(row, "+U");
      continue;
    }
    encode->encode(*rows, row, message);
    expect(row, retracts(rows->change_of(row)) ? "-D" : "+I");
  }
  decoder_spec spec;
  spec.fields = layout->fields;
  spec.layout = layout;
  for (const auto& field : layout->fields)
    spec.paths.push_back({field.name});
  auto decode = make_decoder("debezium-json", std::move(spec));
  ASSERT_TRUE(decode.ok()) << decode.status();
  EXPECT_EQ(decoded(**decode, messages), expected);
}

} // namespace
} // namespace herald
