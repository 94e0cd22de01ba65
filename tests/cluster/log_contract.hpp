#pragma once

#include "cluster/limits.hpp"
#include "tests/cluster/log_probe.hpp"

#include <deque>
#include <memory>

#include <gtest/gtest.h>

// What every command log promises, as functions that a test of each kind
// calls with a log of its own that nobody has subscribed to.

namespace herald::cluster::contract {

using log_ptr = std::unique_ptr<command_log>;

/// Appended records come back, in the order of their positions.
inline void delivers_what_was_appended(log_ptr log) {
  log_probe probe;
  log->subscribe({0}, probe.listener());
  std::vector<log_probe::record> expected;
  for (const auto* bytes : {"one", "two", "three"}) {
    auto at = append_and_wait(*log, bytes);
    ASSERT_TRUE(at.ok()) << at.status();
    expected.push_back({*at, bytes});
  }
  EXPECT_EQ(probe.wait_for_records(3), expected);
  EXPECT_LT(expected[0].at, expected[1].at);
  EXPECT_LT(expected[1].at, expected[2].at);
  EXPECT_EQ(probe.wait_for_contacts(2), expected[2].at);
  log->close();
}

/// It stops at the bound until the subscriber confirms.
inline void waits_for_a_slow_subscriber(log_ptr log) {
  constexpr auto total = max_unconfirmed_records + 10;
  log_probe probe;
  log->subscribe({0}, probe.listener());
  append_probe last;
  for (std::size_t i = 0; i + 1 < total; ++i)
    log->append("x", [](auto) {});
  log->append("last", last.callback());
  ASSERT_TRUE(last.wait().ok()) << last.wait().status();
  auto some = probe.wait_for_records(max_unconfirmed_records);
  probe.wait_for_contacts(2);
  EXPECT_EQ(probe.record_count(), max_unconfirmed_records);
  ASSERT_FALSE(some.empty());
  log->confirm(some.back().at);
  EXPECT_EQ(probe.wait_for_records(total).back().bytes, "last");
  log->close();
}

/// A record may have exactly the greatest size.
inline void refuses_only_what_is_too_large(log_ptr log) {
  log_probe probe;
  log->subscribe({0}, probe.listener());
  auto fits = append_and_wait(*log, std::string(max_command_bytes, 'x'));
  EXPECT_TRUE(fits.ok()) << fits.status();
  auto large = append_and_wait(*log, std::string(max_command_bytes + 1, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(large.status())) << large.status();
  EXPECT_EQ(probe.wait_for_records(1).size(), 1u);
  log->close();
}

/// Closing answers every append exactly once and can be repeated.
inline void closing_answers_every_append(log_ptr log) {
  log_probe probe;
  log->subscribe({0}, probe.listener());
  std::deque<append_probe> answers(50);
  for (auto& answer : answers)
    log->append("x", answer.callback());
  log->close();
  log->close();
  for (auto& answer : answers)
    EXPECT_EQ(answer.calls(), 1u);
  auto late = append_and_wait(*log, "late");
  EXPECT_TRUE(absl::IsCancelled(late.status())) << late.status();
}

} // namespace herald::cluster::contract
