#include "tests/engine/operators/lookup_support.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

// -- against a model ----------------------------------------------------------

/// Everything that may differ, at random; the table answers late, in any
/// order, and is out of reach at times.
class random_lookup {
public:
  explicit random_lookup(std::uint64_t seed)
      : data_(seed), keeps_left_(data_.chance(0.5)),
        odd_only_(data_.chance(0.5)), policy_(random_policy()),
        join_(policy_, keeps_left_, odd_only_, data_.number(1, 9)) {
    for (std::int64_t key = 0; key < 12; ++key)
      for (auto n = data_.number(0, 4); n > 0; --n)
        join_.table->rows[key].push_back(data_.number(0, 100));
  }

  void run() {
    for (int i = 0; i < 60; ++i) {
      if (data_.chance(0.6) && !join_.join->busy())
        put();
      else if (data_.chance(0.2) && !join_.join->busy())
        advance(i);
      else
        work();
    }
    for (int i = 0; i < 10'000 && join_.join->pending(); ++i)
      work();
    ASSERT_FALSE(join_.join->pending());
    ASSERT_FALSE(join_.join->busy());
    compare();
  }

private:
  lookup_policy random_policy() {
    lookup_policy x;
    x.ordered = data_.chance(0.5);
    x.attempts_max = 10'000;
    x.retry_delay_ms = data_.number(1, 20);
    x.timeout_ms = 1'000'000;
    x.miss_attempts_max = static_cast<int>(data_.number(1, 4));
    x.miss_delay_ms = data_.number(0, 20);
    x.capacity_rows = data_.number(1, 50);
    if (data_.chance(0.5))
      x.cache_rows_max = data_.number(1, 20);
    if (data_.chance(0.5))
      x.expire_after_write_ms = data_.number(1, 50);
    x.cache_missing = data_.chance(0.5);
    return x;
  }

  void put() {
    std::vector<literal_row> rows;
    for (auto n = data_.number(1, 8); n > 0; --n) {
      const auto key = data_.number(-1, 16);
      const auto number = next_++;
      rows.push_back({key < 0 ? cell(null) : cell(key), number});
      expect(key, number);
    }
    join_.put(rows);
  }

  void expect(std::int64_t key, std::int64_t number) {
    const auto found = join_.table->rows.find(key);
    bool met = false;
    if (found != join_.table->rows.end())
      for (const auto v : found->second) {
        if (odd_only_ && (number + v) % 2 != 1)
          continue;
        wanted_.push_back(fmt::format("({}, {}, {}, {})", key, number, key, v));
        met = true;
      }
    if (!met && keeps_left_)
      wanted_.push_back(fmt::format("({}, {}, NULL, NULL)",
                                    key < 0 ? "NULL" : std::to_string(key),
                                    number));
  }

  void advance(event_time t) {
    wanted_.push_back("@" + std::to_string(t));
    join_.advance(t);
  }

  void work() {
    auto& asked = join_.table->asked;
    if (!asked.empty() && data_.chance(0.7))
      join_.table->answer(static_cast<std::size_t>(data_.number(
                              0, static_cast<std::int64_t>(asked.size()))),
                          data_.chance(0.2) ? absl::UnavailableError("gone")
                                            : absl::OkStatus());
    now_ms_ += data_.number(0, 10);
    join_.set_time(now_ms_);
    join_.out.room = static_cast<std::int64_t>(join_.out.lines.size())
                     + data_.number(0, 10);
    join_.resume();
  }

  /// Rows between two watermarks, sorted if they may be in any order.
  lines in_order(lines x) const {
    if (policy_.ordered)
      return x;
    const auto is_mark = [](const std::string& line) { return line[0] == '@'; };
    for (auto begin = x.begin(); begin != x.end();) {
      const auto end = std::find_if(begin, x.end(), is_mark);
      std::sort(begin, end);
      begin = end == x.end() ? end : end + 1;
    }
    return x;
  }

  void compare() {
    ASSERT_EQ(in_order(join_.out.lines), in_order(wanted_));
  }

  random_data data_;
  bool keeps_left_;
  bool odd_only_;
  lookup_policy policy_;
  lookup_fixture join_;
  lines wanted_;
  std::int64_t next_ = 0;
  std::int64_t now_ms_ = 1;
};

TEST(lookup_join, gives_what_a_naive_join_gives) {
  for (std::uint64_t seed = 0; seed < seed_count(500); ++seed) {
    SCOPED_TRACE(seed);
    random_lookup(seed).run();
    if (HasFatalFailure())
      return;
  }
}

} // namespace
} // namespace herald::testing
