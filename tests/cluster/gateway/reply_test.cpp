#include "cluster/gateway/reply.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace herald::gateway {

namespace {

struct seen {
  int answers = 0;
  std::optional<absl::StatusOr<int>> last;

  reply<int> ask() {
    return reply<int>([this](absl::StatusOr<int> answer) {
      ++answers;
      last = std::move(answer);
    });
  }
};

TEST(reply, delivers_the_first_answer_only) {
  seen client;
  auto to = client.ask();
  EXPECT_TRUE(to.open());
  to(1);
  EXPECT_FALSE(to.open());
  to(2);
  EXPECT_EQ(client.answers, 1);
  EXPECT_EQ(**client.last, 1);
}

TEST(reply, that_is_dropped_says_unavailable) {
  seen client;
  { auto to = client.ask(); }
  EXPECT_EQ(client.answers, 1);
  EXPECT_EQ(client.last->status().code(), absl::StatusCode::kUnavailable);
}

TEST(reply, moves_with_its_duty_to_answer) {
  seen first;
  seen second;
  auto to = first.ask();
  auto other = std::move(to);
  EXPECT_EQ(first.answers, 0);
  other = second.ask();
  EXPECT_EQ(first.answers, 1);
  EXPECT_FALSE(first.last->ok());
  other(5);
  EXPECT_EQ(**second.last, 5);
}

} // namespace

} // namespace herald::gateway
