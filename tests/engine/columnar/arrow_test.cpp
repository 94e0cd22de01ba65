#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/arrow_c.hpp"
#include "tests/engine/columnar/model.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/seeds.hpp"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/c/abi.h>
#include <arrow/record_batch.h>
#include <arrow/util/key_value_metadata.h>

namespace herald::testing {
namespace {

constexpr std::uint64_t seeds = seed_count(150);

class arrow_round_trip : public ::testing::TestWithParam<std::uint64_t> {
protected:
  random_data random_{GetParam()};
  schema_ptr layout_ = random_.layout();
  batch_ptr x_
      = random_.rows(layout_, random_.number(0, 100), random_.chance(0.5));

  void expect_same(const absl::StatusOr<batch_ptr>& y) {
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ(*(*y)->layout, *layout_);
    check_layout(**y);
    EXPECT_TRUE(same_rows(*x_, **y));
  }
};

TEST_P(arrow_round_trip, keeps_values_types_and_changes) {
  auto rows = *to_arrow(*x_);
  ASSERT_TRUE(rows->ValidateFull().ok()) << rows->ValidateFull().ToString();
  expect_same(from_arrow(*rows));
}

TEST_P(arrow_round_trip, keeps_them_of_slices_on_either_side) {
  auto begin = random_.number(0, x_->rows + 1);
  auto count = random_.number(0, x_->rows - begin + 1);
  auto theirs = (*to_arrow(*x_))->Slice(begin, count);
  x_ = slice(*x_, begin, count);
  auto ours = *to_arrow(*x_);
  ASSERT_TRUE(ours->ValidateFull().ok()) << ours->ValidateFull().ToString();
  expect_same(from_arrow(*ours));
  expect_same(from_arrow(*theirs));
}

TEST_P(arrow_round_trip, keeps_them_over_ipc) {
  expect_same(decode_ipc(encode_ipc(*x_)));
  x_ = take(*x_, random_.some_rows(x_->rows, 20));
  expect_same(decode_ipc(encode_ipc(*x_)));
}

TEST_P(arrow_round_trip, keeps_them_over_ipc_in_pieces) {
  const auto bytes = encode_ipc(*x_);
  ipc_reader reader;
  std::vector<batch_ptr> all;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = static_cast<std::size_t>(random_.number(1, 400));
    auto some = reader.read(std::string_view(bytes).substr(at, size));
    ASSERT_TRUE(some.ok()) << some.status();
    all.insert(all.end(), some->begin(), some->end());
    at += size;
  }
  ASSERT_EQ(all.size(), 1u);
  expect_same(all[0]);
}

TEST_P(arrow_round_trip, keeps_them_over_the_c_interface) {
  ArrowArray array;
  ArrowSchema layout;
  ASSERT_TRUE(export_c(*x_, &array, &layout).ok());
  expect_same(import_c(&array, &layout));
  ASSERT_TRUE(export_c(*x_, &array, nullptr).ok());
  ASSERT_TRUE(export_c(*layout_, &layout).ok());
  if (x_->changes) { // the schema alone does not tell of changes
    array.release(&array);
    layout.release(&layout);
    return;
  }
  auto importer = c_importer::make(&layout);
  ASSERT_TRUE(importer.ok()) << importer.status();
  EXPECT_EQ(*importer->layout(), *layout_);
  expect_same(importer->read(&array));
}

TEST_P(arrow_round_trip, refuses_or_survives_damaged_ipc_bytes) {
  auto bytes = encode_ipc(*x_);
  for (int round = 0; round < 40; ++round) {
    auto damaged = bytes;
    for (std::int64_t i = random_.number(1, 4); i > 0; --i) {
      auto at = static_cast<std::size_t>(
          random_.number(0, static_cast<std::int64_t>(bytes.size())));
      damaged[at] = static_cast<char>(random_.number(0, 256));
    }
    if (random_.chance(0.3))
      damaged.resize(static_cast<std::size_t>(
          random_.number(0, static_cast<std::int64_t>(bytes.size()))));
    if (auto y = decode_ipc(damaged); y.ok()) {
      check_layout(**y);
      print_rows(**y);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, arrow_round_trip,
                         ::testing::Range(std::uint64_t{0}, seeds));

// -- what only other libraries write -----------------------------------------

template <class Builder, class... Values>
std::shared_ptr<arrow::Array> build(Builder&& builder, Values... values) {
  auto add = [&](auto value) {
    if constexpr (std::is_same_v<decltype(value), null_literal>)
      ASSERT_TRUE(builder.AppendNull().ok());
    else
      ASSERT_TRUE(builder.Append(value).ok());
  };
  (add(values), ...);
  return *builder.Finish();
}

absl::StatusOr<batch_ptr> import(const std::shared_ptr<arrow::Array>& x) {
  auto layout = arrow::schema({arrow::field("x", x->type())});
  return from_arrow(*arrow::RecordBatch::Make(layout, x->length(), {x}));
}

/// Type and rows of the only column, sliced as well.
void expect_import(const std::shared_ptr<arrow::Array>& x,
                   const std::string& type,
                   const std::vector<std::string>& lines) {
  SCOPED_TRACE(x->type()->ToString());
  ASSERT_TRUE(x->ValidateFull().ok());
  auto y = import(x);
  ASSERT_TRUE(y.ok()) << y.status();
  check_layout(**y);
  EXPECT_EQ((*y)->layout->fields[0].type.to_short_string(), type);
  EXPECT_EQ(print_rows(**y), lines);
  auto part = import(x->Slice(1));
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_EQ(print_rows(**part),
            std::vector<std::string>(lines.begin() + 1, lines.end()));
}

TEST(arrow_import, widens_unsigned_integers) {
  std::vector<std::string> lines{"(1)", "(NULL)", "(255)"};
  expect_import(build(arrow::UInt8Builder{}, 1, null, 255), "SMALLINT", lines);
  expect_import(build(arrow::UInt16Builder{}, 1, null, 255), "INT", lines);
  expect_import(build(arrow::UInt32Builder{}, 1, null, 255), "BIGINT", lines);
  expect_import(build(arrow::UInt64Builder{}, 1, null, ~std::uint64_t{0}),
                "DECIMAL(20, 0)", {"(1)", "(NULL)", "(18446744073709551615)"});
}

TEST(arrow_import, makes_views_of_texts_with_offsets) {
  std::string text = "a text of more than twelve bytes";
  std::vector<std::string> lines{"('a')", "(NULL)", "('" + text + "')", "('')"};
  expect_import(build(arrow::StringBuilder{}, "a", null, text, ""), "STRING",
                lines);
  expect_import(build(arrow::LargeStringBuilder{}, "a", null, text, ""),
                "STRING", lines);
  expect_import(build(arrow::StringViewBuilder{}, "a", null, text, ""),
                "STRING", lines);
  expect_import(build(arrow::BinaryBuilder{}, "a", null), "BYTES",
                {"(x'61')", "(NULL)"});
  expect_import(
      build(arrow::FixedSizeBinaryBuilder{arrow::fixed_size_binary(2)}, "ab",
            null, "cd"),
      "BINARY(2)", {"(x'6162')", "(NULL)", "(x'6364')"});
  expect_import(
      build(arrow::FixedSizeBinaryBuilder{arrow::fixed_size_binary(13)},
            "aaaaaaaaaaaaa", "bbbbbbbbbbbbb"),
      "BINARY(13)",
      {"(x'61616161616161616161616161')", "(x'62626262626262626262626262')"});
}

TEST(arrow_import, decodes_dictionaries) {
  expect_import(build(arrow::StringDictionaryBuilder{}, "a", "b", null, "a"),
                "STRING", {"('a')", "('b')", "(NULL)", "('a')"});
  expect_import(build(arrow::DictionaryBuilder<arrow::Int64Type>{}, 7, 7, 8),
                "BIGINT", {"(7)", "(7)", "(8)"});
  expect_import(build(arrow::StringDictionaryBuilder{}, null, null), "STRING",
                {"(NULL)", "(NULL)"});
}

TEST(arrow_import, converts_decimals_of_other_sizes) {
  using arrow::decimal256;
  expect_import(build(arrow::Decimal32Builder{arrow::decimal32(5, 2)},
                      arrow::Decimal32{-150}, null),
                "DECIMAL(5, 2)", {"(-1.50)", "(NULL)"});
  expect_import(build(arrow::Decimal64Builder{arrow::decimal64(12, 0)},
                      arrow::Decimal64{7}, arrow::Decimal64{-7}),
                "DECIMAL(12, 0)", {"(7)", "(-7)"});
  expect_import(build(arrow::Decimal256Builder{decimal256(50, 3)},
                      arrow::Decimal256{-1}, arrow::Decimal256{2500}),
                "DECIMAL(38, 3)", {"(-0.001)", "(2.500)"});
  auto wide = build(arrow::Decimal256Builder{decimal256(50, 0)},
                    arrow::Decimal256{"1" + std::string(40, '0')});
  EXPECT_EQ(import(wide).status().message(),
            "field `x`: row 0 has a value that does not fit DECIMAL(38, 0)");
}

TEST(arrow_import, converts_units_of_time) {
  using arrow::TimeUnit;
  auto* pool = arrow::default_memory_pool();
  std::int64_t day = 86'400;
  auto timestamp = [&](TimeUnit::type unit, std::int64_t x, const char* zone) {
    return build(arrow::TimestampBuilder{arrow::timestamp(unit, zone), pool}, x,
                 null);
  };
  expect_import(timestamp(TimeUnit::SECOND, day, ""), "TIMESTAMP(0)",
                {"(1970-01-02 00:00:00)", "(NULL)"});
  expect_import(timestamp(TimeUnit::MICRO, -1, ""), "TIMESTAMP(6)",
                {"(1969-12-31 23:59:59.999999)", "(NULL)"});
  expect_import(timestamp(TimeUnit::NANO, 1, "Europe/Berlin"),
                "TIMESTAMP_LTZ(9)",
                {"(1970-01-01 00:00:00.000000001)", "(NULL)"});
  expect_import(build(arrow::Date64Builder{}, -day * 1'000, null), "DATE",
                {"(1969-12-31)", "(NULL)"});
  expect_import(
      build(arrow::Time32Builder{arrow::time32(TimeUnit::SECOND), pool}, 61,
            null),
      "TIME(0)", {"(00:01:01)", "(NULL)"});
  expect_import(build(arrow::Time64Builder{arrow::time64(TimeUnit::NANO), pool},
                      1'999'999'999, null),
                "TIME(3)", {"(00:00:01.999)", "(NULL)"});
  expect_import(
      build(arrow::DurationBuilder{arrow::duration(TimeUnit::MICRO), pool},
            -1'000, null),
      "INTERVAL DAY TO SECOND", {"(-0 00:00:00.001)", "(NULL)"});
  auto far = timestamp(TimeUnit::SECOND, std::int64_t{1} << 60, "");
  EXPECT_FALSE(import(far).ok());
}

TEST(arrow_import, takes_every_kind_of_list) {
  auto* pool = arrow::default_memory_pool();
  auto values = std::make_shared<arrow::Int32Builder>();
  arrow::LargeListBuilder large{pool, values};
  ASSERT_TRUE(large.Append().ok());
  ASSERT_TRUE(values->AppendValues({1, 2}).ok());
  ASSERT_TRUE(large.AppendNull().ok());
  expect_import(*large.Finish(), "ARRAY<INT>", {"([1, 2])", "(NULL)"});
  arrow::FixedSizeListBuilder fixed{pool, values, 2};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(fixed.Append().ok());
    ASSERT_TRUE(values->AppendValues({i, i}).ok());
  }
  expect_import(*fixed.Finish(), "ARRAY<INT>",
                {"([0, 0])", "([1, 1])", "([2, 2])"});
}

TEST(arrow_import, refuses_types_that_it_does_not_know) {
  auto layout = arrow::schema(
      {arrow::field("a", arrow::int8()),
       arrow::field("b", arrow::list(arrow::field("c", arrow::float16())))});
  EXPECT_EQ(from_arrow(*layout).status().message(),
            "field `b`: field `c`: the Arrow type halffloat is not supported");
}

TEST(arrow_import, refuses_a_null_where_none_may_be) {
  auto x = build(arrow::Int8Builder{}, 1, null);
  auto layout = arrow::schema({arrow::field("x", x->type(), false)});
  auto rows = arrow::RecordBatch::Make(layout, 2, {x});
  EXPECT_EQ(from_arrow(*rows).status().message(),
            "field `x`: NULL in a field that is NOT NULL");
}

TEST(arrow_import, ignores_metadata_that_contradicts_the_type) {
  for (auto text : {"DATE", "CHAR(5)", "TIMESTAMP(12)", "TIMESTAMP(3)", "",
                    "VARCHAR(99999999999)"}) {
    auto metadata = arrow::key_value_metadata({"herald.type"}, {text});
    auto layout = arrow::schema(
        {arrow::field("x", arrow::int32(), true, metadata),
         arrow::field("y", arrow::timestamp(arrow::TimeUnit::NANO), metadata)});
    auto result = from_arrow(*layout);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ((*result)->fields[0].type.to_string(), "INT");
    EXPECT_EQ((*result)->fields[1].type.to_string(), "TIMESTAMP(9)");
  }
}

TEST(arrow_import, refuses_a_change_that_it_does_not_know) {
  auto x = build(arrow::Int8Builder{}, 1, 4);
  auto layout
      = arrow::schema({arrow::field("herald.change", x->type(), false)});
  auto rows = arrow::RecordBatch::Make(layout, 2, {x});
  EXPECT_EQ(from_arrow(*rows).status().message(), "4 is no kind of change");
}

TEST(arrow_import, refuses_impossible_numbers_of_rows) {
  auto layout = arrow::schema(arrow::FieldVector{});
  for (auto rows : {std::int64_t{-5}, column::rows_max + 1}) {
    auto x = arrow::RecordBatch::Make(layout, rows, arrow::ArrayVector{});
    EXPECT_FALSE(from_arrow(*x).ok()) << rows;
  }
  auto nulls = std::make_shared<arrow::NullArray>(column::rows_max + 1);
  EXPECT_FALSE(import(nulls).ok());
}

TEST(arrow_import, takes_many_long_columns_of_nothing_at_no_cost) {
  auto nulls = std::make_shared<arrow::NullArray>(column::rows_max);
  auto a = import(nulls);
  auto b = import(nulls);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ((*a)->columns[0]->validity->data(),
            (*b)->columns[0]->validity->data());
}

TEST(arrow_export, shares_the_buffers) {
  auto layout = make_schema({{"a", data_type::of(type_kind::bigint)},
                             {"t", data_type::of(type_kind::varchar)}});
  auto x = make_rows(layout, {{1, std::string(20, 'a')}, {null, null}});
  auto rows = *to_arrow(*x);
  EXPECT_EQ(rows->column_data(0)->buffers[1], x->columns[0]->values);
  auto back = from_arrow(*rows);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ((*back)->columns[0]->values->data(), x->columns[0]->values->data());
  EXPECT_EQ((*back)->columns[1]->heaps, x->columns[1]->heaps);
}

TEST(ipc, carries_no_text_that_no_row_uses) {
  auto layout = make_schema({{"t", data_type::of(type_kind::varchar)}});
  auto x = make_rows(
      layout, {{std::string(100'000, 'a')}, {std::string(20, 'b')}, {null}});
  EXPECT_GT(encode_ipc(*x).size(), 100'000u);
  EXPECT_LT(encode_ipc(*slice(*x, 1, 2)).size(), 2'000u);
  auto list = make_schema({{"l", data_type::array(layout->fields[0].type)}});
  auto y = make_rows(list, {{cell{std::string(100'000, 'a')}}, {cell{"b"}}});
  EXPECT_LT(encode_ipc(*take(*y, row_list{1})).size(), 2'000u);
}

TEST(ipc, refuses_what_is_no_stream) {
  EXPECT_FALSE(decode_ipc("").ok());
  EXPECT_FALSE(decode_ipc("a few bytes of nothing").ok());
  EXPECT_FALSE(decode_ipc(std::string(1000, '\xff')).ok());
}

} // namespace
} // namespace herald::testing
