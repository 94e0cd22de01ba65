#include "engine/connectors/filesystem/parquet.hpp"
#include "engine/serving/duckdb_engine.hpp"
#include "engine/serving/query_thread.hpp"
#include "tests/engine/connectors/files_fixture.hpp"

#include <chrono>
#include <future>

namespace herald {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* every_type
    = "i INT, b BOOLEAN, t TINYINT, s SMALLINT, l BIGINT, f FLOAT, d DOUBLE, "
      "c DECIMAL(9, 2), e DECIMAL(38, 10), v STRING, y BYTES, dt DATE, "
      "ts TIMESTAMP(6), tm TIMESTAMP(3), tn TIMESTAMP(9), "
      "tl TIMESTAMP_LTZ(6), a ARRAY<STRING>, m MAP<STRING, BIGINT>, "
      "r ROW<x INT, z ROW<q STRING, w DECIMAL(9, 2)>, ys ARRAY<INT>>";

/// A row of all types as JSON, another for each `i`.
std::string row_of(int i) {
  if (i % 5 == 4)
    return fmt::format("{{\"i\":{}}}\n", i);
  return fmt::format(
      "{{\"i\":{0},\"b\":{1},\"t\":{2},\"s\":-{0},\"l\":{0}000000000,"
      "\"f\":0.5,\"d\":{0}.25,\"c\":-{0}.05,"
      "\"e\":1234567890123456789012345.0123456789,"
      "\"v\":\"{3}\",\"y\":\"aGVyYWxk\",\"dt\":\"2024-02-29\","
      "\"ts\":\"1969-12-31 23:59:59.999{2:03}\",\"tm\":\"2024-02-29 "
      "12:34:56.789\",\"tn\":\"2024-02-29 12:34:56.123456789\","
      "\"tl\":\"2024-02-29 12:34:56.789Z\",\"a\":[\"x\",null,\"{3}\"],"
      "\"m\":{{\"k{0}\":{0},\"n\":null}},"
      "\"r\":{{\"x\":{0},\"z\":{{\"q\":\"{3}\",\"w\":1.50}},\"ys\":[1,{0}]}}}}"
      "\n",
      i, i % 2 == 0, i % 100,
      std::string(static_cast<std::size_t>(i % 40), 'v'));
}

class parquet : public test::files_fixture {
protected:
  std::shared_ptr<table_definition> table(const std::string& name,
                                          const char* columns,
                                          option_map options = {}) const {
    options["connector"] = "filesystem";
    options["path"] = path(name);
    options.emplace("format", "parquet");
    return test::table_of(columns, std::move(options));
  }

  /// `rows` rows of every type, as batches.
  std::vector<batch_ptr> batches(int rows) const {
    std::string text;
    for (int i = 0; i < rows; ++i)
      text += row_of(i + 1);
    put("rows.json", text);
    auto got = read(table("rows.json", every_type, {{"format", "json"}}), 1000);
    EXPECT_TRUE(got.dead.empty()) << got.dead[0].reason;
    return got.batches;
  }

  /// The rows of a query that DuckDB answers, as JSON.
  std::string ask(const std::string& sql) {
    job_order order;
    order.sql = sql;
    order.format = result_format::json_lines;
    result_buffer out([] {});
    auto end = std::async(std::launch::async,
                          [&] { return run_query(*engine_, order, out); });
    std::string text;
    while (end.wait_for(std::chrono::milliseconds(1))
           != std::future_status::ready)
      while (auto piece = out.take())
        text += *piece;
    while (auto piece = out.take())
      text += *piece;
    EXPECT_EQ(end.get(), absl::OkStatus());
    return text;
  }

  static std::string lines(const test::read_result& x) {
    EXPECT_EQ(x.status, absl::OkStatus());
    std::string text;
    for (const auto& row : x.rows())
      text += row + "\n";
    return text;
  }

private:
  std::shared_ptr<shared_duckdb> database_ = shared_duckdb::open({}).value();
  std::unique_ptr<query_engine> engine_ = database_->connect().value();
};

TEST_F(parquet, reads_back_what_it_wrote) {
  const auto in = batches(2500);
  for (const auto* compression :
       {"SNAPPY", "UNCOMPRESSED", "GZIP", "ZSTD", "LZ4_RAW"}) {
    auto to = table(compression, every_type,
                    {{"parquet.compression", compression}});
    ASSERT_EQ(write(to, in), absl::OkStatus());
    EXPECT_TRUE(
        fs::exists(path(std::string(compression) + "/part-0-0.parquet")));
    test::read_result expected;
    expected.batches = in;
    EXPECT_EQ(lines(read(to, 333)), lines(expected)) << compression;
  }
}

TEST_F(parquet, writes_what_duckdb_reads) {
  auto to = table("out", every_type);
  ASSERT_EQ(write(to, batches(100)), absl::OkStatus());
  const auto got = ask("SELECT * REPLACE (tm::TIMESTAMP AS tm) "
                       "FROM read_parquet('"
                       + path("out/*.parquet") + "') ORDER BY i");
  auto same = table("out", every_type);
  for (auto& x : same->columns)
    if (x.name == "tm") // DuckDB knows milliseconds as another type only
      x.type = data_type::timestamp(6);
  EXPECT_EQ(got, lines(read(same)));
}

TEST_F(parquet, reads_what_duckdb_writes) {
  const std::string query
      = "SELECT i::INTEGER AS i, i % 2 = 0 AS b, (i / 7)::DECIMAL(9, 2) AS c, "
        "i::DECIMAL(38, 10) AS e, repeat('ü', i % 50) AS v, "
        "'\\x01\\xff'::BLOB AS y, DATE '1969-01-01' + i::INTEGER AS dt, "
        "TIMESTAMP '1969-12-31 23:00:00.123456' + i * INTERVAL 1 SECOND AS ts, "
        "TIMESTAMP '2001-01-01 00:00:00.123456789' AS un, "
        "[i, NULL]::BIGINT[] AS a, MAP {'k': i::BIGINT} AS m, "
        "{'x': i::INTEGER, 'z': {'q': 't' || i}} AS r, "
        "CASE WHEN i % 3 = 0 THEN NULL ELSE i::DOUBLE END AS d "
        "FROM range(10000) x(i)";
  ask("COPY (" + query + ") TO '" + path("x.parquet")
      + "' (ROW_GROUP_SIZE 2048)");
  auto from = table("x.parquet",
                    "i INT, b BOOLEAN, c DECIMAL(9, 2), e DECIMAL(38, 10), "
                    "v STRING, y BYTES, dt DATE, ts TIMESTAMP(6), "
                    "un TIMESTAMP(6), a ARRAY<BIGINT>, m MAP<STRING, BIGINT>, "
                    "r ROW<x INT, z ROW<q STRING>>, d DOUBLE");
  const auto all = lines(read(from, 1000));
  EXPECT_TRUE(all == ask(query));
  // Fields of rows, in another order, and from the middle of a row group.
  auto context = test::context_of(test::scan_of(from, {"r.z.q", "i", "r.x"}));
  context.restore = {{path("x.parquet"), 4097}};
  const auto got = test::read_all(context, 7, 2);
  ASSERT_THAT(got.rows(), SizeIs(14));
  EXPECT_EQ(got.rows()[0], "{\"r.z.q\":\"t4097\",\"i\":4097,\"r.x\":4097}");
  EXPECT_EQ(got.positions[0].next, 4111);
  context.restore = got.positions;
  EXPECT_THAT(test::read_all(context, 1000).rows(), SizeIs(10000 - 4111));
  context.restore = {{path("x.parquet"), 10000}};
  EXPECT_THAT(test::read_all(context, 1000).rows(), SizeIs(0));
}

TEST_F(parquet, casts_to_the_declared_types_and_tells_what_does_not_fit) {
  ask("COPY (SELECT x.* FROM (VALUES (1, 'a', 1.25), (300, 'b', NULL), "
      "(3, NULL, 2.5)) x(n, s, d)) TO '"
      + path("x.parquet") + "'");
  const auto wider
      = read(table("x.parquet", "d DECIMAL(20, 4), n BIGINT, none STRING"));
  EXPECT_EQ(lines(wider), "{\"d\":1.2500,\"n\":1,\"none\":null}\n"
                          "{\"d\":null,\"n\":300,\"none\":null}\n"
                          "{\"d\":2.5000,\"n\":3,\"none\":null}\n");
  const auto strict
      = read(table("x.parquet", "n INT, s STRING NOT NULL, d DOUBLE"));
  EXPECT_THAT(strict.rows(), SizeIs(2));
  ASSERT_THAT(strict.dead, SizeIs(1));
  EXPECT_EQ(strict.dead[0].position, 2);
  EXPECT_EQ(strict.dead[0].split, path("x.parquet"));
  EXPECT_THAT(strict.dead[0].reason, HasSubstr("column s: it is NULL"));
  EXPECT_EQ(strict.counters.malformed, 1);
  const auto why = [&](const char* columns) {
    return std::string(message_of(read(table("x.parquet", columns)).status));
  };
  EXPECT_THAT(why("n ARRAY<INT>"),
              HasSubstr("column n is INT in the file, and ARRAY<INT> in"));
  EXPECT_THAT(why("q INT NOT NULL"), HasSubstr("has no column q"));
}

TEST_F(parquet, refuses_times_beyond_its_nanoseconds) {
  put("x.json", "{\"a\":\"9999-12-31 23:59:59\"}\n");
  auto rows = read(table("x.json", "a TIMESTAMP(9)", {{"format", "json"}}));
  ASSERT_THAT(rows.batches, SizeIs(1));
  EXPECT_EQ(message_of(write(table("out", "a TIMESTAMP(9)"), rows.batches)),
            "column a: 9999-12-31 23:59:59.000000000 is beyond the nanoseconds "
            "of 64 bits that Arrow and Parquet have, from 1677-09-21 to "
            "2262-04-11 (CAST it AS TIMESTAMP(6))");
  // Microseconds reach further, and are read as nanoseconds too.
  rows = read(table("x.json", "a TIMESTAMP(6)", {{"format", "json"}}));
  ASSERT_EQ(write(table("out", "a TIMESTAMP(6)"), rows.batches),
            absl::OkStatus());
  EXPECT_EQ(lines(read(table("out", "a TIMESTAMP(9)"))),
            "{\"a\":\"9999-12-31 23:59:59.000000000\"}\n");
}

TEST_F(parquet, refuses_damaged_files_with_their_name) {
  auto to = table("out", every_type);
  ASSERT_EQ(write(to, batches(2000)), absl::OkStatus());
  const auto good = text_of("out/part-0-0.parquet");
  auto from = table("x.parquet", every_type);
  for (const auto& bad :
       {std::string(), std::string("PAR1"), std::string(1000, 'x'),
        good.substr(0, good.size() / 2), good.substr(good.size() / 2)}) {
    put("x.parquet", bad);
    EXPECT_THAT(std::string(message_of(read(from).status)),
                HasSubstr(path("x.parquet")));
  }
  // Whatever byte is wrong: an error or other values, never the end of us.
  std::uint32_t random = 1;
  for (int i = 0; i < 200; ++i) {
    auto bad = good;
    for (int n = 0; n < 1 + i % 4; ++n) {
      random = random * 1664525 + 1013904223;
      bad[random % bad.size()] = static_cast<char>(random >> 24);
    }
    put("x.parquet", bad);
    const auto got = read(from);
    if (!got.status.ok()) {
      EXPECT_THAT(std::string(message_of(got.status)),
                  HasSubstr(path("x.parquet")));
    }
  }
}

TEST_F(parquet, ends_parts_at_barriers_and_leaves_no_halves) {
  auto to = table("out", "a INT");
  batch_builder builder(
      std::make_shared<schema>(schema{test::fields_of("a INT")}));
  builder.append({{data_type::of(type_kind::integer), std::int64_t{1}}});
  const auto rows = builder.finish();
  auto writer = writer_of(to, rows->layout);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(writer->write(rows).ok());
    ASSERT_TRUE(writer->flush().ok());
  }
  ASSERT_TRUE(writer->write(rows).ok());
  writer.reset();
  put("out/.part-0-77-1.parquet", "PAR1 and no end");
  ASSERT_EQ(write(to, {rows}), absl::OkStatus());
  std::vector<std::string> names;
  for (const auto& x : fs::directory_iterator(path("out")))
    names.push_back(x.path().filename().string());
  EXPECT_THAT(names, testing::UnorderedElementsAre("part-0-0.parquet",
                                                   "part-0-1.parquet",
                                                   "part-0-2.parquet"));
  EXPECT_THAT(read(to).rows(), SizeIs(3));
}

TEST_F(parquet, refuses_types_and_options_that_it_does_not_know) {
  const auto check = [](const std::shared_ptr<table_definition>& x) {
    return std::string(message_of(known_connectors().check_sink(*x)));
  };
  auto from = table("x", "a INT");
  from->columns[0].type = data_type::of(type_kind::interval_day);
  EXPECT_THAT(check(from), HasSubstr("format 'parquet' cannot hold INTERVAL"));
  EXPECT_THAT(check(table("x", "a INT", {{"parquet.compression", "snapy"}})),
              HasSubstr("it can be one of: SNAPPY"));
  EXPECT_THAT(check(table("x", "a INT", {{"parquet.compresion", "x"}})),
              HasSubstr("unknown option 'parquet.compresion'"));
}

} // namespace
} // namespace herald
