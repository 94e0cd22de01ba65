#include "actors/queue_actor.hpp"

#include "actors/actor_base.hpp"
#include "engine/serving/job_queue.hpp"

#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace herald {

namespace {

struct waiter {
  caf::typed_response_promise<job_place> promise;
  std::string id;
  job_state seen = job_state::fresh;
  std::int64_t until_ms = 0;
};

struct state {
  static inline const char* name = "queue";

  std::optional<job_queue> jobs;
  std::map<std::uint64_t, worker_actor> workers; ///< that took jobs
  std::map<caf::actor_addr, std::uint64_t> numbers;
  std::uint64_t next_number = 1;
  std::set<caf::strong_actor_ptr> idle; ///< workers that got nothing
  std::vector<waiter> waiters;
};

using self_pointer = queue_actor::stateful_pointer<state>;

job_place place_of(self_pointer self, const std::string& id) {
  auto& s = self->state;
  auto found = s.jobs->find(id);
  if (!found)
    return {};
  job_place result{true, *std::move(found), nullptr};
  if (auto number = s.jobs->worker_of(id))
    result.worker
        = caf::actor_cast<caf::strong_actor_ptr>(s.workers.at(*number));
  return result;
}

/// After every change: answers those who waited for it, and tells the idle
/// workers if there is something to do.
void settle(self_pointer self) {
  auto& s = self->state;
  auto now = wall_clock_ms();
  std::erase_if(s.waiters, [&](waiter& x) {
    auto now_in = s.jobs->state_of(x.id);
    if (now_in == x.seen && now < x.until_ms)
      return false;
    x.promise.deliver(place_of(self, x.id));
    return true;
  });
  if (s.idle.empty() || !s.jobs->bid(now))
    return;
  for (const auto& x : std::exchange(s.idle, {}))
    self->send(caf::actor_cast<worker_actor>(x), atom::wake_v);
}

void tell_cancel(self_pointer self, const std::string& id,
                 std::uint64_t number) {
  auto& s = self->state;
  auto job = s.jobs->find(id);
  self->send(s.workers.at(number), atom::cancel_v, id, job ? job->attempt : 0);
}

job_offer take(self_pointer self, const std::string& node,
               const std::string& engine) {
  auto& s = self->state;
  auto worker = self->current_sender();
  if (!worker)
    return {};
  auto known = s.numbers.find(worker->address());
  auto number = known == s.numbers.end() ? s.next_number : known->second;
  auto job = s.jobs->take(number, node, engine, wall_clock_ms());
  if (!job)
    return {};
  if (number == s.next_number) {
    ++s.next_number;
    s.numbers[worker->address()] = number;
    s.workers.emplace(number, caf::actor_cast<worker_actor>(worker));
    self->monitor(s.workers.at(number));
  }
  return {true, *std::move(job)};
}

void worker_down(self_pointer self, const caf::actor_addr& address) {
  auto& s = self->state;
  auto at = s.numbers.find(address);
  if (at == s.numbers.end())
    return;
  s.jobs->worker_lost(at->second, wall_clock_ms());
  s.workers.erase(at->second);
  s.numbers.erase(at);
  settle(self);
}

bool cancel(self_pointer self, const std::string& id) {
  auto& s = self->state;
  auto known = s.jobs->find(id).has_value();
  auto worker = s.jobs->cancel(
      id, absl::CancelledError("the job was cancelled"), wall_clock_ms());
  if (worker)
    tell_cancel(self, id, *worker);
  settle(self);
  return known;
}

job_list list(self_pointer self, const job_filter& x) {
  auto wanted = [&x](const job_report& job) {
    auto bit = 1u << static_cast<unsigned>(job.state);
    return (x.user.empty() || job.order.user == x.user)
           && (x.states == 0 || (x.states & bit) != 0);
  };
  job_list result;
  std::tie(result.jobs, result.more) = self->state.jobs->list(wanted, x.limit);
  for (auto& job : result.jobs)
    if (job.order.sql.size() > listed_sql_max)
      job.order.sql.resize(listed_sql_max);
  return result;
}

queue_actor::behavior_type queue(self_pointer self, queue_settings settings) {
  guard(self, [](const std::string&) {});
  self->state.jobs.emplace(std::move(settings));
  self->set_down_handler(
      [self](caf::down_msg& x) { worker_down(self, x.source); });
  self->delayed_send(self, queue_tick, atom::tick_v);
  return {
      [self](atom::put, job_order& x) {
        auto status = self->state.jobs->submit(std::move(x), wall_clock_ms());
        settle(self);
        return to_error(status);
      },
      [self](atom::bid) {
        auto& s = self->state;
        auto best = s.jobs->bid(wall_clock_ms());
        if (auto sender = self->current_sender(); sender && !best)
          s.idle.insert(std::move(sender));
        return queue_bid{best.has_value(), best ? best->sum() : 0};
      },
      [self](atom::take, const std::string& node, const std::string& engine) {
        // The worker hears of its job before anybody hears of the worker.
        // (Making a promise takes the sender away, so that comes second.)
        auto offer = take(self, node, engine);
        auto promise = self->make_response_promise<job_offer>();
        promise.deliver(std::move(offer));
        settle(self);
        return caf::result<job_offer>(promise);
      },
      [self](atom::allow, const std::string& id, std::uint32_t attempt) {
        return self->state.jobs->release(id, attempt);
      },
      [self](const job_news& x) {
        self->state.jobs->take_news(x, wall_clock_ms());
        settle(self);
      },
      [self](atom::status, const std::string& id, std::uint8_t seen,
             std::uint32_t wait_ms) -> caf::result<job_place> {
        auto& s = self->state;
        auto promise = self->make_response_promise<job_place>();
        if (s.waiters.size() >= status_waiters_max)
          wait_ms = 0;
        s.waiters.push_back({promise, id, static_cast<job_state>(seen),
                             wall_clock_ms() + wait_ms});
        settle(self);
        return promise;
      },
      [self](atom::cancel, const std::string& id) { return cancel(self, id); },
      [self](atom::list, const job_filter& x) { return list(self, x); },
      [self](atom::status) {
        return self->state.jobs->report(wall_clock_ms());
      },
      [self](atom::change, queue_settings& x) {
        self->state.jobs->change(std::move(x));
        settle(self);
      },
      [self](atom::tick) {
        self->delayed_send(self, queue_tick, atom::tick_v);
        for (const auto& [id, worker] :
             self->state.jobs->expire(wall_clock_ms()))
          tell_cancel(self, id, worker);
        settle(self);
      },
  };
}

} // namespace

queue_actor spawn_queue(caf::actor_system& system, queue_settings settings) {
  return system.spawn(queue, std::move(settings));
}

} // namespace herald
