#include "cluster/node/node.hpp"

#include "actors/actor_base.hpp"
#include "cluster/log/kafka_log.hpp"
#include "cluster/log/sqlite_log.hpp"
#include "cluster/node/identity_file.hpp"
#include "cluster/node/node_backend.hpp"
#include "engine/common/error.hpp"
#include "engine/plan/function_library.hpp"
#include "engine/serving/duckdb_engine.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <caf/io/all.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace herald::cluster {

/// Raised when the node has left the view.
struct node::left_signal {
  std::mutex mutex;
  std::condition_variable changed;
  bool left = false;
};

namespace {

std::uint32_t machine_cores() {
  return std::max(1u, std::thread::hardware_concurrency());
}

/// The host of "host:port", unless it stands for every address of the machine.
std::string client_host(const std::string& address) {
  auto host = address.substr(0, address.rfind(':'));
  return host == "*" || host == "0.0.0.0" || host == "[::]" ? "" : host;
}

} // namespace

absl::StatusOr<std::unique_ptr<node>> node::start(node_config config) {
  restrict_libraries(config.functions_folder);
  HERALD_ASSIGN(auto uuid, load_identity(config.data));
  std::unique_ptr<node> made(new node);
  HERALD_TRY(made->open_log(config));
  HERALD_TRY(made->open_actors(config));
  HERALD_TRY(made->open_serving(config, uuid));
  HERALD_TRY(made->open_gateway(config));
  member_info me;
  me.id = {uuid, incarnation{1}};
  me.host = config.actor_host;
  me.actor_port = made->actor_port_;
  me.gateway_port = made->gateway_->rpc_port();
  me.cores = config.cores != 0 ? config.cores : machine_cores();
  me.version = HERALD_VERSION;
  me.client_host = client_host(config.rpc);
  caf::anon_send(*made->self_, node_start{me});
  made->follow_queues();
  return made;
}

absl::Status node::open_log(const node_config& config) {
  if (!config.log) {
    HERALD_ASSIGN(log_, sqlite_log::open(config.data + "/log.sqlite"));
    return absl::OkStatus();
  }
  kafka_log_settings settings;
  settings.brokers = config.log->brokers;
  settings.topic = config.log->topic;
  settings.options = config.log->options;
  HERALD_ASSIGN(log_, kafka_log::make(std::move(settings)));
  return absl::OkStatus();
}

absl::Status node::open_actors(const node_config& config) {
  // Values and reasons: the notes on CAF 0.17 that ARCHITECTURE.md sums up.
  actor_config_.load<caf::io::middleman>();
  actor_config_.add_message_types<caf::id_block::herald>();
  actor_config_.add_message_types<caf::id_block::herald_serving>();
  actor_config_.add_message_types<caf::id_block::herald_node>();
  actor_config_.set("scheduler.policy", caf::atom("sharing"));
  actor_config_.set("scheduler.max-threads",
                    static_cast<std::size_t>(machine_cores()));
  actor_config_.set("scheduler.max-throughput", scheduler_throughput);
  actor_config_.set("middleman.heartbeat-interval",
                    caf::timespan(std::chrono::milliseconds(300)));
  actor_config_.set("middleman.connection-timeout",
                    caf::timespan(std::chrono::milliseconds(1500)));
  actor_config_.set("middleman.workers", std::size_t{1});
  actor_config_.set("middleman.app-identifiers",
                    std::vector<std::string>{"herald.1"});
  actors_ = std::make_unique<caf::actor_system>(actor_config_);
  left_ = std::make_shared<left_signal>();
  self_ = spawn_node(*actors_, config, log_, [left = left_] {
    std::lock_guard lock(left->mutex);
    left->left = true;
    left->changed.notify_all();
  });
  auto port = actors_->middleman().publish(*self_, config.actor_port,
                                           config.actor_host.c_str(), true);
  if (!port)
    return user_error(
        fmt::format("cannot listen on {}:{} for other nodes", config.actor_host,
                    config.actor_port),
        "is another node running there? set 'actors' in the configuration");
  actor_port_ = *port;
  return absl::OkStatus();
}

absl::Status node::open_serving(const node_config& config,
                                const node_uuid& uuid) {
  figures_ = std::make_shared<worker_figures>();
  desk_ = spawn_desk(*actors_, *self_);
  if (config.workers == 0)
    return absl::OkStatus();
  HERALD_ASSIGN(auto duckdb, shared_duckdb::open({config.query_memory_bytes,
                                                  config.data + "/spill"}));
  // A quarter of the workers is kept for core work; too few to divide take
  // everything.
  auto core = config.workers / 4;
  for (std::uint32_t i = 0; i < config.workers; ++i) {
    worker_settings settings;
    settings.node = short_name(uuid);
    settings.takes_core = core == 0 || i < core;
    settings.takes_other = i >= core;
    HERALD_ASSIGN(auto engine, duckdb->connect());
    workers_.push_back(
        spawn_worker(*actors_, settings, std::move(engine), figures_));
  }
  return absl::OkStatus();
}

void node::follow_queues() {
  run_on(*self_, [desk = *desk_, workers = workers_](node_shell& shell) {
    shell.queues().subscribe([desk, workers](const queue_links& x) {
      caf::anon_send(desk, x);
      for (const auto& worker : workers)
        caf::anon_send(worker, x);
    });
  });
}

absl::Status node::open_gateway(const node_config& config) {
  gateway::gateway_options options;
  options.rpc_address = config.rpc;
  options.http_address = config.http;
  HERALD_ASSIGN(
      gateway_,
      gateway::gateway_server::start(
          options, make_backend(*self_, make_desk(*desk_, *self_, figures_))));
  return absl::OkStatus();
}

void node::stop() {
  if (std::exchange(stopped_, true))
    return;
  if (gateway_)
    gateway_->stop();
  if (self_) {
    caf::anon_send(*self_, atom::leave_v);
    std::unique_lock lock(left_->mutex);
    if (!left_->changed.wait_for(lock, leave_within,
                                 [this] { return left_->left; }))
      spdlog::warn("could not leave the cluster in time; the others will see");
    lock.unlock();
    caf::anon_send_exit(*self_, caf::exit_reason::kill);
  }
  for (const auto& x : workers_)
    end_now(x);
  if (desk_)
    end_now(*desk_);
  if (log_)
    log_->close();
}

node::~node() {
  stop();
  gateway_.reset();
  workers_.clear();
  desk_.reset();
  self_.reset();
  actors_.reset();
}

} // namespace herald::cluster
