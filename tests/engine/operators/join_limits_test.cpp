#include "engine/operators/join.hpp"
#include "tests/engine/operators/join_model.hpp"

// What a join holds, and what it gives in one go.

namespace herald::testing {
namespace {

/// An unbounded join keeps what is there, not all that ever was.
TEST(join_limits, frees_the_memory_of_rows_that_are_taken_back) {
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  std::vector<stream_event> left;
  for (std::int64_t i = 0; i < 30'000; ++i) {
    literal_values row{{bigint_type(), i % 7},
                       {stream_layout()->fields[1].type, std::string("text")},
                       {bigint_type(), i},
                       {time_type(), i}};
    left.push_back({change::update_after, row, i, 0});
    if (i % 1000 != 0)
      left.push_back({change::update_before, row, i, 0});
  }
  std::vector<stream_event> right{{change::insert, left[0].values, 0, 0}};
  auto layout = stream_layout();
  split_rows input{{0, splits_of(layout, left, 1)},
                   {1, splits_of(layout, right, 1)}};
  local_runner runner(join_job(planned(spec), 1, 0), input, {3, 100});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_TRUE(same_bag(
      join_by_hand(
          join_type::inner,
          [&](const auto& a, const auto& b) { return rows_meet(spec, a, b); },
          rows_left(left), rows_left(right)),
      table_of(runner.results())));
  EXPECT_LT(runner.state_bytes_max(), 500'000);
}

/// Counts what comes; has room for so many rows.
class counting_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    taken += rows->rows;
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    ++watermarks;
    return absl::OkStatus();
  }

  bool full() const override {
    return taken >= room;
  }

  std::int64_t taken = 0;
  std::int64_t room = 0;
  int watermarks = 0;
};

batch_ptr same_rows_often(std::int64_t count) {
  std::vector<literal_row> rows(static_cast<std::size_t>(count),
                                {1, "a", 1, 0});
  return make_rows(stream_layout(), rows);
}

TEST(join_limits,
     of_a_key_with_many_rows_gives_no_more_than_there_is_room_for) {
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  join_operator x(spec, stream_layout(), stream_layout(),
                  joined_layout(spec.type, *stream_layout(), *stream_layout()));
  operator_context context;
  context.batch_rows = 100;
  int wakes = 0;
  context.wake = [&wakes] { ++wakes; };
  ASSERT_EQ(x.open(context), absl::OkStatus());
  counting_output out;
  ASSERT_EQ(x.process(0, same_rows_often(3'000), out), absl::OkStatus());
  EXPECT_FALSE(x.busy());
  out.room = 250;
  ASSERT_EQ(x.process(1, same_rows_often(20), out), absl::OkStatus());
  EXPECT_TRUE(x.pending());
  EXPECT_EQ(out.taken, 300);
  EXPECT_EQ(wakes, 0);
  ASSERT_EQ(x.resume(out), absl::OkStatus());
  EXPECT_EQ(out.taken, 400); // asked for no reason: one piece more
  out.room = 1'000'000;
  // A turn ends even where there is room.
  ASSERT_EQ(x.resume(out), absl::OkStatus());
  EXPECT_EQ(out.taken, 6'800);
  EXPECT_EQ(wakes, 1);
  while (x.pending())
    ASSERT_EQ(x.resume(out), absl::OkStatus());
  EXPECT_EQ(out.taken, 60'000);
}

TEST(join_limits, says_goodbye_to_many_rows_in_pieces) {
  join_spec spec;
  spec.type = join_type::left;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  spec.bound = time_bound{time_column_index, time_column_index, 0, 0};
  join_operator x(planned(spec), stream_layout(), stream_layout(),
                  joined_layout(spec.type, *stream_layout(), *stream_layout()));
  operator_context context;
  context.batch_rows = 100;
  ASSERT_EQ(x.open(context), absl::OkStatus());
  counting_output out;
  out.room = 150;
  ASSERT_EQ(x.process(0, same_rows_often(1'000), out), absl::OkStatus());
  ASSERT_EQ(x.advance(0, out), absl::OkStatus());
  EXPECT_EQ(out.taken, 200);
  EXPECT_TRUE(x.busy());
  EXPECT_EQ(out.watermarks, 0);
  out.room = 10'000;
  ASSERT_EQ(x.resume(out), absl::OkStatus());
  EXPECT_EQ(out.taken, 1'000);
  EXPECT_EQ(out.watermarks, 1);
  EXPECT_EQ(x.state_bytes(), 0);
}

TEST(join_limits, without_keys_is_bounded) {
  join_spec spec;
  spec.place = join_place::together;
  join_operator x(spec, stream_layout(), stream_layout(),
                  joined_layout(spec.type, *stream_layout(), *stream_layout()));
  ASSERT_EQ(x.open({}), absl::OkStatus());
  counting_output out;
  out.room = 1;
  const auto rows = same_rows_often(keyless_rows_max / 16);
  for (int i = 0; i < 16; ++i)
    ASSERT_EQ(x.process(0, rows, out), absl::OkStatus());
  const auto failed = x.process(0, same_rows_often(1), out);
  EXPECT_EQ(failed.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(message_of(failed), "a join without an equality keeps more than "
                                "1048576 rows of its left side");
}

/// What comes and goes within one batch was never there.
TEST(join_limits, gives_one_change_a_key_however_often_it_changed_in_a_batch) {
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  join_operator x(planned(spec), stream_layout(), stream_layout(),
                  joined_layout(spec.type, *stream_layout(), *stream_layout()));
  ASSERT_EQ(x.open({}), absl::OkStatus());
  counting_output out;
  out.room = 100;
  ASSERT_EQ(x.process(1, same_rows_often(1), out), absl::OkStatus());
  std::vector<literal_change> changes{{change::insert, {1, "n", 0, 0}}};
  for (int i = 0; i < 9; ++i) {
    changes.push_back({change::update_before, {1, "n", i, 0}});
    changes.push_back({change::update_after, {1, "n", i + 1, 0}});
  }
  ASSERT_EQ(x.process(0, make_changes(stream_layout(), changes), out),
            absl::OkStatus());
  EXPECT_EQ(out.taken, 1);
  changes = {{change::update_before, {1, "n", 9, 0}},
             {change::update_after, {1, "n", 10, 0}},
             {change::remove, {1, "n", 10, 0}},
             {change::remove, {1, "never there", 0, 0}}};
  ASSERT_EQ(x.process(0, make_changes(stream_layout(), changes), out),
            absl::OkStatus());
  EXPECT_EQ(out.taken, 2);
}

} // namespace
} // namespace herald::testing
