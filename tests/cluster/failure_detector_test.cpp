#include "cluster/failure_detector.hpp"

#include <gtest/gtest.h>

namespace herald::cluster {
namespace {

class failure_detector_test : public testing::Test {
protected:
  // Lets `time` pass, with the ticks that belong to it.
  void pass(milliseconds time) {
    for (auto end = now_ + time; now_ < end;) {
      now_ += milliseconds{100};
      detector_.tick(now_);
    }
  }

  void SetUp() override {
    detector_.tick(now_);
    detector_.watch({peer_}, now_);
  }

  node_id peer_{{{1, 2}}, {3}};
  detector_settings settings_;
  failure_detector detector_{settings_};
  steady_time now_{std::chrono::hours{1}};
};

TEST_F(failure_detector_test, silence_is_suspected_at_its_bound) {
  detector_.heartbeat(peer_, now_);
  pass(settings_.suspect_after - milliseconds{100});
  EXPECT_FALSE(detector_.suspects(peer_));
  pass(milliseconds{100});
  EXPECT_TRUE(detector_.suspects(peer_));
  detector_.heartbeat(peer_, now_);
  EXPECT_FALSE(detector_.suspects(peer_));
}

TEST_F(failure_detector_test, a_new_peer_has_time_to_connect) {
  pass(settings_.first_contact - milliseconds{100});
  EXPECT_FALSE(detector_.suspects(peer_));
  pass(milliseconds{100});
  EXPECT_TRUE(detector_.suspects(peer_));
}

TEST_F(failure_detector_test, a_broken_connection_shortens_the_wait) {
  detector_.heartbeat(peer_, now_);
  detector_.lost(peer_, now_);
  pass(settings_.after_loss - milliseconds{100});
  EXPECT_FALSE(detector_.suspects(peer_));
  pass(milliseconds{100});
  EXPECT_TRUE(detector_.suspects(peer_));
}

TEST_F(failure_detector_test, a_failed_first_connection_shortens_nothing) {
  detector_.lost(peer_, now_);
  pass(settings_.after_loss + milliseconds{200});
  EXPECT_FALSE(detector_.suspects(peer_));
}

TEST_F(failure_detector_test, its_own_pause_is_not_blamed_on_peers) {
  detector_.heartbeat(peer_, now_);
  now_ += std::chrono::minutes{1};
  detector_.tick(now_);
  EXPECT_FALSE(detector_.suspects(peer_));
  pass(settings_.suspect_after);
  EXPECT_TRUE(detector_.suspects(peer_));
}

TEST_F(failure_detector_test, another_life_is_another_peer) {
  auto next = peer_;
  ++next.life.value;
  detector_.heartbeat(peer_, now_);
  pass(settings_.suspect_after);
  EXPECT_TRUE(detector_.suspects(peer_));
  detector_.watch({next}, now_);
  detector_.heartbeat(peer_, now_);
  EXPECT_FALSE(detector_.suspects(peer_));
  EXPECT_FALSE(detector_.suspects(next));
  pass(settings_.first_contact);
  EXPECT_TRUE(detector_.suspects(next));
}

} // namespace
} // namespace herald::cluster
