#include "cluster/job_book.hpp"

#include "cluster/catalog_rules.hpp"
#include "cluster/limits.hpp"

#include <algorithm>

namespace herald::cluster {

namespace {

bool is_valid(const job_error& error) {
  return error.message.size() <= max_reason_bytes
         && error.hint.size() <= max_reason_bytes;
}

bool is_valid(const job_order& order) {
  return order.id.size() <= max_name_bytes && !order.id.empty()
         && order.user.size() <= max_user_bytes
         && order.sql.size() <= max_job_sql_bytes
         && order.kind <= job_kind::importing
         && order.format <= result_format::json_lines;
}

bool is_valid(const job_report& job) {
  return is_valid(job.order) && is_valid(job.error) && is_name(job.queue)
         && job.worker.size() <= max_name_bytes
         && job.engine.size() <= max_name_bytes;
}

} // namespace

const job_entry* job_book::find(const std::string& id) const {
  if (auto at = open_.find(id); at != open_.end())
    return &at->second;
  auto has_id = [&id](const job_entry& x) { return x.job.order.id == id; };
  auto at = std::find_if(ended_.begin(), ended_.end(), has_id);
  return at == ended_.end() ? nullptr : &*at;
}

std::size_t job_book::open_in(const std::string& queue) const {
  auto at = counts_.find(queue);
  return at == counts_.end() ? 0 : at->second;
}

std::vector<const job_entry*>
job_book::submitted_after(const std::string& queue, log_position after) const {
  std::vector<const job_entry*> result;
  for (auto at = arrivals_.upper_bound(after); at != arrivals_.end(); ++at)
    if (const auto& entry = open_.at(at->second); entry.job.queue == queue)
      result.push_back(&entry);
  return result;
}

// -- changes -----------------------------------------------------------------

refusal job_book::submit(log_position at, const submit_job_command& what,
                         std::int64_t submitted_ms, std::size_t queue_max) {
  job_entry made{at, {}};
  made.job.order = what.order;
  made.job.queue = what.queue;
  made.job.state = job_state::waiting;
  made.job.submitted_ms = submitted_ms;
  if (!is_valid(made.job))
    return refusal::malformed;
  if (find(what.order.id))
    return refusal::version_differs;
  auto bytes = open_bytes_ + what.order.sql.size();
  if (open_.size() >= max_open_jobs || bytes > max_job_bytes
      || open_in(what.queue) >= queue_max)
    return refusal::full;
  open_bytes_ = bytes;
  ++counts_[what.queue];
  arrivals_[at] = what.order.id;
  open_.emplace(what.order.id, std::move(made));
  return refusal::none;
}

refusal job_book::start(const start_job_command& what) {
  if (what.worker.size() > max_name_bytes
      || what.engine.size() > max_name_bytes)
    return refusal::malformed;
  auto at = open_.find(what.id);
  if (at == open_.end())
    return refusal::unknown;
  auto& job = at->second.job;
  if (job.queue != what.by.queue || what.attempt <= job.attempt)
    return refusal::stale;
  job.state = job_state::running;
  job.attempt = what.attempt;
  ++job.starts;
  job.worker = what.worker;
  job.engine = what.engine;
  job.started_ms = what.started_ms;
  return refusal::none;
}

refusal job_book::end(const end_job_command& what) {
  if (!is_valid(what.error))
    return refusal::malformed;
  auto at = open_.find(what.id);
  if (at == open_.end())
    return refusal::unknown;
  auto& job = at->second.job;
  if (job.queue != what.by.queue)
    return refusal::stale;
  job.rows = what.rows;
  job.bytes = what.bytes;
  close(at, what.error, what.finished_ms);
  return refusal::none;
}

void job_book::end_all(const std::string& queue, std::int64_t now_ms) {
  auto gone = static_cast<std::uint8_t>(absl::StatusCode::kCancelled);
  for (auto at = open_.begin(); at != open_.end();) {
    auto next = std::next(at);
    if (at->second.job.queue == queue)
      close(at, {gone, "the queue of the job was deleted", 0, 0, {}}, now_ms);
    at = next;
  }
}

void job_book::close(std::map<std::string, job_entry>::iterator which,
                     const job_error& error, std::int64_t now_ms) {
  auto entry = std::move(which->second);
  open_.erase(which);
  arrivals_.erase(entry.at);
  auto& job = entry.job;
  open_bytes_ -= job.order.sql.size();
  if (--counts_[job.queue] == 0)
    counts_.erase(job.queue);
  job.state = error.code == 0 ? job_state::success : job_state::fail;
  job.error = error;
  job.finished_ms = now_ms;
  cut(job.order.sql, max_ended_sql_bytes);
  remember(std::move(entry));
}

void job_book::remember(job_entry entry) {
  ended_.push_back(std::move(entry));
  if (ended_.size() > max_ended_jobs)
    ended_.pop_front();
}

bool job_book::restore(job_entry entry) {
  const auto& job = entry.job;
  if (!is_valid(job) || find(job.order.id))
    return false;
  if (job.over()) {
    if (ended_.size() >= max_ended_jobs
        || job.order.sql.size() > max_ended_sql_bytes)
      return false;
    remember(std::move(entry));
    return true;
  }
  open_bytes_ += job.order.sql.size();
  if (job.state == job_state::fresh || open_.size() >= max_open_jobs
      || open_bytes_ > max_job_bytes
      || !arrivals_.emplace(entry.at, job.order.id).second)
    return false;
  ++counts_[job.queue];
  auto id = job.order.id;
  open_.emplace(std::move(id), std::move(entry));
  return true;
}

} // namespace herald::cluster
