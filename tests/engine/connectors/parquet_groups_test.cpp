#include "engine/columnar/arrow_bridge.hpp"
#include "engine/connectors/filesystem/condition.hpp"
#include "tests/engine/connectors/files_fixture.hpp"

#include <cmath>
#include <random>

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/writer.h>

// Conditions that are pushed leave row groups out, and no row that meets them.

namespace herald {
namespace {

using testing::ElementsAre;

constexpr const char* every_type
    = "i INT, t TINYINT, s SMALLINT, l BIGINT, f FLOAT, d DOUBLE, b BOOLEAN, "
      "c DECIMAL(9, 2), e DECIMAL(38, 10), v STRING, y BYTES, "
      "dt DATE, tm TIME(3), ts TIMESTAMP(3), tu TIMESTAMP(6), "
      "tn TIMESTAMP(9), tl TIMESTAMP_LTZ(3)";

constexpr int rows_of_a_group = 40;

class parquet_groups : public test::files_fixture {
protected:
  std::shared_ptr<table_definition> table(const char* columns
                                          = every_type) const {
    return test::table_of(columns, {{"connector", "filesystem"},
                                    {"path", path("x.parquet")},
                                    {"format", "parquet"}});
  }

  static schema_ptr layout_of(const char* columns) {
    return std::make_shared<schema>(schema{test::fields_of(columns)});
  }

  /// Writes a file with a row group for each batch.
  void put_groups(const std::vector<batch_ptr>& groups) const {
    auto out = arrow::io::FileOutputStream::Open(path("x.parquet"));
    ASSERT_TRUE(out.ok());
    const auto first = to_arrow(*groups[0]).value();
    auto writer = parquet::arrow::FileWriter::Open(
        *first->schema(), arrow::default_memory_pool(), *out);
    ASSERT_TRUE(writer.ok());
    for (const auto& x : groups) {
      ASSERT_TRUE((*writer)->NewBufferedRowGroup().ok());
      ASSERT_TRUE((*writer)->WriteRecordBatch(*to_arrow(*x).value()).ok());
    }
    ASSERT_TRUE((*writer)->Close().ok());
    ASSERT_TRUE((*out)->Close().ok());
  }

  /// A value of `type` near `center`, or NULL, or NaN.
  scalar draw(const data_type& type, int center) {
    if (below(12) == 0)
      return {type, {}};
    const std::int64_t n = center + below(9) - 4;
    switch (type.kind()) {
    case type_kind::boolean:
      return {type, n > 0};
    case type_kind::float32:
    case type_kind::float64:
      if (below(12) == 0)
        return {type, std::nan("")};
      return {type, static_cast<double>(n) / 4};
    case type_kind::decimal:
      return {type, int128{n} * 25};
    case type_kind::varchar:
    case type_kind::varbinary:
      return {type, fmt::format("{}{}", n < 0 ? "a" : "é", n)};
    case type_kind::time:
      return {type, (n + 50) * 1000};
    case type_kind::timestamp:
      if (type.precision() > 6)
        return {type, int128{n} * 1'000'000'001};
      return {type, n * 1000};
    default:
      return {type, n};
    }
  }

  std::vector<batch_ptr> draw_groups(const schema_ptr& layout, int count) {
    std::vector<batch_ptr> result;
    for (int i = 0; i < count; ++i) {
      batch_builder builder(layout);
      const int center = below(60) - 30;
      for (int row = 0; row < rows_of_a_group; ++row) {
        std::vector<scalar> values;
        for (const auto& field : layout->fields)
          values.push_back(draw(field.type, center));
        builder.append(values);
      }
      result.push_back(builder.finish());
    }
    return result;
  }

  /// The rows that meet the conditions, as JSON.
  static std::vector<std::string>
  chosen(const std::vector<batch_ptr>& batches,
         const std::vector<pushed_condition>& conditions) {
    test::read_result result;
    for (const auto& x : batches) {
      auto rows = x;
      for (const auto& condition : conditions) {
        const auto at = *rows->layout->find(condition.path[0]);
        const auto what = make_call(
            condition.op,
            {make_column(static_cast<int>(at), rows->layout->fields[at].type),
             make_literal(condition.value)});
        EXPECT_TRUE(what.ok()) << what.status();
        rows = take(*rows, *select_rows(**what, *rows, {}));
      }
      result.batches.push_back(rows);
    }
    return result.rows();
  }

  int below(int n) {
    return static_cast<int>(random_() % static_cast<unsigned>(n));
  }

  std::mt19937 random_{20261122};
};

TEST_F(parquet_groups, leave_out_no_row_that_is_asked_for) {
  const auto layout = layout_of(every_type);
  const auto scan = test::scan_of(table());
  std::int64_t read = 0;
  std::int64_t all = 0;
  for (int round = 0; round < 20; ++round) {
    const auto groups = draw_groups(layout, 8);
    put_groups(groups);
    for (int i = 0; i < 20; ++i) {
      std::vector<pushed_condition> conditions;
      for (int k = below(2); k >= 0; --k) {
        const auto& field = layout->fields[static_cast<std::size_t>(
            below(static_cast<int>(layout->fields.size())))];
        auto value = draw(field.type, below(60) - 30);
        const auto* d = std::get_if<double>(&value.value);
        if (value.is_null() || (d != nullptr && std::isnan(*d)))
          continue;
        const char* ops[] = {"=", "<", "<=", ">", ">="};
        conditions.push_back({{field.name}, value, ops[below(5)]});
      }
      auto pushed = scan;
      pushed.pushed = conditions;
      const auto got = test::read_all(test::context_of(pushed), 1 + below(99));
      ASSERT_EQ(got.status, absl::OkStatus());
      ASSERT_EQ(chosen(got.batches, conditions), chosen(groups, conditions));
      read += got.counters.records;
      all += 8 * rows_of_a_group;
    }
  }
  EXPECT_LT(read, all * 3 / 4);
}

TEST_F(parquet_groups, are_skipped_where_reading_goes_on) {
  const auto layout = layout_of("i INT, v STRING");
  std::vector<batch_ptr> groups;
  for (int i = 0; i < 30; ++i) {
    batch_builder builder(layout);
    for (int row = 0; row < rows_of_a_group; ++row)
      builder.append({{layout->fields[0].type, std::int64_t{i % 3}},
                      {layout->fields[1].type, fmt::format("{}/{}", i, row)}});
    groups.push_back(builder.finish());
  }
  put_groups(groups);
  auto context = test::context_of(test::scan_of(table("i INT, v STRING")));
  context.scan.pushed.push_back(
      {{"i"}, {layout->fields[0].type, std::int64_t{1}}, "="});
  const auto whole = test::read_all(context, 7).rows();
  ASSERT_EQ(whole.size(), 10u * rows_of_a_group);
  for (int polls = 1; polls < 80; polls += 3) {
    auto rest = context;
    auto first = test::read_all(context, 7, polls);
    rest.restore = first.positions;
    auto rows = first.rows();
    for (auto& row : test::read_all(rest, 11).rows())
      rows.push_back(std::move(row));
    ASSERT_EQ(rows, whole) << polls;
  }
}

TEST_F(parquet_groups, are_found_by_fields_and_by_other_types) {
  const auto layout = layout_of("r ROW<x BIGINT>, n INT, v STRING");
  const auto& types = layout->fields;
  const auto group = [&](std::int64_t x, scalar::value_type n, const char* v) {
    batch_builder builder(layout);
    builder.append({{types[0].type,
                     std::vector<scalar>{{types[0].type.fields()[0].type, x}}},
                    {types[1].type, std::move(n)},
                    {types[2].type, v}});
    return builder.finish();
  };
  put_groups({group(1, {}, "7"), group(10, std::int64_t{3}, "10"),
              group(20, std::int64_t{9}, "9")});
  const auto read = [&](const char* columns, const char* column,
                        pushed_condition x) {
    auto scan = test::scan_of(table(columns), {column});
    scan.pushed.push_back(std::move(x));
    const auto got = test::read_all(test::context_of(std::move(scan)), 100);
    EXPECT_EQ(got.status, absl::OkStatus());
    return got.rows();
  };
  const auto integer = data_type::of(type_kind::integer);
  EXPECT_THAT(read("r ROW<x BIGINT>, n INT", "r.x",
                   {{"r", "x"}, {integer, std::int64_t{9}}, ">"}),
              ElementsAre(R"({"r.x":10})", R"({"r.x":20})"));
  // A group of NULLs meets nothing.
  EXPECT_THAT(read("n BIGINT", "n", {{"n"}, {integer, std::int64_t{9}}, "<="}),
              ElementsAre(R"({"n":3})", R"({"n":9})"));
  EXPECT_THAT(read("n BIGINT", "n", {{"n"}, {integer, std::int64_t{4}}, "="}),
              ElementsAre());
  // Texts are in another order than the numbers that they are cast to.
  EXPECT_THAT(read("v INT", "v", {{"v"}, {integer, std::int64_t{9}}, "="}),
              ElementsAre(R"({"v":7})", R"({"v":10})", R"({"v":9})"));
  // What the file has not is NULL.
  EXPECT_THAT(read("w INT", "w", {{"w"}, {integer, std::int64_t{9}}, "="}),
              testing::SizeIs(3));
}

} // namespace
} // namespace herald
