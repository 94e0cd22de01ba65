#include "engine/operators/group_aggregate.hpp"
#include "tests/engine/operators/aggregate_model.hpp"

#include <fmt/format.h>

// Unbounded aggregation over time: mini-batches, keys that are forgotten, and
// inputs that end. One operator, with a clock that the test sets.

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

schema_ptr count_layout(bool keyed) {
  schema result;
  if (keyed)
    result.fields.push_back({"k", bigint_type()});
  result.fields.push_back({"n", bigint_type()});
  return std::make_shared<schema>(std::move(result));
}

group_aggregate_spec count_spec(bool keyed = true) {
  group_aggregate_spec result;
  if (keyed)
    result.keys = {key_column};
  result.calls = {model_calls()[0]};
  result.input_retracts = true;
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

  /// What came since the last call.
  std::vector<batch_ptr> take() {
    return std::exchange(rows_, {});
  }

private:
  std::vector<batch_ptr> rows_;
};

/// The operator and what it gave.
struct aggregation {
  explicit aggregation(group_aggregate_spec spec)
      : work(spec, *stream_layout(), count_layout(!spec.keys.empty())) {
    EXPECT_EQ(work.open({}), absl::OkStatus());
  }

  /// Rows of these keys, at `now_ms`.
  void add(std::int64_t now_ms, const std::vector<std::int64_t>& keys,
           change kind = change::insert) {
    std::vector<literal_change> rows;
    for (auto key : keys)
      rows.push_back({kind, {key, "a", 1, 0}});
    work.set_time(now_ms);
    EXPECT_EQ(work.process(0, make_changes(stream_layout(), rows), out),
              absl::OkStatus());
  }

  lines take() {
    return print_rows(out.take());
  }

  lines drained(std::int64_t now_ms) {
    work.set_time(now_ms);
    EXPECT_EQ(work.drained(out), absl::OkStatus());
    return take();
  }

  kept_output out;
  group_aggregate_operator work;
};

TEST(mini_batch, makes_one_change_of_many) {
  auto spec = count_spec();
  spec.mini_batch = mini_batch_spec{6, 2'000};
  aggregation x(spec);
  x.add(1'000, {1, 2});
  x.add(1'500, {1});
  EXPECT_EQ(x.take(), lines{});
  EXPECT_EQ(x.work.due_ms(), 3'000);
  EXPECT_EQ(x.drained(2'999), lines{});
  EXPECT_EQ(x.drained(3'000), (lines{"+I (1, 2)", "+I (2, 1)"}));
  EXPECT_EQ(x.work.due_ms(), std::nullopt);
  // As many rows as fit: at once.
  x.add(3'100, {1, 1, 1});
  x.add(3'100, {3, 1, 2});
  EXPECT_EQ(x.take(), (lines{"-U (1, 2)", "+U (1, 6)", "+I (3, 1)", "-U (2, 1)",
                             "+U (2, 2)"}));
}

TEST(mini_batch, says_nothing_of_what_ends_as_it_began) {
  auto spec = count_spec();
  spec.mini_batch = mini_batch_spec{100, 2'000};
  aggregation x(spec);
  x.add(0, {1});
  x.drained(9'000);
  x.add(10'000, {1, 2});
  x.add(10'000, {1, 2}, change::remove);
  EXPECT_EQ(x.drained(20'000), lines{});
  x.add(20'000, {1}, change::remove);
  x.add(20'000, {1, 1});
  x.add(20'000, {1, 1}, change::remove);
  EXPECT_EQ(x.drained(30'000), (lines{"-D (1, 1)"}));
}

TEST(mini_batch, is_emitted_before_a_barrier_and_at_the_end) {
  auto spec = count_spec();
  spec.mini_batch = mini_batch_spec{100, 2'000};
  aggregation x(spec);
  x.add(0, {1});
  EXPECT_EQ(x.work.flush(x.out), absl::OkStatus());
  EXPECT_EQ(x.take(), (lines{"+I (1, 1)"}));
  x.add(0, {1});
  EXPECT_EQ(x.work.advance(time_max, x.out), absl::OkStatus());
  EXPECT_EQ(x.take(), (lines{"-U (1, 1)", "+U (1, 2)"}));
}

TEST(group_ttl, begins_anew_with_keys_that_were_silent_for_long) {
  auto spec = count_spec();
  spec.ttl_ms = 10'000;
  aggregation x(spec);
  x.add(1'000, {1, 2});
  x.add(9'000, {1});
  x.take();
  x.add(12'000, {1, 2});
  // As in Flink: what is forgotten is not taken back.
  EXPECT_EQ(x.take(), (lines{"-U (1, 2)", "+U (1, 3)", "+I (2, 1)"}));
}

TEST(group_ttl, frees_memory_though_nothing_comes) {
  auto spec = count_spec();
  spec.ttl_ms = 10'000;
  aggregation x(spec);
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < 200'000; ++i)
    keys.push_back(i);
  x.add(1'000, keys);
  const auto full = x.work.state_bytes();
  x.add(9'000, {7});
  while (const auto due = x.work.due_ms()) {
    if (*due > 15'000)
      break;
    x.drained(*due);
  }
  // A table of a few thousand is not made anew.
  EXPECT_LT(x.work.state_bytes(), full / 20);
  x.take();
  x.add(15'000, {7, 8});
  EXPECT_EQ(x.take(), (lines{"-U (7, 2)", "+U (7, 3)", "+I (8, 1)"}));
}

TEST(group_aggregate, of_nothing_without_keys_is_a_row_when_the_input_ends) {
  aggregation x(count_spec(false));
  EXPECT_EQ(x.work.advance(5'000, x.out), absl::OkStatus());
  EXPECT_EQ(x.take(), lines{});
  EXPECT_EQ(x.work.advance(time_max, x.out), absl::OkStatus());
  EXPECT_EQ(x.take(), (lines{"(0)"}));
  aggregation emptied(count_spec(false));
  emptied.add(0, {1});
  emptied.add(0, {1}, change::remove);
  EXPECT_EQ(emptied.work.advance(time_max, emptied.out), absl::OkStatus());
  EXPECT_EQ(emptied.take(), (lines{"+I (1)", "-D (1)", "(0)"}));
  aggregation keyed(count_spec());
  EXPECT_EQ(keyed.work.advance(time_max, keyed.out), absl::OkStatus());
  EXPECT_EQ(keyed.take(), lines{});
}

} // namespace
} // namespace herald::testing
