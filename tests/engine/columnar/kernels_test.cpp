#include "engine/columnar/builder.hpp"
#include "tests/engine/columnar/model.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald::testing {
namespace {

/// Seeds of every property below; each is another schema and other data.
constexpr std::uint64_t seeds = seed_count(150);

row_list numbers(std::int64_t begin, std::int64_t end) {
  row_list result(static_cast<std::size_t>(end - begin));
  std::iota(result.begin(), result.end(), static_cast<std::int32_t>(begin));
  return result;
}

class kernels : public ::testing::TestWithParam<std::uint64_t> {
protected:
  batch_ptr any_batch(std::int64_t rows_max = 200) {
    return random_.rows(layout_, random_.number(0, rows_max), changes_);
  }

  random_data random_{GetParam()};
  schema_ptr layout_ = random_.layout();
  bool changes_ = random_.chance(0.5);
};

TEST_P(kernels, a_builder_gives_back_what_it_was_given) {
  batch_builder builder{layout_};
  for (int round = 0; round < 2; ++round) { // the second after `finish`
    std::vector<std::vector<scalar>> rows;
    auto count = random_.number(0, 100);
    for (std::int64_t i = 0; i < count; ++i) {
      rows.emplace_back();
      for (const auto& part : layout_->fields)
        rows.back().push_back(random_.value(part.type));
      builder.append(rows.back());
    }
    auto built = builder.finish();
    check_layout(*built);
    auto actual = rows_of(*built);
    ASSERT_EQ(actual.size(), rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (std::size_t i = 0; i < rows[row].size(); ++i)
        EXPECT_EQ(describe(actual[row][i]), describe(rows[row][i]));
  }
}

TEST_P(kernels, append_from_copies_rows_with_their_changes) {
  auto x = any_batch();
  batch_builder builder{layout_};
  for (std::int64_t row = 0; row < x->rows; ++row)
    builder.append_from(*x, row);
  auto copy = builder.finish();
  check_layout(*copy);
  for (std::int64_t row = 0; row < x->rows; ++row)
    EXPECT_EQ(copy->change_of(row), x->change_of(row));
  EXPECT_TRUE(same_rows(batch{layout_, x->rows, x->columns, nullptr},
                        batch{layout_, x->rows, copy->columns, nullptr}));
}

TEST_P(kernels, take_gives_the_rows_asked_for) {
  auto x = any_batch();
  auto rows = random_.some_rows(x->rows, random_.number(0, 300));
  auto taken = take(*x, rows);
  check_layout(*taken);
  EXPECT_EQ(print_rows(*taken), pick(print_rows(*x), rows));
}

TEST_P(kernels, slices_are_ranges_and_can_be_sliced_again) {
  auto x = any_batch();
  auto lines = print_rows(*x);
  for (int round = 0; round < 3; ++round) {
    auto begin = random_.number(0, x->rows + 1);
    auto count = random_.number(0, x->rows - begin + 1);
    auto part = slice(*x, begin, count);
    check_layout(*part);
    lines = pick(lines, numbers(begin, begin + count));
    EXPECT_EQ(print_rows(*part), lines);
    x = part;
  }
}

TEST_P(kernels, concat_joins_parts_that_share_heaps_or_do_not) {
  std::vector<batch_ptr> parts{any_batch(), any_batch(), any_batch()};
  auto base = parts[0];
  parts.push_back(take(*base, random_.some_rows(base->rows, 20)));
  auto begin = random_.number(0, base->rows + 1);
  parts.push_back(slice(*base, begin, base->rows - begin));
  auto joined = concat(parts);
  check_layout(*joined);
  std::vector<std::string> lines;
  for (const auto& part : parts)
    for (std::int64_t row = 0; row < part->rows; ++row)
      lines.push_back(print_rows(*slice(*part, row, 1))[0]);
  auto actual = print_rows(*joined);
  ASSERT_EQ(actual.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_TRUE(actual[i].ends_with(lines[i])) << actual[i] << lines[i];
}

TEST_P(kernels, compact_keeps_the_rows) {
  auto x = any_batch();
  auto part = take(*x, random_.some_rows(x->rows, random_.number(0, 50)));
  auto packed = compact(part);
  check_layout(*packed);
  EXPECT_TRUE(same_rows(*part, *packed));
  auto begin = random_.number(0, part->rows + 1);
  auto cut = slice(*part, begin, part->rows - begin);
  EXPECT_TRUE(same_rows(*cut, *compact(cut)));
}

TEST_P(kernels, null_columns_and_repeats_hold_one_value) {
  for (const auto& part : layout_->fields) {
    auto nulls = null_column(part.type, 11);
    check_layout(*nulls);
    EXPECT_EQ(nulls->null_count, 11);
    auto value = random_.value(part.type);
    auto repeated = repeat(value, 9);
    check_layout(*repeated);
    for (int row = 0; row < 9; ++row)
      EXPECT_EQ(describe(value_at(*repeated, row)), describe(value));
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, kernels,
                         ::testing::Range(std::uint64_t{0}, seeds));

// -- what properties do not show ---------------------------------------------

schema_ptr texts() {
  return make_schema({{"t", data_type::of(type_kind::varchar)}});
}

TEST(compact, copies_only_used_texts_and_each_once) {
  std::string text(100, 'x');
  std::vector<literal_row> rows;
  for (int i = 0; i < 1000; ++i)
    rows.push_back({text + std::to_string(i)});
  auto x = make_rows(texts(), rows);
  auto packed = compact(take(*x, row_list{7, 7, 7, 500}));
  ASSERT_EQ(packed->columns[0]->heaps.size(), 1u);
  EXPECT_EQ(packed->columns[0]->heaps[0]->size(), 101 + 103);
}

TEST(compact, drops_heaps_that_no_row_uses) {
  auto x = make_rows(texts(), {{std::string(50, 'a')}, {"b"}, {null}});
  auto packed = compact(slice(*x, 1, 2));
  EXPECT_TRUE(packed->columns[0]->heaps.empty());
  EXPECT_EQ(print_rows(*packed), (std::vector<std::string>{"('b')", "(NULL)"}));
}

TEST(take, shares_the_heaps) {
  auto x = make_rows(texts(), {{std::string(50, 'a')}, {std::string(60, 'b')}});
  auto taken = take(*x, row_list{1});
  EXPECT_EQ(taken->columns[0]->heaps, x->columns[0]->heaps);
}

TEST(concat, lists_a_shared_heap_once) {
  auto x = make_rows(texts(), {{std::string(50, 'a')}, {std::string(60, 'b')}});
  std::vector<batch_ptr> parts{x, take(*x, row_list{1, 0}), x};
  EXPECT_EQ(concat(parts)->columns[0]->heaps.size(), 1u);
}

TEST(text_builder, starts_a_heap_when_one_is_full) {
  text_builder builder{data_type::of(type_kind::varchar)};
  std::string half(600 << 10, 'h');
  std::string huge(3 << 20, 'g');
  builder.push(half);
  builder.push(half);
  builder.push(huge);
  builder.push(half);
  auto x = builder.finish();
  EXPECT_EQ(x->heaps.size(), 4u);
  EXPECT_EQ(memory_bytes(*x), 3 * (600 << 10) + (3 << 20) + 4 * 16);
  EXPECT_EQ(x->text(0), half);
  EXPECT_EQ(x->text(2), huge);
  EXPECT_EQ(x->text(3), half);
}

TEST(text_builder, keeps_lengths_on_both_sides_of_the_inlined_limit) {
  text_builder builder{data_type::of(type_kind::varchar)};
  std::string text = "abcdefghijklmnop";
  for (std::size_t size = 0; size <= text.size(); ++size)
    builder.push(std::string_view{text}.substr(0, size));
  auto x = builder.finish();
  for (std::size_t size = 0; size <= text.size(); ++size)
    EXPECT_EQ(x->text(static_cast<std::int64_t>(size)), text.substr(0, size));
  EXPECT_FALSE(x->as<string_ref>()[13].is_inline());
  EXPECT_TRUE(x->as<string_ref>()[12].is_inline());
}

TEST(buffers, are_aligned_and_padded) {
  for (std::int64_t bytes : {0, 1, 63, 64, 65, 5000}) {
    auto x = allocate_zeros(bytes);
    EXPECT_EQ(x->size(), bytes);
    EXPECT_EQ(x->capacity() % 64, 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(x->data()) % 64, 0u);
    for (std::int64_t i = 0; i < bytes; ++i)
      ASSERT_EQ(x->data()[i], 0);
  }
}

TEST(batches, count_their_memory) {
  auto x = make_rows(texts(), {{std::string(50, 'a')}, {null}});
  EXPECT_EQ(memory_bytes(*x), 1 + 2 * 16 + 50);
}

TEST(changelogs, lead_to_a_table) {
  auto layout = make_schema({{"a", data_type::of(type_kind::integer)}});
  auto x = make_changes(layout, {{change::insert, {1}},
                                 {change::insert, {1}},
                                 {change::update_before, {1}},
                                 {change::update_after, {2}},
                                 {change::remove, {3}}});
  EXPECT_EQ(table_of({&x, 1}),
            (std::vector<std::string>{"(1)", "(2)", "missing: (3)"}));
}

} // namespace
} // namespace herald::testing
