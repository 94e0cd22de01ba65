#include "engine/serving/job_queue.hpp"

#include "engine/common/check.hpp"

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

absl::Status job_queue::submit(job_order order, std::int64_t now) {
  const auto& kinds = settings_.kinds;
  if (!kinds.empty()
      && std::find(kinds.begin(), kinds.end(),
                   static_cast<std::uint8_t>(order.kind))
             == kinds.end())
    return absl::InvalidArgumentError(fmt::format(
        "queue '{}' does not take jobs of this kind", settings_.name));
  if (waiting_.size() >= settings_.capacity)
    return absl::ResourceExhaustedError(
        fmt::format("queue '{}' is full: {} jobs wait (try again later)",
                    settings_.name, waiting_.size()));
  if (waiting_bytes_ + order.sql.size() > waiting_bytes_max)
    return absl::ResourceExhaustedError(
        fmt::format("the statements that wait in queue '{}' have {} bytes (try "
                    "again later)",
                    settings_.name, waiting_bytes_));
  if (known(order.id))
    return absl::AlreadyExistsError(
        fmt::format("there is a job {} already", order.id));
  auto id = order.id;
  job made;
  made.report.order = std::move(order);
  made.report.queue = settings_.name;
  made.report.submitted_ms = now;
  made.at = {rank_of(made.report), next_arrival_++};
  arrivals_[made.at.second] = id;
  put_in(jobs_.emplace(id, std::move(made)).first->second);
  return absl::OkStatus();
}

void job_queue::put_in(job& x) {
  x.report.state = job_state::waiting;
  x.worker = 0;
  waiting_[x.at] = x.report.order.id;
  waiting_bytes_ += x.report.order.sql.size();
}

std::optional<queue_score> job_queue::bid(std::int64_t now) const {
  if (waiting_.empty() || running_ >= settings_.running_max)
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
  waiting_bytes_ -= x.report.order.sql.size();
  waiting_.erase(first);
  ++running_;
  x.worker = worker;
  x.report.state = job_state::running;
  x.report.result = result_state::held;
  x.report.worker = node;
  x.report.engine = engine;
  x.report.started_ms = now;
  x.heard_ms = now;
  ++x.report.attempt;
  return x.report;
}

bool job_queue::release(const std::string& id, std::uint32_t attempt) {
  auto* x = known(id);
  if (!x || x->report.attempt != attempt || x->worker == 0)
    return false;
  x->report.released = true;
  return true;
}

void job_queue::take_news(const job_news& x, std::int64_t now) {
  auto* found = known(x.id);
  if (!found || found->report.attempt != x.attempt || found->worker == 0)
    return;
  auto& report = found->report;
  found->heard_ms = now;
  report.rows = x.rows;
  report.bytes = x.bytes;
  report.result = x.result;
  if (x.over && report.state == job_state::running)
    end(*found, x.error, now);
  if (report.over() && x.result != result_state::held)
    found->worker = 0;
}

void job_queue::end(job& x, const job_error& why, std::int64_t now) {
  auto& report = x.report;
  HERALD_CHECK(!report.over(), "a job ends once");
  if (report.state == job_state::running) {
    --running_;
  } else {
    waiting_.erase(x.at);
    waiting_bytes_ -= report.order.sql.size();
  }
  report.state = why.code == 0 ? job_state::success : job_state::fail;
  report.error = why;
  report.finished_ms = now;
  if (report.state == job_state::fail)
    report.result = result_state::dropped;
  if (report.order.sql.size() > history_sql_max)
    report.order.sql.resize(history_sql_max);
  ended_.push_back(report.order.id);
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
  auto worker = std::exchange(x->worker, 0);
  if (x->report.over())
    x->report.result = result_state::dropped;
  else
    end(*x, to_error(why), now);
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
  if (report.over()) {
    report.result = result_state::dropped;
    return;
  }
  if (report.released || report.attempt >= attempts_max)
    return end(x,
               to_error(absl::UnavailableError(fmt::format(
                   "node {} was lost while it ran the job (submit it again)",
                   report.worker))),
               now);
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
    if (report.over())
      continue;
    if (now - report.submitted_ms >= timeout_of(report.order))
      late.push_back(id);
    else if (report.state == job_state::running
             && now - x.heard_ms >= silence_max_ms)
      silent.push_back(id);
  }
  std::vector<std::pair<std::string, std::uint64_t>> result;
  for (const auto& id : late) {
    auto why = absl::DeadlineExceededError(
        fmt::format("the job was not done within {} ms of its submission",
                    timeout_of(known(id)->report.order)));
    if (auto worker = cancel(id, why, now))
      result.emplace_back(id, *worker);
  }
  for (const auto& id : silent) {
    auto& x = *known(id);
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
  if (result.state == job_state::waiting)
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
