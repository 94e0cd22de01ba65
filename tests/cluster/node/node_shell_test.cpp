#include "actors/actor_base.hpp"
#include "cluster/command_codec.hpp"
#include "cluster/node/node_actor.hpp"
#include "cluster/node/task_calls.hpp"

#include <future>
#include <mutex>
#include <thread>

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <gtest/gtest.h>

// A node actor over a log that says what the test wants.

namespace herald::cluster {
namespace {

/// Delivers what is appended at once, or refuses it.
class scripted_log final : public command_log {
public:
  void append(std::string record, append_callback done) override {
    std::unique_lock lock(mutex_);
    auto refusal = refusal_;
    lock.unlock();
    if (refusal.ok())
      done(put(record));
    else
      done(refusal);
  }

  void subscribe(log_position, log_listener listener) override {
    std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

  void confirm(log_position) override {}

  void close() override {}

  log_position put(const std::string& record) {
    std::lock_guard lock(mutex_);
    ++tail_.value;
    listener_.record(tail_, record);
    return tail_;
  }

  /// The log is in reach.
  void answer() {
    std::lock_guard lock(mutex_);
    if (listener_.contact)
      listener_.contact(tail_, std::chrono::steady_clock::now());
  }

  void refuse(absl::Status why) {
    std::lock_guard lock(mutex_);
    refusal_ = std::move(why);
  }

private:
  std::mutex mutex_;
  log_listener listener_;
  log_position tail_;
  absl::Status refusal_;
};

struct node_types : caf::actor_system_config {
  node_types() {
    load<caf::io::middleman>();
    add_message_types<caf::id_block::herald>();
    add_message_types<caf::id_block::herald_serving>();
    add_message_types<caf::id_block::herald_node>();
  }
};

class lone_node : public testing::Test {
protected:
  lone_node() {
    member_info me;
    me.id = {node_uuid{{1, 1}}, incarnation{1}};
    me.host = "127.0.0.1";
    me.client_host = "door.example";
    me.gateway_port = 7400;
    caf::anon_send(node_, node_start{me});
    wait_until([](node_shell& x) { return x.agent().has_lease(); });
  }

  ~lone_node() override {
    end_now(node_);
  }

  /// What `question` says on the node's thread.
  template <class Question>
  auto ask(Question question) {
    std::promise<decltype(question(std::declval<node_shell&>()))> answer;
    run_on(node_, [&](node_shell& x) { answer.set_value(question(x)); });
    return answer.get_future().get();
  }

  /// Waits, while the log answers all the time.
  template <class Condition>
  void wait_until(Condition condition) {
    for (int i = 0; i < 3000; ++i) {
      log_->answer();
      if (ask(condition))
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << "waited in vain";
  }

  static std::string record_of(std::uint64_t request, command_body body) {
    return encode({request_id{{7, request}}, "test", 0, std::move(body)});
  }

  node_types config_;
  caf::actor_system system_{config_};
  std::shared_ptr<scripted_log> log_ = std::make_shared<scripted_log>();
  node_actor node_ = spawn_node(system_, {}, log_, [] {});
};

TEST_F(lone_node, follows_the_log_no_further_than_it_can_read_it) {
  object_key newer{static_cast<object_kind>(99), "p", "n"};
  auto at = log_->put(record_of(1, put_command{newer, "", "", {}, {}}));
  log_->put(record_of(2, set_command{"some.name", "value", {}}));
  wait_until([](node_shell& x) { return !x.agent().has_lease(); });
  auto position = ask([](node_shell& x) { return x.known().position(); });
  EXPECT_EQ(position.value, at.value - 1);
  EXPECT_TRUE(ask([](node_shell& x) { return x.known().settings().empty(); }));
  EXPECT_NE(ask([](node_shell& x) { return x.log_trouble_reason(); }), "");
}

TEST_F(lone_node, shows_where_clients_reach_it) {
  wait_until([](node_shell& x) { return x.agent().is_member(); });
  auto status = ask([](node_shell& x) {
    gateway::cluster_status result;
    tell_cluster(x, std::make_shared<gateway::reply<gateway::cluster_status>>(
                        [&](absl::StatusOr<gateway::cluster_status> y) {
                          result = y.value();
                        }));
    return result;
  });
  ASSERT_EQ(status.members.size(), 1u);
  EXPECT_EQ(status.members[0].rpc_address, "door.example:7400");
}

TEST_F(lone_node, tells_a_client_why_the_log_refused_its_change) {
  log_->refuse(absl::ResourceExhaustedError("the disk is full"));
  std::promise<absl::StatusOr<outcome>> answer;
  run_on(node_, [&](node_shell& x) {
    x.append(set_command{"some.name", "value", {}}, "test",
             [&](absl::StatusOr<outcome> y) { answer.set_value(y); });
  });
  EXPECT_EQ(answer.get_future().get().status(),
            absl::ResourceExhaustedError("the disk is full"));
}

} // namespace
} // namespace herald::cluster
