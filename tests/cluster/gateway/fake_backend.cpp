#include "tests/cluster/gateway/fake_backend.hpp"

#include "engine/common/error.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace herald::gateway {

namespace {

std::string key_of(const object_ref& which) {
  return which.project + "/" + which.name;
}

absl::Status no_such(std::string_view what, std::string_view name) {
  return absl::NotFoundError(fmt::format("no {} {}", what, name));
}

absl::Status wrong_sql() {
  return user_error({2, 7, 15, 3}, "unknown column usr", "did you mean user?");
}

bool is_wrong(const std::string& text) {
  return text.find("usr") != std::string::npos;
}

std::vector<char> batch_of(const std::string& id, int number,
                           std::size_t bytes) {
  auto line = fmt::format("{{\"job\":\"{}\",\"batch\":{}}}\n", id, number);
  std::vector<char> out(line.begin(), line.end());
  for (std::size_t i = 0; out.size() < bytes; ++i)
    out.push_back(static_cast<char>('a' + i % 26));
  return out;
}

} // namespace

fake_backend::fake_backend() : thread_([this] { run_other_thread(); }) {}

fake_backend::~fake_backend() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void fake_backend::run_other_thread() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !other_.empty(); });
    if (other_.empty())
      return;
    auto next = std::move(other_.front());
    other_.pop_front();
    lock.unlock();
    next();
    next = nullptr;
    lock.lock();
  }
}

void fake_backend::set_mode(answer_mode mode) {
  std::lock_guard lock(mutex_);
  mode_ = mode;
}

void fake_backend::release() {
  std::lock_guard lock(mutex_);
  mode_ = answer_mode::other_thread;
  for (auto& one : held_)
    other_.push_back(std::move(one));
  held_.clear();
  changed_.notify_all();
}

void fake_backend::wait_for_held(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return held_.size() >= count; });
}

void fake_backend::wait_for_cancel(const std::string& id) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled_[id]; });
}

bool fake_backend::cancelled(const std::string& id) {
  std::lock_guard lock(mutex_);
  return cancelled_[id];
}

gateway::submit_query fake_backend::last_query() {
  std::lock_guard lock(mutex_);
  return last_query_;
}

absl::Status fake_backend::check_task(const object_ref& which) {
  std::lock_guard lock(mutex_);
  if (!tasks_.contains(key_of(which)))
    return no_such("task", which.name);
  return absl::OkStatus();
}

void fake_backend::create_task(gateway::create_task what,
                               reply<std::uint32_t> version) {
  absl::StatusOr<std::uint32_t> answer = 1u;
  {
    std::lock_guard lock(mutex_);
    auto key = what.project + "/" + what.name;
    if (is_wrong(what.sql)) {
      answer = wrong_sql();
    } else if (tasks_.contains(key)) {
      answer = absl::AlreadyExistsError("task " + what.name + " exists");
    } else {
      auto& task = tasks_[key];
      task.status.project = what.project;
      task.status.name = what.name;
      task.status.version = 1;
      task.status.owner = "node-1";
      task.status.wanted
          = what.start ? wanted_state::running : wanted_state::stopped;
      task.status.records_in = 12345678901234ull;
      task.sql = what.sql;
      task.options = what.options;
    }
  }
  give(std::move(version), std::move(answer));
}

void fake_backend::update_task(gateway::update_task what,
                               reply<std::uint32_t> version) {
  absl::StatusOr<std::uint32_t> answer = 0u;
  {
    std::lock_guard lock(mutex_);
    auto found = tasks_.find(what.project + "/" + what.name);
    if (found == tasks_.end()) {
      answer = no_such("task", what.name);
    } else if (is_wrong(what.sql)) {
      answer = wrong_sql();
    } else if (what.if_version != 0
               && what.if_version != found->second.status.version) {
      answer = absl::AbortedError("another version stands");
    } else {
      found->second.sql = what.sql;
      found->second.options = what.options;
      answer = ++found->second.status.version;
    }
  }
  give(std::move(version), std::move(answer));
}

void fake_backend::start_task(object_ref which, reply<done> answer) {
  auto status = check_task(which);
  if (!status.ok())
    return give(std::move(answer), status);
  {
    std::lock_guard lock(mutex_);
    auto& task = tasks_[key_of(which)].status;
    task.wanted = wanted_state::running;
    task.actual = task_state::running;
  }
  give(std::move(answer), done{});
}

void fake_backend::stop_task(object_ref which, reply<done> answer) {
  auto status = check_task(which);
  if (!status.ok())
    return give(std::move(answer), status);
  {
    std::lock_guard lock(mutex_);
    auto& task = tasks_[key_of(which)].status;
    task.wanted = wanted_state::stopped;
    task.actual = task_state::stopped;
  }
  give(std::move(answer), done{});
}

void fake_backend::delete_task(object_ref which, reply<done> answer) {
  absl::StatusOr<done> result = done{};
  {
    std::lock_guard lock(mutex_);
    auto found = tasks_.find(key_of(which));
    if (found == tasks_.end())
      result = no_such("task", which.name);
    else if (found->second.status.wanted == wanted_state::running)
      result = absl::FailedPreconditionError("the task runs (stop it first)");
    else
      tasks_.erase(found);
  }
  give(std::move(answer), std::move(result));
}

void fake_backend::list_tasks(list_objects which,
                              reply<listing<gateway::task_status>> answer) {
  listing<gateway::task_status> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, task] : tasks_)
      if (which.project.empty() || task.status.project == which.project)
        out.items.push_back(task.status);
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::task_status(object_ref which,
                               reply<task_description> answer) {
  auto status = check_task(which);
  absl::StatusOr<task_description> out;
  if (!status.ok()) {
    out = status;
  } else {
    std::lock_guard lock(mutex_);
    out = tasks_[key_of(which)];
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::put_rule(gateway::put_rule what,
                            reply<rule_version> answer) {
  absl::StatusOr<rule_version> out = rule_version{};
  if (is_wrong(what.yaml) || what.yaml.rfind("name: ", 0) != 0) {
    out = wrong_sql();
  } else {
    std::lock_guard lock(mutex_);
    out->name = what.yaml.substr(6, what.yaml.find('\n') - 6);
    auto& rule = rules_[what.project + "/" + out->name];
    rule.project = what.project;
    rule.name = out->name;
    rule.state = rule_state::running;
    rule.matches = 7;
    out->version = ++rule.version;
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::delete_rule(object_ref which, reply<done> answer) {
  absl::StatusOr<done> result = done{};
  {
    std::lock_guard lock(mutex_);
    if (rules_.erase(key_of(which)) == 0)
      result = no_such("rule", which.name);
  }
  give(std::move(answer), std::move(result));
}

void fake_backend::list_rules(list_objects which,
                              reply<listing<rule_status>> answer) {
  listing<rule_status> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, rule] : rules_)
      if (which.project.empty() || rule.project == which.project)
        out.items.push_back(rule);
  }
  give(std::move(answer), std::move(out));
}

absl::StatusOr<fake_backend::fake_job>
fake_backend::plan(const gateway::submit_query& what) {
  fake_job job;
  unsigned long number = 0;
  if (std::sscanf(what.sql.c_str(), "rows %lu bytes %lu", &number,
                  &job.batch_bytes)
      >= 1) {
    job.batches = static_cast<int>(number);
  } else if (std::sscanf(what.sql.c_str(), "bytes %lu", &number) == 1) {
    job.batches = 1;
    job.batch_bytes = number;
  } else if (std::sscanf(what.sql.c_str(), "fail after %lu", &number) == 1) {
    job.batches = static_cast<int>(number);
    job.fails = true;
  } else if (what.sql == "fail") {
    job.fails = true;
  } else if (what.sql == "wait") {
    job.batches = -1;
  } else {
    return wrong_sql();
  }
  return job;
}

void fake_backend::submit_query(gateway::submit_query what,
                                reply<std::string> job_id) {
  auto job = plan(what);
  absl::StatusOr<std::string> id;
  if (!job.ok()) {
    id = job.status();
  } else {
    std::lock_guard lock(mutex_);
    id = fmt::format("job-{}", jobs_.size() + 1);
    last_query_ = what;
    job->status.id = *id;
    job->status.state = job_state::running;
    job->status.queue = what.queue;
    job->status.user = what.user;
    job->status.sql = what.sql;
    job->status.format = what.format;
    job->status.engine = "fake";
    jobs_[*id] = *job;
  }
  give(std::move(job_id), std::move(id));
}

void fake_backend::job_status(job_status_request which,
                              reply<gateway::job_status> answer) {
  absl::StatusOr<gateway::job_status> out = no_such("job", which.id);
  {
    std::lock_guard lock(mutex_);
    auto found = jobs_.find(which.id);
    if (found != jobs_.end())
      out = found->second.status;
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::job_next(std::string job_id, std::uint32_t,
                            reply<job_batch> answer) {
  absl::StatusOr<job_batch> out = job_batch{};
  {
    std::lock_guard lock(mutex_);
    auto& job = jobs_[job_id];
    if (job.batches < 0) {
      held_.emplace_back([to = std::move(answer)]() mutable {
        to(job_batch{{}, true});
      });
      changed_.notify_all();
      return;
    }
    if (job.taken < job.batches) {
      ++batches_taken_;
      out->bytes = batch_of(job_id, job.taken++, job.batch_bytes);
    } else if (job.fails) {
      job.status.state = job_state::fail;
      job.status.error = absl::ResourceExhaustedError("out of memory");
      out = job.status.error;
    } else {
      job.status.state = job_state::success;
      out->done = true;
    }
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::job_cancel(std::string job_id, reply<done> answer) {
  {
    std::lock_guard lock(mutex_);
    cancelled_[job_id] = true;
    auto& job = jobs_[job_id];
    job.status.state = job_state::fail;
    job.status.error = absl::CancelledError("cancelled");
  }
  changed_.notify_all();
  give(std::move(answer), done{});
}

} // namespace herald::gateway
