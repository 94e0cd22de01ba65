#include "cep/ordering_buffer.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace herald::testing {
namespace {

/// Time and order of arrival.
struct entry {
  event_time time;
  std::int64_t number;

  auto operator<=>(const entry&) const = default;
};

batch_ptr batch_of(const std::vector<entry>& entries) {
  static const auto layout
      = make_schema({{"number", data_type::of(type_kind::bigint)}});
  std::vector<literal_row> rows;
  for (const auto& x : entries)
    rows.push_back({x.number});
  return make_rows(layout, rows);
}

std::vector<event_time> times_of(const std::vector<entry>& entries) {
  std::vector<event_time> result;
  for (const auto& x : entries)
    result.push_back(x.time);
  return result;
}

void append(std::vector<entry>& to, const std::vector<timed_rows>& pieces) {
  for (const auto& piece : pieces)
    for (std::size_t i = 0; i < piece.times.size(); ++i)
      to.push_back(
          {piece.times[i], piece.rows->columns[0]->as<std::int64_t>()[i]});
}

TEST(ordering_buffer, gives_rows_in_order_of_time_then_arrival) {
  for (std::uint64_t seed = 1; seed <= seed_count(30); ++seed) {
    SCOPED_TRACE(seed);
    random_data random(seed);
    ordering_buffer buffer;
    std::vector<entry> all;
    std::vector<entry> released;
    event_time watermark = 0;
    for (auto batches = random.number(1, 60); batches > 0; --batches) {
      std::vector<entry> next;
      auto sorted = random.chance(0.3);
      for (auto rows = random.number(0, 50); rows > 0; --rows)
        next.push_back({watermark + random.number(1, 40), 0});
      if (sorted)
        std::sort(next.begin(), next.end());
      for (auto& x : next) {
        x.number = static_cast<std::int64_t>(all.size());
        all.push_back(x);
      }
      buffer.add(batch_of(next), times_of(next));
      watermark += random.number(0, 30);
      append(released, buffer.release(watermark));
      for (const auto& x : released)
        ASSERT_LE(x.time, watermark);
      ASSERT_EQ(static_cast<std::size_t>(buffer.rows()),
                all.size() - released.size());
    }
    append(released, buffer.release(time_max));
    std::sort(all.begin(), all.end());
    EXPECT_TRUE(all == released);
    EXPECT_EQ(buffer.rows(), 0);
    EXPECT_EQ(buffer.memory_bytes(), 0);
  }
}

TEST(ordering_buffer, gives_a_batch_in_order_back_as_it_came) {
  ordering_buffer buffer;
  auto rows = batch_of({{1, 0}, {1, 1}, {2, 2}});
  buffer.add(rows, {1, 1, 2});
  auto pieces = buffer.release(2);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].rows, rows);
}

TEST(ordering_buffer, knows_a_time_in_the_middle) {
  ordering_buffer buffer;
  buffer.add(batch_of({{5, 0}, {1, 1}, {9, 2}}), {5, 1, 9});
  buffer.add(batch_of({{7, 3}}), {7});
  EXPECT_EQ(buffer.middle(), 5);
  buffer.release(5);
  EXPECT_EQ(buffer.middle(), 7);
}

} // namespace
} // namespace herald::testing
