#include "engine/columnar/arrow_bridge.hpp"
#include "engine/runtime/inbox.hpp"
#include "engine/runtime/outbox.hpp"
#include "tests/engine/runtime/runtime_support.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// Both ends of edges: what an inbox makes of frames, and an outbox of rows.

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

constexpr channel a{0, 0, 0};
constexpr channel b{0, 1, 0};
constexpr channel other_port{1, 0, 0};

class inbox_test : public ::testing::Test {
protected:
  void push(const channel& at, frame_kind kind, std::int64_t value = 0) {
    frame x{at, ++sequences_[at], kind, value, nullptr};
    if (kind == frame_kind::rows)
      x.rows = times({value});
    ASSERT_EQ(box_.push(std::move(x)), absl::OkStatus());
  }

  /// Everything that there is to do.
  lines drain() {
    lines result;
    while (auto event = box_.next()) {
      if (auto* rows = std::get_if<input_rows>(&*event))
        result.push_back(fmt::format(
            "rows {} of port {}", rows->rows->columns[0]->as<std::int64_t>()[0],
            rows->port));
      else if (auto* mark = std::get_if<input_watermark>(&*event))
        result.push_back(
            fmt::format("watermark {} of port {}", mark->time, mark->port));
      else if (auto* barrier = std::get_if<input_barrier>(&*event))
        result.push_back(fmt::format("barrier {}", barrier->epoch));
      else if (std::holds_alternative<input_idle>(*event))
        result.push_back("idle");
      else
        result.push_back("end");
    }
    return result;
  }

  inbox box_{{{a, b}, {other_port}}};
  std::map<channel, std::uint64_t> sequences_;
};

TEST_F(inbox_test, refuses_gaps_repeats_and_unknown_channels) {
  push(a, frame_kind::idle);
  EXPECT_FALSE(box_.push({a, 3, frame_kind::idle, 0, nullptr}).ok());
  EXPECT_FALSE(box_.push({a, 1, frame_kind::idle, 0, nullptr}).ok());
  EXPECT_FALSE(box_.push({{7, 0, 0}, 1, frame_kind::idle, 0, nullptr}).ok());
  EXPECT_TRUE(box_.push({a, 2, frame_kind::idle, 0, nullptr}).ok());
}

TEST_F(inbox_test, gives_the_lowest_watermark_of_a_port) {
  push(a, frame_kind::watermark, 10);
  EXPECT_EQ(drain(), (lines{}));
  push(b, frame_kind::watermark, 5);
  push(other_port, frame_kind::watermark, 3);
  EXPECT_EQ(drain(), (lines{"watermark 5 of port 0", "watermark 3 of port 1"}));
  push(b, frame_kind::watermark, 20);
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 0"}));
  push(b, frame_kind::watermark, 15); // one that falls changes nothing
  EXPECT_EQ(drain(), (lines{}));
}

TEST_F(inbox_test, is_not_held_back_by_idle_channels) {
  push(a, frame_kind::watermark, 10);
  push(b, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 0"}));
  push(a, frame_kind::idle); // all are: the last value stays
  EXPECT_EQ(drain(), (lines{}));
  push(b, frame_kind::watermark, 4); // back, but time does not go back
  push(a, frame_kind::watermark, 12);
  EXPECT_EQ(drain(), (lines{}));
  push(b, frame_kind::watermark, 11);
  EXPECT_EQ(drain(), (lines{"watermark 11 of port 0"}));
}

TEST_F(inbox_test, does_not_care_which_channel_falls_idle_last) {
  push(a, frame_kind::watermark, 10);
  push(a, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{})); // b has said nothing yet
  push(b, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 0"}));
}

TEST_F(inbox_test, lets_an_idle_port_follow_the_slowest_of_the_others) {
  push(a, frame_kind::watermark, 10);
  push(b, frame_kind::watermark, 12);
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 0"}));
  push(other_port, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 1"}));
  push(a, frame_kind::watermark, 15);
  EXPECT_EQ(drain(),
            (lines{"watermark 12 of port 0", "watermark 12 of port 1"}));
  push(other_port, frame_kind::watermark, 5); // back: its rows are late
  EXPECT_EQ(drain(), (lines{}));
  push(a, frame_kind::watermark, 20);
  push(b, frame_kind::watermark, 20);
  EXPECT_EQ(drain(), (lines{"watermark 20 of port 0"}));
  push(other_port, frame_kind::watermark, 14);
  EXPECT_EQ(drain(), (lines{"watermark 14 of port 1"}));
}

TEST_F(inbox_test, says_once_that_everything_is_idle) {
  push(a, frame_kind::idle);
  push(b, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{}));
  push(other_port, frame_kind::idle);
  push(a, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{"idle"}));
  push(a, frame_kind::watermark, 3);
  push(a, frame_kind::idle);
  EXPECT_EQ(drain(),
            (lines{"watermark 3 of port 0", "watermark 3 of port 1", "idle"}));
}

TEST_F(inbox_test, waits_for_no_port_when_all_are_idle) {
  push(a, frame_kind::watermark, 10);
  push(a, frame_kind::idle);
  push(b, frame_kind::idle);
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 0"}));
  push(other_port, frame_kind::idle); // has said nothing yet
  EXPECT_EQ(drain(), (lines{"watermark 10 of port 1", "idle"}));
}

TEST_F(inbox_test, does_not_end_time_while_an_idle_channel_may_come_back) {
  push(a, frame_kind::watermark, time_max);
  push(b, frame_kind::idle);
  push(a, frame_kind::end);
  push(other_port, frame_kind::watermark, 9);
  EXPECT_EQ(drain(), (lines{"watermark 9 of port 1", "watermark 9 of port 0"}));
  push(b, frame_kind::watermark, 11);
  EXPECT_EQ(drain(), (lines{"watermark 11 of port 0"}));
  push(b, frame_kind::watermark, time_max);
  EXPECT_EQ(drain(), (lines{fmt::format("watermark {} of port 0", time_max)}));
}

TEST_F(inbox_test, aligns_barriers) {
  push(a, frame_kind::rows, 1);
  push(a, frame_kind::barrier, 1);
  push(a, frame_kind::rows, 2); // behind the barrier: waits
  push(b, frame_kind::rows, 3);
  EXPECT_EQ(drain(), (lines{"rows 1 of port 0", "rows 3 of port 0"}));
  EXPECT_GT(box_.bytes(), 0);
  push(b, frame_kind::barrier, 1);
  push(b, frame_kind::rows, 4);
  EXPECT_EQ(drain(), (lines{}));
  push(other_port, frame_kind::rows, 5);
  push(other_port, frame_kind::barrier, 1);
  auto rest = drain();
  ASSERT_EQ(rest.size(), 4u);
  EXPECT_EQ(rest[0], "rows 5 of port 1");
  EXPECT_EQ(rest[1], "barrier 1");
  EXPECT_EQ(box_.bytes(), 0);
}

TEST_F(inbox_test, does_not_wait_for_the_barriers_of_ended_channels) {
  push(a, frame_kind::end);
  push(b, frame_kind::barrier, 4);
  push(other_port, frame_kind::rows, 1);
  EXPECT_EQ(drain(), (lines{"rows 1 of port 1"}));
  push(other_port, frame_kind::end);
  EXPECT_EQ(drain(), (lines{"barrier 4"}));
  push(b, frame_kind::end);
  EXPECT_EQ(drain(), (lines{"end"}));
  EXPECT_EQ(drain(), (lines{}));
}

TEST_F(inbox_test, is_held_back_by_stopped_channels_but_not_by_finished_ones) {
  push(a, frame_kind::watermark, 5);
  push(b, frame_kind::watermark, 7);
  push(b, frame_kind::watermark, time_max);
  push(b, frame_kind::end);
  push(a, frame_kind::watermark, 6);
  push(a, frame_kind::end); // stopped: it may not have seen all up to 7
  EXPECT_EQ(drain(), (lines{"watermark 5 of port 0", "watermark 6 of port 0"}));
  push(other_port, frame_kind::watermark, 1);
  push(other_port, frame_kind::end); // stopped: its windows stay open
  EXPECT_EQ(drain(), (lines{"watermark 1 of port 1", "end"}));
}

TEST_F(inbox_test, lets_channels_take_turns) {
  for (int i = 0; i < 3; ++i)
    push(a, frame_kind::rows, i);
  push(b, frame_kind::rows, 10);
  auto found = drain();
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[1], "rows 10 of port 0");
}

// -- outbox -------------------------------------------------------------------

outbox two_receivers() {
  return outbox({{0, exchange::hash, {0}, 2}, {5, exchange::forward, {}, 3}},
                1);
}

TEST(outbox, numbers_frames_a_channel_and_names_both_ends) {
  auto box = two_receivers();
  std::vector<std::int64_t> many;
  for (int i = 0; i < 100; ++i)
    many.push_back(i);
  box.emit(0, times(many));
  box.emit(5, times({1}));
  box.advance(0, 7);
  box.advance(0, 7); // not again
  box.barrier(2);
  auto frames = box.take();
  EXPECT_EQ(frames.size(), 2u + 1 + 2 + 3);
  std::map<channel, std::uint64_t> last;
  std::int64_t rows = 0;
  for (const auto& x : frames) {
    EXPECT_EQ(x.at.from, 1);
    EXPECT_EQ(x.sequence, ++last[x.at]);
    rows += x.at.edge == 0 && x.rows ? x.rows->rows : 0;
  }
  EXPECT_EQ(rows, 100);
  EXPECT_EQ(last.size(), 3u);
  EXPECT_TRUE(last.contains({5, 1, 1})); // forward: to the same number
  EXPECT_TRUE(box.take().empty());
}

TEST(outbox, starves_when_one_channel_has_no_credit_left) {
  auto box = two_receivers();
  auto rows = times(std::vector<std::int64_t>(100'000, 1)); // of one key
  auto bytes = frame_bytes(*rows);
  std::int64_t sent = 0;
  while (box.has_credit()) {
    box.emit(0, rows);
    sent += bytes;
    ASSERT_LT(sent, 2 * channel_credit_bytes);
  }
  auto at = box.take().back().at;
  EXPECT_GE(sent, channel_credit_bytes);
  EXPECT_TRUE(box.grant({at, sent - channel_credit_bytes}).ok());
  EXPECT_FALSE(box.has_credit()); // exactly none left is none
  EXPECT_TRUE(box.grant({at, 1}).ok());
  EXPECT_TRUE(box.has_credit());
  EXPECT_TRUE(box.grant({at, channel_credit_bytes - 1}).ok());
  EXPECT_FALSE(box.grant({at, 1}).ok()); // more than was ever used
  EXPECT_FALSE(box.grant({{9, 9, 9}, 1}).ok());
}

TEST(outbox, divides_what_goes_to_another_node) {
  outbox box({{0, exchange::forward, {}, 1}}, 0);
  box.set_remote({0, 0, 0});
  std::vector<std::int64_t> values(200'000, 7);
  auto rows = times(values);
  box.emit(0, rows);
  std::int64_t count = 0;
  std::uint64_t sequence = 0;
  for (const auto& x : box.take()) {
    EXPECT_LE(frame_bytes(*x.rows), remote_frame_bytes_max);
    EXPECT_EQ(x.sequence, ++sequence);
    count += x.rows->rows;
  }
  EXPECT_EQ(count, rows->rows);
  EXPECT_GT(sequence, 1u);
}

TEST(outbox, says_its_watermarks_again_after_it_was_idle) {
  outbox box({{0, exchange::gather, {}, 3}}, 0);
  box.advance(0, 7);
  box.idle();
  box.resume();
  box.end();
  EXPECT_EQ(describe(box.take()),
            (lines{"watermark 7", "idle", "watermark 7", "end"}));
}

/// A receiver behind a wire gives back what the sender took: both count rows
/// alike, also for parts of larger batches.
TEST(frame_bytes, are_the_same_behind_a_wire) {
  for (std::uint64_t seed = 1; seed <= seed_count(60); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto rows = data.rows(data.layout(6, 2), 40);
    auto begin = data.number(0, 20);
    for (const auto& x :
         {rows, slice(*rows, begin, data.number(1, 20)),
          take(*rows, data.some_rows(40, data.number(1, 30)))}) {
      auto copy = decode_ipc(encode_ipc(*x));
      ASSERT_EQ(copy.status(), absl::OkStatus());
      EXPECT_EQ(frame_bytes(*x), frame_bytes(**copy));
    }
  }
}

} // namespace
} // namespace herald::testing
