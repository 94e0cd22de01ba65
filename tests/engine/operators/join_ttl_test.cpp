#include "engine/operators/join.hpp"
#include "tests/support/rows.hpp"

#include <gtest/gtest.h>

// Joins whose rows are forgotten by the clock, which the test sets.

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

schema_ptr side_layout() {
  static const auto layout = std::make_shared<const schema>(
      schema{{{"k", data_type::of(type_kind::bigint)},
              {"v", data_type::of(type_kind::bigint)}}});
  return layout;
}

schema_ptr pair_layout() {
  auto result = std::make_shared<schema>(*side_layout());
  result->fields.push_back({"k2", data_type::of(type_kind::bigint)});
  result->fields.push_back({"v2", data_type::of(type_kind::bigint)});
  return result;
}

class kept_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    rows_.push_back(std::move(rows));
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }

  lines take() {
    return print_rows(std::exchange(rows_, {}));
  }

private:
  std::vector<batch_ptr> rows_;
};

join_spec spec_of(join_type type, std::int64_t left_ms, std::int64_t right_ms) {
  join_spec result;
  result.type = type;
  result.left_keys = {0};
  result.right_keys = {0};
  result.left_ttl_ms = left_ms;
  result.right_ttl_ms = right_ms;
  return result;
}

struct joined {
  explicit joined(join_spec spec)
      : work(std::move(spec), side_layout(), side_layout(), pair_layout()) {
    EXPECT_EQ(work.open({}), absl::OkStatus());
  }

  lines add(std::int64_t now_ms, int input, std::int64_t key,
            std::int64_t value) {
    work.set_time(now_ms);
    EXPECT_EQ(work.process(
                  input,
                  make_changes(side_layout(), {{change::insert, {key, value}}}),
                  out),
              absl::OkStatus());
    return out.take();
  }

  join_operator work;
  kept_output out;
};

TEST(join_ttl, forgets_the_rows_of_each_side_after_its_own_time) {
  joined x(spec_of(join_type::inner, 10'000, 1'000));
  x.add(100'000, 0, 1, 10);
  x.add(100'000, 1, 1, 20);
  EXPECT_EQ(x.add(102'000, 0, 1, 11), lines{}); // the right row is gone
  EXPECT_EQ(x.add(109'000, 1, 1, 21).size(), 2U);
  EXPECT_EQ(x.add(111'000, 1, 1, 22).size(), 1U); // the first left row is gone
  EXPECT_EQ(x.add(113'000, 1, 1, 23), lines{});
}

TEST(join_ttl, takes_nothing_back_when_a_row_is_forgotten) {
  joined x(spec_of(join_type::left, 0, 1'000));
  x.add(100'000, 1, 1, 20);
  EXPECT_EQ(x.add(100'000, 0, 1, 10).size(), 1U);
  EXPECT_EQ(x.add(105'000, 0, 2, 11).size(), 1U);
  EXPECT_EQ(x.add(105'000, 0, 1, 12).size(), 1U); // alone, with NULLs
}

TEST(join_ttl, frees_memory_though_nothing_comes) {
  joined x(spec_of(join_type::inner, 10'000, 0));
  for (std::int64_t i = 0; i < 5'000; ++i)
    x.add(100'000 + i, 0, i, i);
  const auto full = x.work.state_bytes();
  int looks = 0;
  while (const auto due = x.work.due_ms()) {
    ASSERT_LT(++looks, 200);
    x.work.set_time(*due);
    EXPECT_EQ(x.work.resume(x.out), absl::OkStatus());
  }
  EXPECT_GT(full, 100'000);
  EXPECT_EQ(x.work.state_bytes(), 0);
  EXPECT_EQ(x.add(200'000, 1, 7, 1), lines{});
}

TEST(join_ttl, of_none_keeps_everything) {
  joined x(spec_of(join_type::inner, 0, 0));
  x.add(1, 0, 1, 10);
  EXPECT_EQ(x.work.due_ms(), std::nullopt);
  EXPECT_EQ(x.add(1'000'000'000'000, 1, 1, 20).size(), 1U);
}

} // namespace
} // namespace herald::testing
