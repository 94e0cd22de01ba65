#include "cluster/node/job_fetch.hpp"

#include "engine/common/error.hpp"

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

absl::StatusOr<queue_actor> desk_state::queue_for(const std::string& id) const {
  auto name = queue_of(id);
  if (name.empty())
    return unknown_job(id);
  auto at = queues_.find(name);
  if (at == queues_.end())
    return absl::UnavailableError(
        fmt::format("no node in reach has queue '{}' (herald cluster status "
                    "lists owners; try again)",
                    name));
  return at->second.queue;
}

void desk_state::submit(const job_order& order,
                        const shared_reply<std::string>& answer) {
  auto queue = queue_for(order.id);
  if (!queue.ok())
    return (*answer)(queue.status());
  self_->request(*queue, serving_timeout, atom::put_v, order)
      .then(
          [answer, id = order.id](const job_error& x) {
            if (x.code != 0)
              return (*answer)(herald::to_status(x));
            (*answer)(id);
          },
          [answer, id = order.id](caf::error&) {
            (*answer)(silent_queue(id));
          });
}

void desk_state::place(const std::string& id, std::uint8_t seen,
                       std::uint32_t wait_ms, place_done done) {
  auto queue = queue_for(id);
  if (!queue.ok())
    return done(queue.status());
  auto within = serving_timeout + std::chrono::milliseconds(wait_ms);
  self_->request(*queue, within, atom::status_v, id, seen, wait_ms)
      .then(
          [done, id](job_place& x) {
            if (!x.found)
              return done(unknown_job(id));
            done(std::move(x));
          },
          [done, id](caf::error&) { done(silent_queue(id)); });
}

void desk_state::cancel(const std::string& id,
                        const shared_reply<gateway::done>& answer) {
  auto queue = queue_for(id);
  if (!queue.ok())
    return (*answer)(queue.status());
  self_->request(*queue, serving_timeout, atom::cancel_v, id)
      .then(
          [answer, id](bool known) {
            if (!known)
              return (*answer)(unknown_job(id));
            (*answer)(gateway::done{});
          },
          [answer, id](caf::error&) { (*answer)(silent_queue(id)); });
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

/// A worker that has nothing, or does not answer: the queue knows more. If a
/// part of the result may be lost, the job ends.
void look_again(const fetch& x, const absl::Status& why, bool lost) {
  x.desk->place(x.id, 0, 0, [x, why, lost](absl::StatusOr<job_place> found) {
    if (!found.ok())
      return (*x.answer)(found.status());
    const auto& job = found->job;
    if (job.state == job_state::fail)
      return (*x.answer)(herald::to_status(job.error));
    if (lost && !job.released)
      return look(x);
    if (lost)
      x.desk->cancel(x.id, std::make_shared<gateway::reply<gateway::done>>(
                               [](absl::StatusOr<gateway::done>) {}));
    (*x.answer)(why);
  });
}

void take_piece(const fetch& x, result_piece piece) {
  switch (piece.kind) {
  case piece_kind::bytes:
    return (*x.answer)(
        gateway::job_batch{{piece.bytes.begin(), piece.bytes.end()}, false});
  case piece_kind::end:
    return (*x.answer)(gateway::job_batch{{}, true});
  case piece_kind::later:
    return look(x);
  case piece_kind::error:
    return look_again(x, herald::to_status(piece.error), false);
  }
}

void ask_worker(const fetch& x, const worker_actor& worker) {
  x.desk->self()
      ->request(worker, serving_timeout, atom::next_v, x.id)
      .then([x](result_piece& piece) { take_piece(x, std::move(piece)); },
            [x](caf::error&) {
              look_again(x,
                         absl::DataLossError("a part of the result was lost "
                                             "with its worker (submit the "
                                             "query again)"),
                         true);
            });
}

void look(const fetch& x) {
  constexpr std::uint32_t wait_ms = 2000;
  auto waiting = static_cast<std::uint8_t>(job_state::waiting);
  x.desk->place(x.id, waiting, wait_ms, [x](absl::StatusOr<job_place> found) {
    if (!found.ok())
      return (*x.answer)(found.status());
    const auto& job = found->job;
    if (job.state == job_state::fail)
      return (*x.answer)(herald::to_status(job.error));
    if (!job.over() && job.state != job_state::running)
      return look(x);
    if (found->worker)
      return ask_worker(x, caf::actor_cast<worker_actor>(found->worker));
    if (job.result == result_state::taken)
      return (*x.answer)(gateway::job_batch{{}, true});
    (*x.answer)(
        absl::NotFoundError(fmt::format("the result of job {} is gone: it was "
                                        "cancelled, nobody asked for it in "
                                        "time, or its worker was lost",
                                        x.id)));
  });
}

} // namespace

void fetch_next(desk_state& desk, const std::string& id,
                const batch_reply& answer) {
  look({&desk, id, answer});
}

} // namespace herald::cluster
