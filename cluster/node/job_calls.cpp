#include "cluster/node/job_calls.hpp"

#include "cluster/catalog_rules.hpp"
#include "engine/common/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

/// What can be said before the log is asked.
absl::Status check(const catalog& known, const std::string& queue,
                   const job_order& order) {
  if (order.sql.size() > max_job_sql_bytes)
    return user_error(
        fmt::format("the statement has {} bytes, above the limit of {}",
                    order.sql.size(), max_job_sql_bytes),
        "put long lists of values into a table or a file");
  const auto* what = known.find_object(queue_key(queue));
  if (!what)
    return absl::NotFoundError(
        fmt::format("there is no queue '{}' (herald cluster status lists "
                    "queues)",
                    queue));
  auto settings = settings_of(queue_key(queue), what->current());
  if (!settings.ok())
    return settings.status();
  const auto& kinds = settings->kinds;
  auto kind = static_cast<std::uint8_t>(order.kind);
  if (!kinds.empty()
      && std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    return absl::InvalidArgumentError(
        fmt::format("queue '{}' does not take jobs of this kind", queue));
  return absl::OkStatus();
}

absl::Status full(const catalog& known, const std::string& queue) {
  const auto* what = known.find_object(queue_key(queue));
  auto count = known.jobs().open_in(queue);
  if (what && count >= jobs_max(*what))
    return absl::ResourceExhaustedError(
        fmt::format("queue '{}' is full: {} jobs wait or run in it (try again "
                    "later)",
                    queue, count));
  return absl::ResourceExhaustedError(fmt::format(
      "{} jobs wait or run in all queues, no more fit (try again later)",
      known.jobs().open().size()));
}

} // namespace

void submit_job(node_shell& node, job_order order,
                shared_reply<std::string> answer) {
  auto queue = queue_of(order.id);
  if (auto wrong = check(node.known(), queue, order); !wrong.ok())
    return (*answer)(wrong);
  auto id = order.id;
  auto done = [&node, answer, queue, id](absl::StatusOr<outcome> x) {
    if (x.ok() && x->why == refusal::full)
      return (*answer)(full(node.known(), queue));
    auto number = accepted(x, "queue " + queue);
    if (!number.ok())
      return (*answer)(number.status());
    (*answer)(id);
  };
  node.append(submit_job_command{queue, std::move(order)}, "client", done);
}

absl::StatusOr<job_report> find_job(const node_shell& node,
                                    const std::string& id, steady_time asked) {
  if (const auto* entry = node.known().jobs().find(id))
    return entry->job;
  auto current = node.agent().current_at();
  if (!current || *current < asked)
    return absl::UnavailableError(
        "this node has not read the command log to its end (try again)");
  return absl::NotFoundError(fmt::format("there is no job '{}'", id));
}

void node_shell::write_job(journal_entry x, std::function<void(bool)> done) {
  queue_owner by{x.queue, agent_.self(), {x.held}};
  auto author = to_string(agent_.self());
  auto& job = x.job;
  auto id = job.order.id;
  if (!x.over) {
    start_job_command start{by,         id,         job.attempt,
                            job.worker, job.engine, job.started_ms};
    return append(std::move(start), author,
                  [done](absl::StatusOr<outcome> made) {
                    done(made.ok() && made->accepted());
                  });
  }
  cut(job.error.message, max_reason_bytes);
  cut(job.error.hint, max_reason_bytes);
  end_job_command end{by,       id,       std::move(job.error), job.finished_ms,
                      job.rows, job.bytes};
  append(std::move(end), author, [this, done, id](absl::StatusOr<outcome>) {
    done(!known_.jobs().is_open(id));
  });
}

} // namespace herald::cluster
