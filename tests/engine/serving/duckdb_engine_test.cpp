#include "engine/columnar/arrow_bridge.hpp"
#include "engine/common/error.hpp"
#include "engine/serving/duckdb_engine.hpp"
#include "engine/serving/query_thread.hpp"

#include <future>

#include <gtest/gtest.h>

namespace herald {
namespace {

class duckdb_engine : public testing::Test {
protected:
  duckdb_engine() : engine(database->connect().value()) {}

  job_order order(std::string sql,
                  result_format format = result_format::json_lines) {
    job_order result;
    result.sql = std::move(sql);
    result.format = format;
    return result;
  }

  /// The whole result as text; it must fit into the buffer.
  absl::StatusOr<std::string> run(const job_order& what) {
    result_buffer out([] {});
    auto status = run_query(*engine, what, out);
    if (!status.ok())
      return status;
    std::string text;
    while (auto piece = out.take())
      text += *piece;
    return text;
  }

  absl::StatusOr<std::string> json(std::string sql) {
    return run(order(std::move(sql)));
  }

  std::shared_ptr<shared_duckdb> database = shared_duckdb::open({}).value();
  std::unique_ptr<query_engine> engine;
};

TEST_F(duckdb_engine, gives_every_common_type_and_nulls) {
  auto got = json("SELECT true b, 1::TINYINT i8, -2::SMALLINT i16, 3 i32, "
                  "4::BIGINT i64, 1.5::DOUBLE f, 12.34::DECIMAL(9,2) d, "
                  "'text that is not inline' s, DATE '2024-02-29' dt, "
                  "TIMESTAMP '2024-02-29 12:34:56.789' ts, NULL::INT n, "
                  "[1, 2] l, {'a': 1} st");
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(*got,
            "{\"b\":true,\"i8\":1,\"i16\":-2,\"i32\":3,\"i64\":4,\"f\":1.5,"
            "\"d\":12.34,\"s\":\"text that is not inline\","
            "\"dt\":\"2024-02-29\",\"ts\":\"2024-02-29 12:34:56.789000\","
            "\"n\":null,\"l\":[1,2],\"st\":{\"a\":1}}\n");
}

TEST_F(duckdb_engine, gives_an_arrow_stream_with_its_schema) {
  auto bytes = run(order("SELECT 7 AS x WHERE false", result_format::arrow));
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_FALSE(bytes->empty());
  bytes = run(order("SELECT 7 AS x", result_format::arrow));
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  auto rows = decode_ipc(*bytes);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)->rows, 1);
  EXPECT_EQ((*rows)->layout->fields.at(0).name, "x");
}

TEST_F(duckdb_engine, streams_a_million_rows_without_keeping_them) {
  result_buffer out([] {});
  auto end = std::async(std::launch::async, [&] {
    auto status = run_query(
        *engine, order("SELECT i, 'row ' || i AS t FROM range(1000000) r(i)"),
        out);
    out.close();
    return status;
  });
  // The buffer is all that runs ahead, whatever the size of the result.
  std::size_t bytes = 0;
  while (end.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    if (auto piece = out.take()) {
      EXPECT_LE(piece->size(), result_buffer::piece_bytes_max);
      bytes += piece->size();
    }
  EXPECT_TRUE(end.get().ok());
  EXPECT_EQ(out.rows, 1'000'000u);
  EXPECT_GT(bytes, 20'000'000u);
}

TEST_F(duckdb_engine, points_at_what_it_does_not_know) {
  auto got = json("SELECT 1,\n  nope FROM range(3)");
  ASSERT_FALSE(got.ok());
  auto where = position_of(got.status());
  EXPECT_EQ(where.line, 2u);
  EXPECT_EQ(where.column, 3u);
  EXPECT_NE(message_of(got.status()).find("line 2, column 3"),
            std::string_view::npos);
}

TEST_F(duckdb_engine, points_at_syntax_that_it_does_not_know) {
  auto got = json("SELECT 'ü',\n SELEC");
  ASSERT_FALSE(got.ok());
  got = json("SELEC 1");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(position_of(got.status()).line, 1u);
  EXPECT_EQ(position_of(got.status()).column, 1u);
}

TEST_F(duckdb_engine, runs_one_statement_without_parameters) {
  EXPECT_FALSE(json("SELECT 1; SELECT 2").ok());
  EXPECT_FALSE(json("-- nothing").ok());
  EXPECT_FALSE(json("SELECT ?").ok());
  EXPECT_TRUE(json("SELECT 1;").ok());
}

TEST_F(duckdb_engine, keeps_its_settings_from_users) {
  EXPECT_FALSE(json("SET memory_limit = '100GB'").ok());
  EXPECT_FALSE(json("SET threads = 64").ok());
}

TEST_F(duckdb_engine, fails_in_the_middle_of_a_result) {
  auto got = json("SELECT CAST(CASE WHEN i > 5000 THEN 'x' ELSE '1' END AS "
                  "INT) FROM range(10000) r(i)");
  EXPECT_FALSE(got.ok());
  EXPECT_TRUE(json("SELECT 1").ok());
}

TEST_F(duckdb_engine, stops_at_its_memory_limit) {
  auto small = shared_duckdb::open({16 << 20, ""}).value();
  engine = small->connect().value();
  auto got = json("SELECT max(s) FROM (SELECT string_agg(i::VARCHAR || "
                  "repeat('x', 100), ',') s FROM range(3000000) r(i))");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.status().code(), absl::StatusCode::kResourceExhausted)
      << got.status();
}

TEST_F(duckdb_engine, ends_a_query_that_is_cancelled) {
  query_thread thread(std::move(engine));
  auto out = std::make_shared<result_buffer>([] {});
  std::promise<absl::Status> ended;
  thread.run(order("SELECT count(*) FROM range(100000000000) a(i) WHERE "
                   "i % 7 = 3"),
             out, [&](absl::Status x) { ended.set_value(std::move(x)); });
  thread.cancel();
  EXPECT_EQ(ended.get_future().get().code(), absl::StatusCode::kCancelled);
}

TEST_F(duckdb_engine, ends_a_query_whose_client_takes_nothing) {
  query_thread thread(std::move(engine));
  auto out = std::make_shared<result_buffer>([] {});
  std::promise<absl::Status> ended;
  thread.run(order("SELECT * FROM range(100000000000)"), out,
             [&](absl::Status x) { ended.set_value(std::move(x)); });
  while (!out->ready())
    std::this_thread::yield();
  thread.cancel();
  EXPECT_EQ(ended.get_future().get().code(), absl::StatusCode::kCancelled);
  // The thread runs on.
  std::promise<absl::Status> again;
  auto next = std::make_shared<result_buffer>([] {});
  thread.run(order("SELECT 1"), next,
             [&](absl::Status x) { again.set_value(std::move(x)); });
  EXPECT_TRUE(again.get_future().get().ok());
}

} // namespace
} // namespace herald
