#pragma once

#include "cluster/agent.hpp"
#include "cluster/limits.hpp"
#include "cluster/log/command_log.hpp"
#include "cluster/node/config.hpp"
#include "cluster/node/object_host.hpp"
#include "cluster/node/peer_links.hpp"
#include "cluster/node/queue_directory.hpp"

#include <functional>
#include <map>
#include <memory>

// The shell around a node's brain: feeds the agent with the log, the time and
// the peers, and does what it decides. Lives inside the node actor and is
// used by nobody else; bounded by the catalog's limits and `appends_max`.

namespace herald::cluster {

class node_shell {
public:
  using clock = std::chrono::steady_clock;

  /// How often everything is looked at, and heartbeats leave.
  static constexpr auto tick_every = std::chrono::milliseconds(100);
  static constexpr int ticks_per_beat = 3;
  static constexpr int ticks_per_note = 10; ///< of problems, for people

  /// Commands of clients that wait for their outcome.
  static constexpr std::size_t appends_max = 1024;
  static constexpr auto append_timeout = std::chrono::seconds(10);

  node_shell(node_actor::pointer self, node_config config, member_info me,
             std::shared_ptr<command_log> log, std::function<void()> on_left);

  // -- events ----------------------------------------------------------------

  void tick();
  void record(const log_record& x);
  void contact(const log_contact& x);
  void trouble(const log_trouble& x);
  void beat(const peer_beat& x);
  void down(const caf::actor_addr& address);
  void task(const task_event& x);
  void leave();

  // -- for clients' calls ----------------------------------------------------

  /// Writes the start or end of a job of a queue that runs here.
  void write_job(journal_entry x, std::function<void(bool)> done);

  using append_done = std::function<void(absl::StatusOr<outcome>)>;

  /// Appends a command and answers with what became of it.
  void append(command_body body, std::string author, append_done done);

  using forward_done = std::function<void(absl::StatusOr<std::string>)>;

  /// Asks a member; `Unavailable` without a link to it.
  void forward(const node_id& to, std::uint8_t method, std::string bytes,
               forward_done done);

  /// A queue that runs here, for a peer.
  queue_found find_queue(const queue_lookup& x);

  queue_directory& queues() {
    return queues_;
  }

  const catalog& known() const {
    return known_;
  }

  const node_agent& agent() const {
    return agent_;
  }

  const node_config& config() const {
    return config_;
  }

  object_host& host() {
    return host_;
  }

  /// Why the log is out of reach; empty while it is in reach.
  const std::string& log_trouble_reason() const {
    return trouble_;
  }

  clock::time_point started() const {
    return started_;
  }

private:
  struct waiting {
    append_done done;
    clock::time_point deadline;
  };

  void step();
  void act(const agent_action& x);
  void send_to_log(command x);
  void finish_append(const request_id& request, absl::StatusOr<outcome> how);
  void expire_appends();
  void tend_queues();

  node_actor::pointer self_;
  node_config config_;
  std::shared_ptr<command_log> log_;
  std::function<void()> on_left_;
  catalog known_;
  node_agent agent_;
  peer_links links_;
  object_host host_;
  queue_directory queues_;
  clock::time_point queue_asked_{};
  std::map<request_id, waiting> appends_;
  std::string trouble_;
  bool stuck_ = false; ///< the log went on with what this program cannot read
  clock::time_point started_ = clock::now();
  int ticks_ = 0;
};

} // namespace herald::cluster
