#include "actors/queue_actor.hpp"

#include "actors/actor_base.hpp"
#include "engine/common/cut_text.hpp"
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
  std::string queue;
  std::uint64_t held = 0;
  std::optional<queue_journal> journal;
  std::map<std::uint64_t, worker_actor> workers; ///< that took jobs
  std::map<caf::actor_addr, std::uint64_t> numbers;
  std::uint64_t next_number = 1;
  std::set<caf::strong_actor_ptr> idle; ///< workers that got nothing
  std::vector<waiter> waiters;
  /// Who cancelled a job and hears of its end.
  std::multimap<std::string, caf::typed_response_promise<bool>> cancels;
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

void write_ends(self_pointer self);

/// After every change: answers those who waited for it, and tells the idle
/// workers if there is something to do.
void settle(self_pointer self) {
  auto& s = self->state;
  auto now = wall_clock_ms();
  write_ends(self);
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

/// The end of a job is in the log.
void take_end(self_pointer self, const std::string& id, std::uint32_t attempt) {
  auto& s = self->state;
  if (auto worker = s.jobs->ended(id))
    self->send(s.workers.at(*worker), atom::done_v, id, attempt);
  auto [from, to] = s.cancels.equal_range(id);
  for (auto at = from; at != to; ++at)
    at->second.deliver(true);
  s.cancels.erase(from, to);
  settle(self);
}

/// Whatever has no answer in time is asked for again by a later call.
void write_ends(self_pointer self) {
  auto& s = self->state;
  for (auto& job : s.jobs->endings(wall_clock_ms())) {
    auto id = job.order.id;
    auto attempt = job.attempt;
    self->request(*s.journal, journal_timeout,
                  journal_entry{s.queue, s.held, true, std::move(job)})
        .then(
            [self, id, attempt](bool done) {
              if (done)
                take_end(self, id, attempt);
            },
            [](caf::error&) {});
  }
}

void tell_cancel(self_pointer self, const std::string& id,
                 std::uint64_t number) {
  auto& s = self->state;
  auto job = s.jobs->find(id);
  self->send(s.workers.at(number), atom::cancel_v, id, job ? job->attempt : 0);
}

/// The number of the worker that sends the message at hand.
std::uint64_t number_of_sender(self_pointer self) {
  auto& s = self->state;
  auto worker = self->current_sender();
  if (!worker)
    return 0;
  auto [at, fresh] = s.numbers.try_emplace(worker->address(), s.next_number);
  if (fresh) {
    auto handle = caf::actor_cast<worker_actor>(worker);
    s.workers.emplace(s.next_number++, handle);
    self->monitor(handle);
  }
  return at->second;
}

caf::result<job_offer> take(self_pointer self, const std::string& node,
                            const std::string& engine) {
  auto& s = self->state;
  // Making a promise takes the sender away, so that comes second.
  auto worker = number_of_sender(self);
  auto job = worker == 0 ? std::nullopt
                         : s.jobs->take(worker, node, engine, wall_clock_ms());
  if (!job)
    return job_offer{};
  auto promise = self->make_response_promise<job_offer>();
  auto give = [self, promise, job = *job](bool written) mutable {
    auto& jobs = *self->state.jobs;
    const auto& id = job.order.id;
    auto now = wall_clock_ms();
    auto may = written && jobs.started(id, job.attempt, now);
    if (!written) {
      jobs.not_started(id, job.attempt);
      jobs.hold(now + journal_pause_ms);
    }
    // The worker hears of its job before anybody hears of the worker.
    promise.deliver(may ? job_offer{true, std::move(job)} : job_offer{});
    settle(self);
  };
  self->request(*s.journal, journal_timeout,
                journal_entry{s.queue, s.held, false, *job})
      .then(give, [give](caf::error&) mutable { give(false); });
  return promise;
}

void take_news(self_pointer self, const job_news& x) {
  auto& s = self->state;
  auto number = number_of_sender(self);
  if (number == 0)
    return;
  switch (s.jobs->take_news(x, number, wall_clock_ms())) {
  case job_queue::news_answer::taken:
    break;
  case job_queue::news_answer::settled:
    self->send(s.workers.at(number), atom::done_v, x.id, x.attempt);
    break;
  case job_queue::news_answer::foreign:
    self->send(s.workers.at(number), atom::cancel_v, x.id, x.attempt);
    break;
  }
  settle(self);
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

caf::result<bool> cancel(self_pointer self, const std::string& id) {
  auto& s = self->state;
  auto before = s.jobs->find(id);
  if (!before)
    return false;
  auto worker = s.jobs->cancel(
      id, absl::CancelledError("the job was cancelled"), wall_clock_ms());
  if (worker)
    tell_cancel(self, id, *worker);
  if (before->over() || s.cancels.size() >= status_waiters_max) {
    settle(self);
    return true;
  }
  auto promise = self->make_response_promise<bool>();
  s.cancels.emplace(id, promise);
  settle(self);
  return promise;
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
    job.order.sql.resize(cut_text(job.order.sql, listed_sql_max).size());
  return result;
}

queue_actor::behavior_type queue(self_pointer self, queue_settings settings,
                                 std::uint64_t held, queue_journal journal) {
  guard(self, [](const std::string&) {});
  auto& state = self->state;
  state.queue = settings.name;
  state.held = held;
  state.journal = std::move(journal);
  state.jobs.emplace(std::move(settings));
  self->set_down_handler(
      [self](caf::down_msg& x) { worker_down(self, x.source); });
  self->delayed_send(self, queue_tick, atom::tick_v);
  return {
      [self](job_seed& x) {
        self->state.jobs->admit(std::move(x.job), x.worker_lives,
                                wall_clock_ms());
        settle(self);
      },
      [self](atom::bid) {
        auto& s = self->state;
        auto best = s.jobs->bid(wall_clock_ms());
        if (auto sender = self->current_sender(); sender && !best)
          s.idle.insert(std::move(sender));
        return queue_bid{best.has_value(), best ? best->sum() : 0};
      },
      [self](atom::take, const std::string& node, const std::string& engine) {
        return take(self, node, engine);
      },
      [self](atom::allow, const std::string& id, std::uint32_t attempt) {
        return self->state.jobs->release(id, attempt);
      },
      [self](const job_news& x) { take_news(self, x); },
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

queue_actor spawn_queue(caf::actor_system& system, queue_settings settings,
                        std::uint64_t held, queue_journal journal) {
  return system.spawn(queue, std::move(settings), held, std::move(journal));
}

} // namespace herald
