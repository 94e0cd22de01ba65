#include "cluster/node/job_fetch.hpp"

#include "actors/actor_base.hpp"
#include "cluster/node/job_calls.hpp"
#include "engine/common/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

absl::Status silent_queue(const std::string& id) {
  return absl::UnavailableError(
      fmt::format("the queue of job {} does not answer (try again)", id));
}

absl::Status unknown_job(const std::string& id) {
  return absl::NotFoundError(fmt::format("there is no job '{}'", id));
}

} // namespace

void desk_state::take(const queue_links& x) {
  queues_.clear();
  for (const auto& link : x.list)
    queues_.emplace(link.settings.name, link);
}

const queue_actor* desk_state::queue_for(const std::string& id) const {
  auto at = queues_.find(queue_of(id));
  return at == queues_.end() ? nullptr : &at->second.queue;
}

void desk_state::soon(std::function<void(desk_state&)> what) {
  constexpr std::chrono::milliseconds moment{100};
  self_->delayed_send(
      self_, moment,
      desk_call{
          std::make_shared<std::function<void(desk_state&)>>(std::move(what))});
}

void desk_state::ask_log(const std::string& id, steady_clock::time_point asked,
                         log_answer done) {
  desk_actor me = self_;
  run_on(node_, [me, id, asked, done = std::move(done)](node_shell& node) {
    auto answer = [id, asked, done,
                   found = find_job(node, id, asked)](desk_state& desk) {
      if (!absl::IsUnavailable(found.status())
          || steady_clock::now() - asked >= patience)
        return done(found);
      desk.soon(
          [id, asked, done](desk_state& x) { x.ask_log(id, asked, done); });
    };
    caf::anon_send(
        me,
        desk_call{std::make_shared<std::function<void(desk_state&)>>(answer)});
  });
}

void desk_state::place(const std::string& id, std::uint8_t seen,
                       std::uint32_t wait_ms, place_done done) {
  if (queue_of(id).empty())
    return done(unknown_job(id));
  place_until(id, seen, wall_clock_ms() + wait_ms, done);
}

void desk_state::place_until(const std::string& id, std::uint8_t seen,
                             std::int64_t until_ms, const place_done& done) {
  auto left = std::max<std::int64_t>(until_ms - wall_clock_ms(), 0);
  auto look_up = [this, id, seen, until_ms, done] {
    ask_log(id, steady_clock::now(), [=, this](absl::StatusOr<job_report> job) {
      if (!job.ok())
        return done(job.status());
      if (wall_clock_ms() >= until_ms)
        return done(found_job{{true, *job, nullptr}, true});
      soon([=](desk_state& desk) {
        desk.place_until(id, seen, until_ms, done);
      });
    });
  };
  const auto* queue = queue_for(id);
  if (!queue)
    return look_up();
  // A queue that died with its node does not say so: ask anew soon.
  auto within = reply_timeout + std::chrono::milliseconds(left);
  self_
      ->request(*queue, within, atom::status_v, id, seen,
                static_cast<std::uint32_t>(left))
      .then(
          [done, look_up](job_place& x) {
            // The queue may not have read so far in the log yet.
            if (!x.found)
              return look_up();
            done(found_job{std::move(x), false});
          },
          [look_up](caf::error&) { look_up(); });
}

void desk_state::cancel(const std::string& id,
                        const shared_reply<gateway::done>& answer) {
  end_stream(id);
  if (queue_of(id).empty())
    return (*answer)(unknown_job(id));
  cancel_until(id, wall_clock_ms() + patience.count(), answer);
}

void desk_state::cancel_until(const std::string& id, std::int64_t until_ms,
                              const shared_reply<gateway::done>& answer) {
  auto look_up = [this, id, until_ms, answer] {
    ask_log(id, steady_clock::now(), [=, this](absl::StatusOr<job_report> job) {
      if (!job.ok())
        return (*answer)(job.status());
      if (job->over())
        return (*answer)(gateway::done{});
      if (wall_clock_ms() >= until_ms)
        return (*answer)(silent_queue(id));
      soon([=](desk_state& desk) { desk.cancel_until(id, until_ms, answer); });
    });
  };
  const auto* queue = queue_for(id);
  if (!queue)
    return look_up();
  self_->request(*queue, serving_timeout, atom::cancel_v, id)
      .then(
          [answer, look_up](bool known) {
            if (!known)
              return look_up();
            (*answer)(gateway::done{});
          },
          [look_up](caf::error&) { look_up(); });
}

namespace {

using batch_reply = shared_reply<gateway::job_batch>;

/// One call for a piece on its way.
struct fetch {
  desk_state* desk;
  std::string id;
  batch_reply answer;
};

void look(const fetch& x);

void look_soon(const fetch& x) {
  x.desk->soon([x](desk_state&) { look(x); });
}

/// Ends a job of whose result a part is lost, then says so.
void give_up(const fetch& x, const absl::Status& why) {
  x.desk->cancel(x.id,
                 std::make_shared<gateway::reply<gateway::done>>(
                     [answer = x.answer, why](absl::StatusOr<gateway::done>) {
                       (*answer)(why);
                     }));
}

/// The job has no further piece, unless `why` lets the client try again.
void refuse(const fetch& x, const absl::Status& why) {
  if (!absl::IsUnavailable(why))
    x.desk->end_stream(x.id);
  (*x.answer)(why);
}

absl::Status lost_part() {
  return absl::DataLossError(
      "a part of the result was lost with its worker (submit the query again)");
}

/// A worker that has nothing, or does not answer: the queue knows more. If a
/// part of the result may be lost, the job ends.
void look_again(const fetch& x, const absl::Status& why, bool lost) {
  constexpr std::uint32_t wait_ms = 2000;
  // The queue knows why the worker's query ended, once the log has it.
  auto seen
      = static_cast<std::uint8_t>(lost ? job_state::fresh : job_state::running);
  x.desk->place(x.id, seen, wait_ms,
                [x, why, lost](absl::StatusOr<desk_state::found_job> found) {
                  // Not what invites to another call, which would go on
                  // behind the hole.
                  if (!found.ok() && lost)
                    return give_up(x, why);
                  if (!found.ok())
                    return refuse(x, found.status());
                  const auto& job = found->at.job;
                  if (job.state == job_state::fail)
                    return refuse(x, herald::to_status(job.error));
                  auto untouched
                      = x.desk->stream_of(x.id) == 0 && !job.released;
                  if (lost && untouched && !job.over())
                    return look_soon(x);
                  if (lost)
                    return give_up(x, why);
                  (*x.answer)(why);
                });
}

void take_piece(const fetch& x, std::uint32_t attempt, result_piece piece) {
  switch (piece.kind) {
  case piece_kind::bytes:
    x.desk->begin_stream(x.id, attempt);
    return (*x.answer)(
        gateway::job_batch{{piece.bytes.begin(), piece.bytes.end()}, false});
  case piece_kind::end:
    x.desk->end_stream(x.id);
    return (*x.answer)(gateway::job_batch{{}, true});
  case piece_kind::later:
    return look(x);
  case piece_kind::error:
    return look_again(x, herald::to_status(piece.error),
                      absl::IsNotFound(herald::to_status(piece.error)));
  }
}

void ask_worker(const fetch& x, const job_place& place) {
  auto attempt = place.job.attempt;
  x.desk->self()
      ->request(caf::actor_cast<worker_actor>(place.worker), serving_timeout,
                atom::next_v, x.id)
      .then(
          [x, attempt](result_piece& piece) {
            take_piece(x, attempt, std::move(piece));
          },
          [x](caf::error&) { look_again(x, lost_part(), true); });
}

void take_place(const fetch& x, const desk_state::found_job& found) {
  const auto& job = found.at.job;
  if (job.state == job_state::fail)
    return refuse(x, herald::to_status(job.error));
  auto stream = x.desk->stream_of(x.id);
  if (stream != 0 && job.attempt != stream)
    return give_up(x, lost_part());
  // A queue that came from another node does not know the worker yet.
  auto running = job.state == job_state::running;
  if (!found.stale && !found.at.worker && running)
    return look_soon(x);
  if (found.stale || (!job.over() && !running))
    return look(x);
  if (found.at.worker)
    return ask_worker(x, found.at);
  // Taken by this desk's client, which did not hear of the end; or there was
  // nothing to take. Otherwise it went to somebody else, who may have lost it.
  if (job.result == result_state::taken && (stream != 0 || job.rows == 0)) {
    x.desk->end_stream(x.id);
    return (*x.answer)(gateway::job_batch{{}, true});
  }
  if (job.result == result_state::taken)
    return refuse(x, absl::NotFoundError(fmt::format(
                         "the result of job {} was taken already", x.id)));
  refuse(x, absl::NotFoundError(
                fmt::format("the result of job {} is gone: it was cancelled, "
                            "nobody asked for it in time, or its worker was "
                            "lost",
                            x.id)));
}

void look(const fetch& x) {
  constexpr std::uint32_t wait_ms = 2000;
  auto waiting = static_cast<std::uint8_t>(job_state::waiting);
  x.desk->place(x.id, waiting, wait_ms,
                [x](absl::StatusOr<desk_state::found_job> found) {
                  if (!found.ok())
                    return refuse(x, found.status());
                  take_place(x, *found);
                });
}

} // namespace

void fetch_next(desk_state& desk, const std::string& id,
                const batch_reply& answer) {
  look({&desk, id, answer});
}

} // namespace herald::cluster
