#include "engine/common/check.hpp"
#include "engine/operators/join.hpp"
#include "tests/engine/operators/join_model.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

// Keys that meet so many rows that the join sets them apart: others pass, and
// nothing is lost, doubled or out of order.

namespace herald::testing {
namespace {

/// Keeps the keys of what comes; has room for so many rows.
class key_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    const auto keys = rows->columns[key_column]->as<std::int64_t>();
    taken.insert(taken.end(), keys.begin(), keys.begin() + rows->rows);
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    watermark_at = taken.size();
    return absl::OkStatus();
  }

  bool full() const override {
    return taken.size() >= room;
  }

  std::int64_t count(std::int64_t key) const {
    return std::count(taken.begin(), taken.end(), key);
  }

  std::vector<std::int64_t> taken;
  std::size_t room = 1'000'000;
  std::size_t watermark_at = 0; ///< rows before the last one
};

batch_ptr rows_of_keys(const std::vector<std::int64_t>& keys) {
  std::vector<literal_row> rows;
  for (const auto key : keys)
    rows.push_back({key, "a", 1, 0});
  return make_rows(stream_layout(), rows);
}

batch_ptr same_rows_often(std::int64_t count) {
  const std::vector<std::int64_t> keys(static_cast<std::size_t>(count), 1);
  return rows_of_keys(keys);
}

/// Keeps what comes; has room for so many rows.
class kept_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    taken += rows->rows;
    batches.push_back(std::move(rows));
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }

  bool full() const override {
    return taken >= room;
  }

  std::vector<batch_ptr> batches;
  std::int64_t taken = 0;
  std::int64_t room = 0;
};

class hot_key : public ::testing::Test {
protected:
  hot_key() {
    join_spec spec;
    spec.left_keys = {key_column};
    spec.right_keys = {key_column};
    const auto& layout = *stream_layout();
    x.emplace(spec, stream_layout(), stream_layout(),
              joined_layout(spec.type, layout, layout));
    operator_context context;
    context.batch_rows = 100;
    HERALD_CHECK(x->open(context).ok(), "a join opens");
    take(1, rows_of_keys({2, 3}));
    take(1, same_rows_often(3'000));
  }

  void take(int input, const batch_ptr& rows) {
    ASSERT_EQ(x->process(input, rows, out), absl::OkStatus());
  }

  void finish() {
    out.room = 100'000'000;
    while (x->pending())
      ASSERT_EQ(x->resume(out), absl::OkStatus());
  }

  std::optional<join_operator> x;
  key_output out;
};

TEST_F(hot_key, lets_rows_of_others_pass) {
  out.room = 350;
  take(0, rows_of_keys({2, 1, 1, 3}));
  EXPECT_EQ(out.count(2), 1);
  EXPECT_EQ(out.count(3), 1);
  EXPECT_LT(out.count(1), 3'000);
  // Those that come later pass, too, even into the last room.
  out.room += 100;
  take(0, rows_of_keys({1, 2}));
  EXPECT_EQ(out.count(2), 2);
  finish();
  EXPECT_EQ(out.count(1), 9'000);
  EXPECT_EQ(out.count(2) + out.count(3), 3);
}

TEST_F(hot_key, meets_what_came_while_it_waited) {
  out.room = 350;
  take(0, rows_of_keys({1}));
  take(1, rows_of_keys({1}));
  take(0, rows_of_keys({1}));
  finish();
  EXPECT_EQ(out.count(1), 3'000 + 1 + 3'001);
}

TEST_F(hot_key, gives_what_replaces_a_row_behind_it) {
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  spec = planned(spec);
  spec.left_retracts = true;
  const auto& layout = *stream_layout();
  x.emplace(spec, stream_layout(), stream_layout(),
            joined_layout(spec.type, layout, layout));
  operator_context context;
  context.batch_rows = 10;
  ASSERT_EQ(x->open(context), absl::OkStatus());
  take(1, same_rows_often(100));
  take(0, rows_of_keys({1}));
  finish();
  kept_output changes;
  changes.room = 1'000'000;
  batch_builder both(stream_layout());
  const auto one = rows_of(*rows_of_keys({1}))[0];
  both.append(one, change::remove);
  both.append(one, change::insert);
  ASSERT_EQ(x->process(0, both.finish(), changes), absl::OkStatus());
  while (x->pending())
    ASSERT_EQ(x->resume(changes), absl::OkStatus());
  ASSERT_EQ(changes.taken, 200);
  std::int64_t row = 0;
  for (const auto& batch : changes.batches)
    for (std::int64_t i = 0; i < batch->rows; ++i)
      EXPECT_EQ(retracts(batch->change_of(i)), row++ < 100);
}

TEST_F(hot_key, holds_watermarks_behind_its_pairs) {
  out.room = 350;
  take(0, rows_of_keys({1, 2}));
  ASSERT_EQ(x->advance(7, out), absl::OkStatus());
  ASSERT_EQ(x->advance(9, out), absl::OkStatus());
  EXPECT_EQ(out.watermark_at, 0u);
  finish();
  EXPECT_EQ(out.watermark_at, 3'001u);
}

TEST_F(hot_key, lets_no_more_rows_wait_than_its_bound) {
  out.room = 350;
  take(0, rows_of_keys({1}));
  out.room = 400;
  const std::vector<std::int64_t> same(hot_rows_max, 1);
  take(0, rows_of_keys(same));
  EXPECT_FALSE(x->busy());
  take(0, rows_of_keys({1}));
  EXPECT_TRUE(x->busy());
}

/// Puts the events in, in batches from either side, as a pipeline would whose
/// output has room at times only.
void put_in(join_operator& x, const std::vector<stream_event> (&events)[2],
            random_data& data, kept_output& out) {
  std::size_t next[2] = {0, 0};
  while (next[0] < events[0].size() || next[1] < events[1].size()) {
    const int side = next[1] == events[1].size()
                             || (next[0] < events[0].size() && data.chance(0.5))
                         ? 0
                         : 1;
    const auto& from = events[side];
    const auto begin = next[side];
    next[side] = std::min(from.size(),
                          begin + static_cast<std::size_t>(data.number(1, 40)));
    const std::vector<stream_event> part(
        from.begin() + static_cast<std::ptrdiff_t>(begin),
        from.begin() + static_cast<std::ptrdiff_t>(next[side]));
    out.room = out.taken + data.number(0, 60);
    while (x.busy()) {
      ASSERT_EQ(x.resume(out), absl::OkStatus());
      out.room += 20;
    }
    ASSERT_EQ(x.process(side, splits_of(stream_layout(), part, 1)[0], out),
              absl::OkStatus());
    if (data.chance(0.2)) {
      ASSERT_EQ(x.advance(static_cast<event_time>(next[side]), out),
                absl::OkStatus());
    }
  }
  out.room = 1'000'000'000;
  while (x.pending())
    ASSERT_EQ(x.resume(out), absl::OkStatus());
}

TEST(hot_keys, give_the_pairs_that_two_loops_give) {
  for (const auto type : {join_type::inner, join_type::left, join_type::right,
                          join_type::full, join_type::semi, join_type::anti})
    for (std::uint64_t seed = 1; seed <= seed_count(6); ++seed) {
      SCOPED_TRACE(
          fmt::format("type {}, seed {}", static_cast<int>(type), seed));
      random_data data(seed);
      stream_options options;
      options.rows = 300;
      options.keys = 4;
      options.hot_key = 0.4;
      options.retracted = seed % 2 == 0 ? 0.5 : 0;
      options.splits = 1;
      const std::vector<stream_event> events[2]
          = {random_stream(data, options), random_stream(data, options)};
      join_spec spec;
      spec.type = type;
      spec.left_keys = {key_column};
      spec.right_keys = {key_column};
      if (seed % 3 == 0)
        spec.residual = smaller_value();
      spec = planned(spec);
      const auto& layout = *stream_layout();
      join_operator x(spec, stream_layout(), stream_layout(),
                      joined_layout(type, layout, layout));
      operator_context context;
      context.batch_rows = 4;
      ASSERT_EQ(x.open(context), absl::OkStatus());
      kept_output out;
      put_in(x, events, data, out);
      EXPECT_TRUE(same_bag(join_by_hand(
                               type,
                               [&](const auto& a, const auto& b) {
                                 return rows_meet(spec, a, b);
                               },
                               rows_left(events[0]), rows_left(events[1])),
                           table_of(out.batches)));
    }
}

} // namespace
} // namespace herald::testing
