#include "cluster/node/node_actor.hpp"

#include "actors/actor_base.hpp"
#include "cluster/node/forwarding.hpp"

#include <spdlog/spdlog.h>

namespace herald::cluster {

namespace {

struct state {
  static inline const char* name = "node";

  std::unique_ptr<node_shell> shell;
};

using self_pointer = node_actor::stateful_pointer<state>;

/// What the log tells, as messages.
log_listener listen(const node_actor& node) {
  log_listener result;
  result.record = [node](log_position at, std::string_view bytes) {
    caf::anon_send(node, log_record{at, std::string(bytes)});
  };
  result.contact = [node](log_position tail,
                          std::chrono::steady_clock::time_point asked) {
    caf::anon_send(node, log_contact{tail, asked.time_since_epoch().count()});
  };
  result.trouble = [node](const absl::Status& x) {
    caf::anon_send(node, log_trouble{std::string(message_of(x))});
  };
  return result;
}

node_actor::behavior_type node(self_pointer self, node_config config,
                               std::shared_ptr<command_log> log,
                               std::function<void()> on_left) {
  guard(self, [](const std::string& text) {
    spdlog::critical("the node actor failed: {}", text);
    std::abort();
  });
  self->set_down_handler([self](caf::down_msg& x) {
    if (auto& shell = self->state.shell)
      shell->down(x.source);
  });
  return {
      [self, config, log, on_left](const node_start& x) {
        self->state.shell
            = std::make_unique<node_shell>(self, config, x.me, log, on_left);
        log->subscribe({}, listen(node_actor(self)));
        self->delayed_send(self, node_shell::tick_every, atom::tick_v);
      },
      [self](atom::tick) {
        self->delayed_send(self, node_shell::tick_every, atom::tick_v);
        self->state.shell->tick();
      },
      [self](const peer_beat& x) {
        if (auto& shell = self->state.shell)
          shell->beat(x);
      },
      [self](forwarded_call& x) -> caf::result<forwarded_answer> {
        auto promise = self->make_response_promise<forwarded_answer>();
        if (!self->state.shell) {
          promise.deliver(forwarded_answer{
              static_cast<std::uint8_t>(absl::StatusCode::kUnavailable),
              "this node is still starting (try again)"});
          return promise;
        }
        answer_forwarded(*self->state.shell, std::move(x),
                         [promise](forwarded_answer y) mutable {
                           promise.deliver(std::move(y));
                         });
        return promise;
      },
      [self](journal_entry& x) -> caf::result<bool> {
        if (!self->state.shell)
          return false;
        auto promise = self->make_response_promise<bool>();
        self->state.shell->write_job(
            std::move(x), [promise](bool y) mutable { promise.deliver(y); });
        return promise;
      },
      [self](const queue_lookup& x) {
        auto& shell = self->state.shell;
        return shell ? shell->find_queue(x) : queue_found{};
      },
      [self](const node_call& x) {
        // Dropping a call answers its client that the node is not ready.
        if (auto& shell = self->state.shell)
          (*x.run)(*shell);
      },
      [self](const log_record& x) { self->state.shell->record(x); },
      [self](const log_contact& x) { self->state.shell->contact(x); },
      [self](const log_trouble& x) { self->state.shell->trouble(x); },
      [self](const task_event& x) { self->state.shell->task(x); },
      [self, on_left](atom::leave) {
        if (auto& shell = self->state.shell)
          shell->leave();
        else
          on_left();
      },
  };
}

} // namespace

node_actor spawn_node(caf::actor_system& system, node_config config,
                      std::shared_ptr<command_log> log,
                      std::function<void()> on_left) {
  return system.spawn(node, std::move(config), std::move(log),
                      std::move(on_left));
}

void run_on(const node_actor& node, std::function<void(node_shell&)> call) {
  caf::anon_send(node,
                 node_call{std::make_shared<std::function<void(node_shell&)>>(
                     std::move(call))});
}

} // namespace herald::cluster
