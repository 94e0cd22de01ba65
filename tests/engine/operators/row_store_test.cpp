#include "engine/operators/row_store.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

namespace herald::testing {
namespace {

batch_ptr gather(const row_store& store, std::span<const std::int32_t> rows) {
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < store.layout()->fields.size(); ++i)
    columns.push_back(store.gather(i, rows));
  return make_batch(store.layout(), std::move(columns),
                    static_cast<std::int64_t>(rows.size()));
}

TEST(row_store, gives_back_rows_of_any_type) {
  for (std::uint64_t seed = 1; seed <= seed_count(40); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto layout = data.layout(5, 2);
    row_store store(layout);
    std::vector<std::string> lines;
    std::vector<batch_ptr> seen; // columns that share heaps with the store
    std::vector<std::vector<std::string>> seen_lines;
    for (int step = 0; step < 8; ++step) {
      auto rows = data.rows(layout, data.number(1, 20));
      auto picked = data.some_rows(rows->rows, data.number(0, 10));
      auto whole = data.chance(0.5);
      store.append(*rows, whole ? nullptr : &picked);
      auto first = static_cast<std::int32_t>(lines.size());
      auto added = print_rows(whole ? *rows : *take(*rows, picked));
      for (std::size_t i = 0; i < added.size(); ++i) {
        auto at = whole ? static_cast<std::int64_t>(i) : picked[i];
        EXPECT_TRUE(
            store.same(first + static_cast<std::int32_t>(i), *rows, at));
      }
      lines.insert(lines.end(), added.begin(), added.end());
      ASSERT_EQ(store.size(), static_cast<std::int32_t>(lines.size()));
      if (lines.empty())
        continue;
      auto wanted = data.some_rows(store.size(), 15);
      seen.push_back(gather(store, wanted));
      auto& expected = seen_lines.emplace_back();
      for (auto row : wanted)
        expected.push_back(lines[static_cast<std::size_t>(row)]);
    }
    for (std::size_t i = 0; i < seen.size(); ++i)
      EXPECT_EQ(print_rows(*seen[i]), seen_lines[i]);
  }
}

TEST(row_store, tells_rows_apart) {
  auto layout = make_schema({{"a", data_type::of(type_kind::bigint)},
                             {"b", data_type::of(type_kind::varchar)}});
  auto rows = make_rows(layout, {{1, "x"},
                                 {1, null},
                                 {null, "x"},
                                 {1, "a text of more than 12 bytes"},
                                 {1, "a text of more than 12 bytez"}});
  row_store store(layout);
  store.append(*rows, nullptr);
  for (std::int32_t i = 0; i < 5; ++i)
    for (std::int32_t j = 0; j < 5; ++j)
      EXPECT_EQ(store.same(i, *rows, j), i == j);
}

TEST(row_store, of_few_texts_is_small_and_of_many_is_not_wasteful) {
  auto layout = make_schema({{"a", data_type::of(type_kind::varchar)}});
  row_store store(layout);
  EXPECT_EQ(store.memory_bytes(), 0);
  std::string text(1'000, 'x');
  store.append(*make_rows(layout, {{text}}), nullptr);
  EXPECT_LT(store.memory_bytes(), 10'000);
  for (int i = 1; i < 3'000; ++i)
    store.append(*make_rows(layout, {{text}}), nullptr);
  EXPECT_LT(store.memory_bytes(), 2 * 3'000 * 1'016);
  std::string long_text(3 << 20, 'y'); // longer than any heap
  store.append(*make_rows(layout, {{long_text}}), nullptr);
  std::vector<std::int32_t> last{3'000, 0};
  auto found = gather(store, last);
  EXPECT_EQ(found->columns[0]->text(0), long_text);
  EXPECT_EQ(found->columns[0]->text(1), text);
}

} // namespace
} // namespace herald::testing
