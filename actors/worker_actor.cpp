#include "actors/worker_actor.hpp"

#include "actors/actor_base.hpp"
#include "engine/serving/query_thread.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace herald {

namespace {

enum class permission : std::uint8_t { unasked, asked, given };

struct asker {
  caf::typed_response_promise<result_piece> promise;
  std::int64_t until_ms = 0;
};

/// A job that runs here, or whose result is here.
struct held_job {
  job_report job;
  queue_actor queue;
  std::shared_ptr<result_buffer> result;
  permission release = permission::unasked;
  std::deque<asker> askers;
  std::int64_t asked_ms = 0; ///< when somebody last wanted a piece
  bool over = false;
  bool taken = false;
};

/// Bids that are being collected.
struct auction {
  std::size_t open = 0;
  std::optional<queue_actor> best;
  std::int64_t score_milli = 0;
};

struct state {
  static inline const char* name = "worker";

  worker_settings settings;
  std::shared_ptr<worker_figures> figures;
  std::vector<queue_actor> queues;
  std::set<caf::actor_addr> watched; ///< queues that are monitored
  std::map<std::string, held_job> held;
  std::string running; ///< id of the job on the thread; empty: free
  std::optional<auction> bids;
  bool bid_again = false;
  std::shared_ptr<query_thread> thread; ///< last: ends first
};

using self_pointer = worker_actor::stateful_pointer<state>;

result_piece no_piece(const absl::Status& why) {
  return {piece_kind::error, {}, to_error(why)};
}

void answer_all(held_job& x, const result_piece& with) {
  for (auto& one : std::exchange(x.askers, {}))
    one.promise.deliver(with);
}

void tell_queue(self_pointer self, const held_job& x,
                const job_error& error = {}) {
  auto result = x.taken           ? result_state::taken
                : error.code != 0 ? result_state::dropped
                                  : result_state::held;
  self->send(x.queue, job_news{x.job.order.id, x.job.attempt, x.over, error,
                               result, x.result->rows, x.result->bytes});
}

void ask_release(self_pointer self, held_job& x);

/// Gives waiting clients what there is. The entry of the job may be gone
/// afterwards.
void serve(self_pointer self, held_job& x) {
  auto& s = self->state;
  while (!x.askers.empty()) {
    if (x.result->ready() && x.release != permission::given)
      return ask_release(self, x);
    if (auto bytes = x.result->take()) {
      x.askers.front().promise.deliver(
          result_piece{piece_kind::bytes, *std::move(bytes), {}});
      x.askers.pop_front();
      continue;
    }
    if (!x.over)
      return;
    x.taken = true;
    tell_queue(self, x);
    answer_all(x, {piece_kind::end, {}, {}});
    s.held.erase(std::string(x.job.order.id));
    return;
  }
}

/// Before the first piece goes out the queue must know: from then on the job
/// cannot run elsewhere.
void ask_release(self_pointer self, held_job& x) {
  if (x.release == permission::asked)
    return;
  x.release = permission::asked;
  auto id = x.job.order.id;
  auto attempt = x.job.attempt;
  auto find = [self, id, attempt]() -> held_job* {
    auto at = self->state.held.find(id);
    if (at == self->state.held.end() || at->second.job.attempt != attempt)
      return nullptr;
    return &at->second;
  };
  auto refuse = [find](std::string_view why) {
    if (auto* found = find()) {
      found->release = permission::unasked;
      answer_all(*found, no_piece(absl::UnavailableError(
                             fmt::format("{} (try again)", why))));
    }
  };
  self->request(x.queue, serving_timeout, atom::allow_v, id, attempt)
      .then(
          [self, find, refuse](bool yes) {
            if (!yes)
              return refuse("the job runs elsewhere by now");
            if (auto* found = find()) {
              found->release = permission::given;
              serve(self, *found);
            }
          },
          [refuse](caf::error&) {
            refuse("the queue of the job does not answer");
          });
}

/// Drops a job and its result; its queue knows or is gone.
void drop(self_pointer self, const std::string& id, const absl::Status& why) {
  auto& s = self->state;
  auto at = s.held.find(id);
  if (at == s.held.end())
    return;
  at->second.result->close();
  answer_all(at->second, no_piece(why));
  s.held.erase(at);
  if (s.running == id)
    s.thread->cancel();
}

void run(self_pointer self, const queue_actor& queue, job_report job) {
  auto& s = self->state;
  auto id = job.order.id;
  worker_actor me = self;
  held_job made;
  made.result = std::make_shared<result_buffer>(
      [me] { caf::anon_send(me, atom::piece_v); });
  made.queue = queue;
  made.asked_ms = wall_clock_ms();
  made.job = std::move(job);
  s.running = id;
  ++s.figures->running;
  auto& x = s.held.insert_or_assign(id, std::move(made)).first->second;
  s.thread->run(x.job.order, x.result, [me](const absl::Status& status) {
    caf::anon_send(me, query_over{to_error(status)});
  });
}

void pull(self_pointer self);

void take_from(self_pointer self, const queue_actor& queue) {
  auto& s = self->state;
  auto end = [self] {
    self->state.bids.reset();
    if (std::exchange(self->state.bid_again, false))
      pull(self);
  };
  self->request(queue, serving_timeout, atom::take_v, s.settings.node,
                s.thread->engine_name())
      .then(
          [self, queue, end](job_offer& x) {
            if (x.any)
              run(self, queue, std::move(x.job));
            else
              self->state.bid_again = true;
            end();
          },
          [end](caf::error&) { end(); });
}

/// Asks all queues for bids, then takes from the one with the best.
void pull(self_pointer self) {
  auto& s = self->state;
  if (s.bids) {
    s.bid_again = true;
    return;
  }
  if (!s.running.empty() || s.held.size() >= results_held_max
      || s.queues.empty())
    return;
  s.bid_again = false;
  s.bids.emplace().open = s.queues.size();
  auto closed = [self] {
    auto& state = self->state;
    if (--state.bids->open != 0)
      return;
    if (state.bids->best)
      return take_from(self, *state.bids->best);
    state.bids.reset();
    if (std::exchange(state.bid_again, false))
      pull(self);
  };
  for (const auto& queue : s.queues)
    self->request(queue, bid_timeout, atom::bid_v)
        .then(
            [self, queue, closed](const queue_bid& x) {
              auto& bids = *self->state.bids;
              if (x.any && (!bids.best || x.score_milli > bids.score_milli)) {
                bids.best = queue;
                bids.score_milli = x.score_milli;
              }
              closed();
            },
            [closed](caf::error&) { closed(); });
}

void finish(self_pointer self, const query_over& x) {
  auto& s = self->state;
  auto id = std::exchange(s.running, {});
  --s.figures->running;
  ++(x.error.code == 0 ? s.figures->succeeded : s.figures->failed);
  auto at = s.held.find(id);
  if (at != s.held.end()) {
    auto& job = at->second;
    s.figures->rows += job.result->rows;
    s.figures->bytes += job.result->bytes;
    job.over = true;
    tell_queue(self, job, x.error);
    if (x.error.code == 0) {
      serve(self, job);
    } else {
      answer_all(job, {piece_kind::error, {}, x.error});
      s.held.erase(at);
    }
  }
  pull(self);
}

/// What nobody asked for is dropped; what waited too long is told to go on
/// waiting.
void look_around(self_pointer self) {
  auto& s = self->state;
  auto now = wall_clock_ms();
  std::vector<std::string> forgotten;
  for (auto& [id, x] : s.held) {
    while (!x.askers.empty() && x.askers.front().until_ms <= now) {
      x.askers.front().promise.deliver(result_piece{});
      x.askers.pop_front();
    }
    auto idle = x.job.order.idle_timeout_ms;
    if (x.askers.empty()
        && now - x.asked_ms >= (idle == 0 ? default_idle_ms : idle))
      forgotten.push_back(id);
    else if (!x.over)
      tell_queue(self, x);
  }
  for (const auto& id : forgotten) {
    auto& x = s.held.at(id);
    auto why = absl::DeadlineExceededError(
        fmt::format("nobody asked for the result for {} ms", now - x.asked_ms));
    x.over = true;
    tell_queue(self, x, to_error(why));
    drop(self, id, why);
  }
  pull(self);
}

caf::result<result_piece> next(self_pointer self, const std::string& id) {
  auto& s = self->state;
  auto at = s.held.find(id);
  // While a job is being taken its client may be faster than the offer.
  if (at == s.held.end() && s.bids)
    return result_piece{};
  if (at == s.held.end())
    return no_piece(absl::NotFoundError("the result of the job is gone"));
  auto& x = at->second;
  if (x.askers.size() >= piece_waiters_max)
    return no_piece(
        absl::ResourceExhaustedError("too many calls wait for this result"));
  auto promise = self->make_response_promise<result_piece>();
  x.asked_ms = wall_clock_ms();
  x.askers.push_back({promise, x.asked_ms + piece_wait_ms});
  serve(self, x);
  return promise;
}

void take_links(self_pointer self, const queue_links& x) {
  auto& s = self->state;
  s.queues.clear();
  for (const auto& link : x.list)
    if (link.settings.core ? s.settings.takes_core : s.settings.takes_other)
      s.queues.push_back(link.queue);
  for (const auto& queue : s.queues)
    if (s.watched.insert(queue.address()).second)
      self->monitor(queue);
  pull(self);
}

void queue_down(self_pointer self, const caf::actor_addr& address) {
  std::vector<std::string> lost;
  self->state.watched.erase(address);
  for (const auto& [id, x] : self->state.held)
    if (x.queue.address() == address)
      lost.push_back(id);
  for (const auto& id : lost)
    drop(self, id,
         absl::UnavailableError("the queue of the job is gone (submit it "
                                "again)"));
}

worker_actor::behavior_type worker(self_pointer self, worker_settings settings,
                                   std::shared_ptr<query_thread> thread,
                                   std::shared_ptr<worker_figures> figures) {
  auto& state = self->state;
  guard(self, [](const std::string&) {});
  state.settings = std::move(settings);
  state.figures = std::move(figures);
  state.thread = std::move(thread);
  self->set_down_handler(
      [self](caf::down_msg& x) { queue_down(self, x.source); });
  self->delayed_send(self, worker_tick, atom::tick_v);
  return {
      [self](const queue_links& x) { take_links(self, x); },
      [self](atom::wake) { pull(self); },
      [self](atom::tick) {
        self->delayed_send(self, worker_tick, atom::tick_v);
        look_around(self);
      },
      [self](atom::piece) {
        auto& s = self->state;
        auto at = s.held.find(s.running);
        if (at != s.held.end())
          serve(self, at->second);
      },
      [self](const query_over& x) { finish(self, x); },
      [self](atom::next, const std::string& id) { return next(self, id); },
      [self](atom::cancel, const std::string& id, std::uint32_t attempt) {
        auto at = self->state.held.find(id);
        if (at != self->state.held.end()
            && (attempt == 0 || at->second.job.attempt == attempt))
          drop(self, id, absl::CancelledError("the job was cancelled"));
      },
  };
}

} // namespace

worker_actor spawn_worker(caf::actor_system& system, worker_settings settings,
                          std::unique_ptr<query_engine> engine,
                          std::shared_ptr<worker_figures> figures) {
  return system.spawn(worker, std::move(settings),
                      std::make_shared<query_thread>(std::move(engine)),
                      std::move(figures));
}

} // namespace herald
