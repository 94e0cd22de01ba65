#include "cluster/node/node_shell.hpp"

#include "actors/actor_base.hpp"
#include "cluster/command_codec.hpp"
#include "cluster/node/node_actor.hpp"
#include "engine/common/error.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace herald::cluster {

node_shell::node_shell(node_actor::pointer self, node_config config,
                       member_info me, std::shared_ptr<command_log> log,
                       std::function<void()> on_left)
    : self_(self), config_(std::move(config)), log_(std::move(log)),
      on_left_(std::move(on_left)),
      agent_(me, agent_settings{}, [] { return request_id{random_bits()}; }),
      links_(self, me.id),
      host_(self->home_system(), task_owner(self), queue_journal(self)),
      queues_(self) {}

// -- events -------------------------------------------------------------------

void node_shell::tick() {
  links_.set_own(agent_.self());
  links_.follow(known_.members(), clock::now());
  if (++ticks_ % ticks_per_beat == 0)
    links_.beat();
  if (ticks_ % ticks_per_note == 0)
    host_.note_problems();
  expire_appends();
  step();
  tend_queues();
}

void node_shell::tend_queues() {
  queues_.follow(known_, agent_.self(), host_.queues(), links_);
  // Every cluster has a queue to begin with.
  queue_settings first;
  first.name = "default";
  auto now = clock::now();
  if (known_.find_object(queue_key(first.name)) || !agent_.is_member()
      || !agent_.has_lease() || now - queue_asked_ < append_timeout)
    return;
  queue_asked_ = now;
  append(put_of(first, version_number{0}), "herald",
         [](absl::StatusOr<outcome>) {});
}

queue_found node_shell::find_queue(const queue_lookup& x) {
  const auto* queue
      = host_.queues().find(queue_key(x.name), generation{x.held});
  return {queue ? caf::actor_cast<caf::strong_actor_ptr>(*queue) : nullptr};
}

void node_shell::record(const log_record& x) {
  if (stuck_)
    return;
  auto result = follow(known_, x.at, x.bytes);
  if (!result.ok()) {
    // A newer program's command. What comes after it would be applied to
    // another catalog than the other nodes have; without the log's end the
    // lease ends by itself.
    stuck_ = true;
    trouble_ = std::string(message_of(result.status()));
    spdlog::error("cannot follow the log: {}", trouble_);
    return;
  }
  log_->confirm(x.at);
  if (*result)
    finish_append((*result)->request, **result);
  step();
}

void node_shell::contact(const log_contact& x) {
  // A node that cannot follow the log reaches it, and is still in trouble.
  if (known_.position() >= x.tail)
    trouble_.clear();
  clock::time_point asked{std::chrono::nanoseconds(x.asked_ns)};
  agent_.log_contact(x.tail, asked);
  step();
}

void node_shell::trouble(const log_trouble& x) {
  if (stuck_)
    return;
  if (x.reason != trouble_ && !x.reason.empty())
    spdlog::warn("the command log is out of reach: {}", x.reason);
  trouble_ = x.reason;
}

void node_shell::beat(const peer_beat& x) {
  agent_.heartbeat(id_of(x), clock::now());
}

void node_shell::down(const caf::actor_addr& address) {
  if (auto peer = links_.lost(address))
    agent_.peer_lost(*peer, clock::now());
  queues_.lost(address);
  if (auto queue = host_.queues().lost(address)) {
    // Its jobs are in the log: whoever claims it next goes on with them.
    spdlog::error("the actor of {} failed", to_string(queue->first));
    agent_.ended(queue->first, queue->second, {object_state::waiting});
    step();
  }
}

void node_shell::task(const task_event& x) {
  for (const auto& news : host_.take(x)) {
    if (news.over)
      agent_.ended(news.key, news.held, news.status);
    else
      agent_.news(news.key, news.held, news.status);
  }
  step();
}

void node_shell::leave() {
  agent_.leave();
  step();
}

// -- decisions ----------------------------------------------------------------

void node_shell::step() {
  for (const auto& x : agent_.step(known_, clock::now()))
    act(x);
  host_.queues().feed(known_);
}

void node_shell::act(const agent_action& action) {
  if (const auto* x = std::get_if<append_action>(&action)) {
    send_to_log(x->what);
  } else if (const auto* start = std::get_if<start_action>(&action)) {
    const auto* object = known_.find_object(start->key);
    if (!object)
      return;
    auto failed = host_.start(start->key, start->held, start->version, *object);
    if (!failed.ok())
      agent_.ended(start->key, start->held,
                   {object_state::failed, std::string(message_of(failed))});
    else if (start->key.kind == object_kind::queue)
      agent_.news(start->key, start->held, {object_state::running});
  } else if (const auto* update = std::get_if<update_action>(&action)) {
    if (const auto* object = known_.find_object(update->key))
      host_.update(update->key, update->held, update->version, *object);
  } else if (const auto* stop = std::get_if<stop_action>(&action)) {
    if (!host_.stop(stop->key, stop->held, stop->fenced))
      agent_.ended(stop->key, stop->held, {object_state::stopped});
  } else if (const auto* removed = std::get_if<removed_action>(&action)) {
    spdlog::warn("removed from the cluster as {}, joining again",
                 to_string(removed->life));
  } else if (std::holds_alternative<pause_sources_action>(action)) {
    spdlog::warn("the lease has ended: sources pause");
    host_.pause();
  } else if (std::holds_alternative<resume_sources_action>(action)) {
    host_.resume();
  } else if (std::holds_alternative<left_action>(action)) {
    on_left_();
  }
}

void node_shell::send_to_log(command x) {
  x.time_ms = wall_clock_ms();
  // A client hears at once of what is surely not in the log. Whatever may be
  // in it shows there, or has its deadline; the agent asks again by itself.
  auto tell = [me = node_actor(self_),
               request = x.request](absl::StatusOr<log_position> y) {
    if (!y.ok() && !absl::IsUnavailable(y.status())
        && !absl::IsCancelled(y.status()))
      run_on(me, [request, why = y.status()](node_shell& shell) {
        shell.finish_append(request, why);
      });
  };
  log_->append(encode(x), tell);
}

// -- clients' calls -----------------------------------------------------------

void node_shell::append(command_body body, std::string author,
                        append_done done) {
  if (appends_.size() >= appends_max)
    return done(absl::ResourceExhaustedError(
        "too many changes wait for the log (try again later)"));
  command x{request_id{random_bits()}, std::move(author), 0, std::move(body)};
  appends_[x.request] = {std::move(done), clock::now() + append_timeout};
  send_to_log(std::move(x));
}

void node_shell::finish_append(const request_id& request,
                               absl::StatusOr<outcome> how) {
  auto at = appends_.find(request);
  if (at == appends_.end())
    return;
  auto done = std::move(at->second.done);
  appends_.erase(at);
  done(std::move(how));
}

void node_shell::expire_appends() {
  auto now = clock::now();
  for (auto at = appends_.begin(); at != appends_.end();) {
    if (at->second.deadline > now) {
      ++at;
      continue;
    }
    auto done = std::move(at->second.done);
    at = appends_.erase(at);
    done(absl::UnavailableError(fmt::format(
        "the command log did not confirm the change within {} s; it may still "
        "happen ({})",
        append_timeout.count(),
        trouble_.empty() ? "the log answers slowly" : trouble_)));
  }
}

void node_shell::forward(const node_id& to, std::uint8_t method,
                         std::string bytes, forward_done done) {
  const auto* peer = links_.find(to);
  if (!peer)
    return done(absl::UnavailableError(
        fmt::format("no connection to node {} (try again)", to_string(to))));
  self_
      ->request(*peer, std::chrono::seconds(5),
                forwarded_call{method, std::move(bytes)})
      .then(
          [done](forwarded_answer& x) {
            if (x.code == 0)
              return done(std::move(x.bytes));
            done(absl::Status(static_cast<absl::StatusCode>(x.code), x.bytes));
          },
          [done, to](caf::error&) {
            done(absl::UnavailableError(fmt::format(
                "node {} did not answer in time (try again)", to_string(to))));
          });
}

} // namespace herald::cluster
