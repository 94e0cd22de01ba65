#include "engine/serving/job_queue.hpp"

#include "engine/common/check.hpp"
#include "engine/common/cut_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace herald {

namespace {

std::uint32_t timeout_of(const job_order& x) {
  return x.timeout_ms == 0 ? job_queue::default_timeout_ms : x.timeout_ms;
}

/// The moment at which a job of no weight would have had to come to be as
/// urgent: the order of these never changes.
std::int64_t rank_of(const job_report& x) {
  auto half = job_queue::timeout_half_ms;
  auto head_start
      = job_queue::overtake_ms * half / (half + timeout_of(x.order));
  return x.submitted_ms - head_start;
}

} // namespace

job_queue::job_queue(queue_settings settings)
    : settings_(std::move(settings)) {}

void job_queue::change(queue_settings settings) {
  settings_ = std::move(settings);
}

job_queue::job* job_queue::known(const std::string& id) {
  auto at = jobs_.find(id);
  return at == jobs_.end() ? nullptr : &at->second;
}

const job_queue::job* job_queue::known(const std::string& id) const {
  auto at = jobs_.find(id);
  return at == jobs_.end() ? nullptr : &at->second;
}

void job_queue::admit(job_report known_job, bool worker_lives,
                      std::int64_t now) {
  auto id = known_job.order.id;
  auto [at, fresh] = jobs_.try_emplace(id);
  if (!fresh)
    return;
  auto& x = at->second;
  x.report = std::move(known_job);
  x.at = {rank_of(x.report), next_arrival_++};
  arrivals_[x.at.second] = id;
  if (x.report.over()) {
    x.now = phase::over;
    x.report.result = result_state::dropped;
    finish(x);
  } else if (x.report.state != job_state::running) {
    put_in(x);
  } else {
    x.now = phase::running;
    x.report.result = result_state::held;
    x.heard_ms = now;
    ++running_;
    if (!worker_lives)
      lose(x, now);
  }
}

void job_queue::put_in(job& x) {
  x.now = phase::waiting;
  x.report.state = job_state::waiting;
  x.worker = 0;
  waiting_[x.at] = x.report.order.id;
}

void job_queue::hold(std::int64_t until) {
  held_until_ = until;
}

std::optional<queue_score> job_queue::bid(std::int64_t now) const {
  if (waiting_.empty() || running_ >= settings_.running_max
      || now < held_until_)
    return std::nullopt;
  queue_score result;
  result.job_weight
      = (now - waiting_.begin()->first.first) * 1000 / overtake_ms;
  auto share = [](std::size_t part, std::uint32_t whole) {
    return static_cast<std::int64_t>(part * 1000 / whole);
  };
  result.dynamic_factor = share(waiting_.size(), settings_.capacity)
                          - share(running_, settings_.running_max);
  // The logarithm keeps what a light queue has to wait for within minutes.
  result.queue_weight = std::llround(
      1000 * std::log2(1 + static_cast<double>(settings_.weight_milli) / 1000));
  return result;
}

std::optional<job_report> job_queue::take(std::uint64_t worker,
                                          const std::string& node,
                                          const std::string& engine,
                                          std::int64_t now) {
  if (!bid(now))
    return std::nullopt;
  auto first = waiting_.begin();
  auto& x = *known(first->second);
  waiting_.erase(first);
  ++running_;
  x.now = phase::starting;
  x.worker = worker;
  ++x.report.attempt;
  x.report.worker = node;
  x.report.engine = engine;
  x.report.started_ms = now;
  auto result = x.report;
  result.state = job_state::running;
  return result;
}

bool job_queue::started(const std::string& id, std::uint32_t attempt,
                        std::int64_t now) {
  auto* x = known(id);
  if (!x || x->now != phase::starting || x->report.attempt != attempt)
    return false;
  x->now = phase::running;
  x->report.state = job_state::running;
  x->report.result = result_state::held;
  ++x->report.starts;
  x->heard_ms = now;
  if (x->worker == 0)
    lose(*x, now);
  return x->now == phase::running;
}

void job_queue::not_started(const std::string& id, std::uint32_t attempt) {
  auto* x = known(id);
  if (!x || x->now != phase::starting || x->report.attempt != attempt)
    return;
  --running_;
  x->report.worker.clear();
  x->report.started_ms = 0;
  put_in(*x);
}

bool job_queue::release(const std::string& id, std::uint32_t attempt) {
  auto* x = known(id);
  if (!x || x->report.attempt != attempt || x->worker == 0)
    return false;
  x->report.released = true;
  return true;
}

job_queue::news_answer job_queue::take_news(const job_news& x,
                                            std::uint64_t worker,
                                            std::int64_t now) {
  auto* found = known(x.id);
  if (!found || found->report.attempt != x.attempt)
    return news_answer::foreign;
  auto runs = found->now == phase::running;
  auto holds = found->now == phase::over && x.result == result_state::held;
  if (found->worker == 0 && (runs || holds))
    found->worker = worker;
  if (found->worker != worker)
    return found->now == phase::over ? news_answer::settled
                                     : news_answer::foreign;
  auto& report = found->report;
  found->heard_ms = now;
  report.rows = x.rows;
  report.bytes = x.bytes;
  report.result = x.result;
  report.released = report.released || x.released;
  if (x.over && runs)
    begin_end(*found, x.error, now);
  if (found->now != phase::over)
    return news_answer::taken;
  if (x.result != result_state::held)
    found->worker = 0;
  return news_answer::settled;
}

// -- ends --------------------------------------------------------------------

void job_queue::begin_end(job& x, const job_error& why, std::int64_t now) {
  HERALD_CHECK(x.now < phase::ending, "a job ends once");
  if (x.now == phase::waiting)
    waiting_.erase(x.at);
  else
    --running_;
  x.now = phase::ending;
  x.why = why;
  x.finished_ms = now;
  ending_.insert(x.report.order.id);
}

std::vector<job_report> job_queue::endings(std::int64_t now) {
  std::vector<job_report> result;
  for (const auto& id : ending_) {
    auto& x = *known(id);
    if (x.end_asked_ms && now - *x.end_asked_ms < end_again_ms)
      continue;
    x.end_asked_ms = now;
    auto& made = result.emplace_back(x.report);
    made.error = x.why;
    made.finished_ms = x.finished_ms;
  }
  return result;
}

std::optional<std::uint64_t> job_queue::ended(const std::string& id) {
  auto* x = known(id);
  if (!x || x->now != phase::ending)
    return std::nullopt;
  ending_.erase(id);
  auto& report = x->report;
  report.state = x->why.code == 0 ? job_state::success : job_state::fail;
  report.error = std::move(x->why);
  report.finished_ms = x->finished_ms;
  if (report.state == job_state::fail)
    report.result = result_state::dropped;
  x->now = phase::over;
  auto worker = x->worker;
  if (report.result != result_state::held)
    x->worker = 0;
  finish(*x);
  return worker == 0 ? std::nullopt : std::optional(worker);
}

void job_queue::finish(job& x) {
  auto& sql = x.report.order.sql;
  sql.resize(cut_text(sql, history_sql_max).size());
  ended_.push_back(x.report.order.id);
  if (ended_.size() <= history_max)
    return;
  auto oldest = jobs_.find(ended_.front());
  ended_.pop_front();
  arrivals_.erase(oldest->second.at.second);
  jobs_.erase(oldest);
}

std::optional<std::uint64_t> job_queue::cancel(const std::string& id,
                                               const absl::Status& why,
                                               std::int64_t now) {
  auto* x = known(id);
  if (!x)
    return std::nullopt;
  auto starting = x->now == phase::starting;
  auto worker = std::exchange(x->worker, 0);
  if (x->now >= phase::ending)
    x->report.result = result_state::dropped;
  else
    begin_end(*x, to_error(why), now);
  // A worker that waits for the start does not get the job.
  if (starting)
    return std::nullopt;
  return worker == 0 ? std::nullopt : std::optional(worker);
}

void job_queue::worker_lost(std::uint64_t worker, std::int64_t now) {
  std::vector<job*> lost;
  for (auto& [id, x] : jobs_)
    if (x.worker == worker)
      lost.push_back(&x);
  for (auto* x : lost)
    lose(*x, now);
}

void job_queue::lose(job& x, std::int64_t now) {
  x.worker = 0;
  auto& report = x.report;
  if (x.now >= phase::ending)
    report.result = result_state::dropped;
  if (x.now != phase::running)
    return;
  auto fail = [&](const char* what) {
    begin_end(
        x,
        to_error(absl::UnavailableError(fmt::format(
            "node {} was lost while it ran the job{}", report.worker, what))),
        now);
  };
  if (report.released || report.starts >= losses_max)
    return fail(" (submit it again)");
  if (!is_repeatable(report.order.sql))
    return fail(", and a statement that may change something is not run "
                "twice (look what it did, then submit it again)");
  --running_;
  report.worker.clear();
  report.result = result_state::none;
  report.started_ms = 0;
  report.rows = 0;
  report.bytes = 0;
  put_in(x);
}

std::vector<std::pair<std::string, std::uint64_t>>
job_queue::expire(std::int64_t now) {
  std::vector<std::string> late;
  std::vector<std::string> silent;
  for (const auto& [id, x] : jobs_) {
    const auto& report = x.report;
    if (x.now >= phase::ending)
      continue;
    if (now - report.submitted_ms >= timeout_of(report.order))
      late.push_back(id);
    else if (x.now == phase::running && now - x.heard_ms >= silence_max_ms)
      silent.push_back(id);
  }
  std::vector<std::pair<std::string, std::uint64_t>> result;
  for (const auto& id : late) {
    const auto& x = *known(id);
    const bool waits = x.now == phase::waiting;
    auto why = absl::DeadlineExceededError(fmt::format(
        "the job was not done within {} ms of its submission ({})",
        timeout_of(x.report.order),
        waits ? "it still waited for a worker; submit it with a longer timeout"
              : "submit it with a longer timeout, or ask for less"));
    if (auto worker = cancel(id, why, now))
      result.emplace_back(id, *worker);
  }
  for (const auto& id : silent) {
    auto& x = *known(id);
    if (x.worker != 0)
      result.emplace_back(id, x.worker);
    lose(x, now);
  }
  return result;
}

std::optional<job_report> job_queue::find(const std::string& id) const {
  const auto* x = known(id);
  if (!x)
    return std::nullopt;
  auto result = x->report;
  if (x->now == phase::waiting)
    result.position = static_cast<std::uint32_t>(
        std::distance(waiting_.begin(), waiting_.find(x->at)) + 1);
  return result;
}

std::optional<job_state> job_queue::state_of(const std::string& id) const {
  const auto* x = known(id);
  return x ? std::optional(x->report.state) : std::nullopt;
}

std::optional<std::uint64_t> job_queue::worker_of(const std::string& id) const {
  const auto* x = known(id);
  return x && x->worker != 0 ? std::optional(x->worker) : std::nullopt;
}

std::pair<std::vector<job_report>, bool>
job_queue::list(const std::function<bool(const job_report&)>& wanted,
                std::size_t limit) const {
  std::vector<job_report> result;
  for (auto at = arrivals_.rbegin(); at != arrivals_.rend(); ++at) {
    const auto& x = known(at->second)->report;
    if (!wanted(x))
      continue;
    if (result.size() == limit)
      return {std::move(result), true};
    result.push_back(x);
  }
  return {std::move(result), false};
}

queue_report job_queue::report(std::int64_t now) const {
  queue_report result;
  result.settings = settings_;
  result.waiting = static_cast<std::uint32_t>(waiting_.size());
  result.running = running_;
  result.score = bid(now).value_or(queue_score{});
  return result;
}

} // namespace herald
