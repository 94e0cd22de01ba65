#include "actors/worker_actor.hpp"

#include "actors/actor_base.hpp"
#include "actors/worker_state.hpp"
#include "engine/common/check.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

using self_pointer = worker_actor::stateful_pointer<worker_state>;

result_piece no_piece(const absl::Status& why) {
  return {piece_kind::error, {}, to_error(why)};
}

void answer_all(held_job& x, const result_piece& with) {
  for (auto& one : std::exchange(x.askers, {}))
    one.promise.deliver(with);
}

void tell_queue(self_pointer self, const held_job& x) {
  auto failed = x.end && x.end->code != 0;
  auto result = x.taken  ? result_state::taken
                : failed ? result_state::dropped
                         : result_state::held;
  self->send(x.queue, job_news{x.job.order.id, x.job.attempt, x.end.has_value(),
                               x.end.value_or(job_error{}), result,
                               x.release == permission::given, x.result->rows,
                               x.result->bytes});
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
      x.reader = x.askers.front().who;
      x.askers.front().promise.deliver(
          result_piece{piece_kind::bytes, *std::move(bytes), {}});
      x.askers.pop_front();
      continue;
    }
    // Whoever hears of the end may rely on it.
    if (!x.end || !x.settled)
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

/// Drops a job and tells its queue why.
void forget(self_pointer self, const std::string& id, const absl::Status& why) {
  auto& x = self->state.held.at(id);
  x.end = to_error(why);
  tell_queue(self, x);
  drop(self, id, why);
}

/// The result that makes room for another job: a success that nobody began
/// to take and that was asked for longest ago. Null if there is none.
const held_job* least_wanted(const worker_state& s) {
  const held_job* result = nullptr;
  for (const auto& [id, x] : s.held)
    if (x.settled && x.askers.empty() && !x.reader
        && (!result || x.asked_ms < result->asked_ms))
      result = &x;
  return result;
}

void make_room(self_pointer self) {
  auto& s = self->state;
  if (s.held.size() < results_held_max)
    return;
  if (const auto* least = least_wanted(s))
    forget(self, std::string(least->job.order.id),
           absl::ResourceExhaustedError(
               "the worker needed the room of a result that nobody asked for"));
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
  make_room(self);
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
  auto full = s.held.size() >= results_held_max && !least_wanted(s);
  if (!s.running.empty() || full || s.queues.empty())
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
    job.end = x.error;
    tell_queue(self, job);
    if (x.error.code == 0)
      serve(self, job);
    else
      answer_all(job, {piece_kind::error, {}, x.error});
  }
  pull(self);
}

/// The queue has the end of a job in the log.
void settle(self_pointer self, const std::string& id, std::uint32_t attempt) {
  auto& held = self->state.held;
  auto at = held.find(id);
  if (at == held.end() || at->second.job.attempt != attempt || !at->second.end)
    return;
  at->second.settled = true;
  if (at->second.end->code == 0)
    serve(self, at->second);
  else
    held.erase(at);
  pull(self);
}

/// Why a job is to be dropped, if nobody asks for its result or its queue is
/// gone.
absl::Status reason_to_drop(const held_job& x, std::int64_t now) {
  auto idle = x.job.order.idle_timeout_ms;
  if (x.askers.empty()
      && now - x.asked_ms >= (idle == 0 ? default_idle_ms : idle))
    return absl::DeadlineExceededError(
        fmt::format("nobody asked for the result for {} ms", now - x.asked_ms));
  if (x.queue_gone_ms && now - *x.queue_gone_ms >= queue_gone_max_ms)
    return absl::UnavailableError(
        "the queue of the job is gone (submit it again)");
  return absl::OkStatus();
}

/// What nobody asked for is dropped; what waited too long is told to go on
/// waiting.
void look_around(self_pointer self) {
  auto& s = self->state;
  auto now = wall_clock_ms();
  std::map<std::string, absl::Status> forgotten;
  for (auto& [id, x] : s.held) {
    while (!x.askers.empty() && x.askers.front().until_ms <= now) {
      x.askers.front().promise.deliver(result_piece{});
      x.askers.pop_front();
    }
    // Nobody needs to wait for a query that works; one that waits for its
    // client holds up the worker.
    if (!x.end && !x.result->full())
      x.asked_ms = now;
    if (auto why = reason_to_drop(x, now); !why.ok())
      forgotten.emplace(id, std::move(why));
    else if (!x.settled)
      tell_queue(self, x);
  }
  for (const auto& [id, why] : forgotten)
    forget(self, id, why);
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
  if (x.end && x.end->code != 0)
    return result_piece{piece_kind::error, {}, *x.end};
  auto sender = self->current_sender();
  auto who = sender ? sender->address() : caf::actor_addr{};
  if (x.reader && x.reader != who)
    return no_piece(absl::DataLossError(
        "a part of the result went out through another node (submit the "
        "query again)"));
  if (x.askers.size() >= piece_waiters_max)
    return no_piece(
        absl::ResourceExhaustedError("too many calls wait for this result"));
  auto promise = self->make_response_promise<result_piece>();
  x.asked_ms = wall_clock_ms();
  x.askers.push_back({promise, who, x.asked_ms + piece_wait_ms});
  serve(self, x);
  return promise;
}

void take_links(self_pointer self, const queue_links& x) {
  auto& s = self->state;
  s.queues.clear();
  for (const auto& link : x.list) {
    for (auto& [id, held] : s.held)
      // A queue that was out of reach is the same actor, but its handle of
      // before the break is dead.
      if (held.job.queue == link.settings.name
          && (held.queue != link.queue || held.queue_gone_ms)) {
        held.queue = link.queue;
        held.queue_gone_ms.reset();
        tell_queue(self, held);
      }
    if (link.settings.core ? s.settings.takes_core : s.settings.takes_other)
      s.queues.push_back(link.queue);
    if (s.watched.insert(link.queue.address()).second)
      self->monitor(link.queue);
  }
  pull(self);
}

void queue_down(self_pointer self, const caf::actor_addr& address) {
  auto& s = self->state;
  s.watched.erase(address);
  std::erase_if(s.queues,
                [&](const queue_actor& x) { return x.address() == address; });
  for (auto& [id, x] : s.held)
    if (x.queue.address() == address)
      x.queue_gone_ms = wall_clock_ms();
}

worker_actor::behavior_type worker(self_pointer self, worker_settings settings,
                                   std::shared_ptr<query_thread> thread,
                                   std::shared_ptr<worker_figures> figures) {
  auto& state = self->state;
  // Nobody would miss a worker that is silently gone, until none is left.
  guard(self, [](const std::string& text) {
    HERALD_CHECK(false, "a worker threw: " + text);
  });
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
      [self](atom::done, const std::string& id, std::uint32_t attempt) {
        settle(self, id, attempt);
      },
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
