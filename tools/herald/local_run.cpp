#include "tools/herald/local_run.hpp"

#include "actors/actor_base.hpp"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace herald {

namespace {

std::atomic<int> stops{0};
std::atomic<bool> process_ends{false};

extern "C" void on_signal(int signal) {
  if (signal != SIGINT)
    process_ends = true;
  stops.fetch_add(1);
}

/// What the owner actor and the waiting thread share.
struct meeting {
  std::mutex mutex;
  std::condition_variable changed;
  task_event last;
  bool over = false;
};

bool is_over(task_state x) {
  return x == task_state::stopped || x == task_state::finished
         || x == task_state::failed;
}

task_owner::behavior_type watch(task_owner::pointer self,
                                std::shared_ptr<meeting> shared) {
  return {[self, shared](const task_event& x) {
    std::lock_guard lock(shared->mutex);
    shared->last = x;
    if (!is_over(x.state))
      return;
    shared->over = true;
    shared->changed.notify_all();
    self->quit();
  }};
}

constexpr auto look_every = std::chrono::milliseconds(200);

/// Says once when a task begins to wait for the world outside.
class problem_notes {
public:
  void look(const task_report& x) {
    if (!x.problem.empty() && !waiting_)
      fmt::print(stderr, "{}waiting: {}\n",
                 isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "", x.problem);
    waiting_ = !x.problem.empty();
  }

private:
  bool waiting_ = false;
};

} // namespace

absl::Status failure_of(const std::string& reason) {
  constexpr auto code = absl::StatusCode::kUnknown;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  if (std::sscanf(reason.c_str(), "line %u, column %u:", &line, &column) != 2
      || column == 0)
    return {code, reason};
  return placed_error(code, reason, {line, column, 0, 1});
}

absl::Status local_result::left_behind() const {
  if (last.state != task_state::stopped || last.reason.empty())
    return absl::OkStatus();
  return user_error("it was stopped before all was out: " + last.reason,
                    "what is not out and came from Kafka is read again by the "
                    "next run");
}

std::string local_result::last_malformed() const {
  for (const auto& stage : figures)
    if (!stage.last_malformed.empty())
      return stage.last_malformed;
  return {};
}

local_system::local_system() {
  auto cores = std::max(1u, std::thread::hardware_concurrency());
  config_.add_message_types<caf::id_block::herald>();
  config_.set("scheduler.policy", caf::atom("sharing"));
  config_.set("scheduler.max-threads", static_cast<std::size_t>(cores));
  config_.set("scheduler.max-throughput", scheduler_throughput);
  system_ = std::make_unique<caf::actor_system>(config_);
}

local_system::~local_system() = default;

local_result run_local(local_system& system,
                       std::shared_ptr<const task_spec> spec,
                       const progress_function& progress) {
  auto shared = std::make_shared<meeting>();
  auto metrics = std::make_shared<task_metrics>(*spec->graph);
  auto owner = system.actors().spawn(watch, shared);
  auto started = std::chrono::steady_clock::now();
  auto task = spawn_task(system.actors(), task_ref{1, 1}, spec, metrics, owner);
  caf::anon_send(task, atom::run_v);
  local_result result;
  problem_notes notes;
  int answered = 0; // one that came while the plan was made counts, too
  bool drained = false;
  std::unique_lock lock(shared->mutex);
  while (!shared->over) {
    shared->changed.wait_for(lock, look_every);
    auto asked = stops.load();
    if (asked > answered) {
      if (asked - answered > 1 || answered > 0)
        caf::anon_send_exit(task, caf::exit_reason::kill);
      else
        caf::anon_send(task, atom::stop_v);
      if (answered > 0) {
        shared->last.state = task_state::stopped;
        shared->last.reason = "it was ended at once";
        break;
      }
      answered = asked;
    }
    if (!shared->over) {
      lock.unlock();
      task_report report;
      metrics->sum(report);
      notes.look(report);
      if (progress && !drained && !progress(report)) {
        drained = true;
        caf::anon_send(task, atom::stop_v);
      }
      lock.lock();
    }
  }
  result.last = shared->last;
  lock.unlock();
  caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  metrics->sum(result.report);
  result.figures = metrics->figures();
  result.seconds = std::chrono::duration<double>(
                       std::chrono::steady_clock::now() - started)
                       .count();
  return result;
}

void catch_signals() {
  struct sigaction action {};

  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  // The terminal is gone, which nohup makes nothing of.
  struct sigaction before {};

  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, nullptr);
}

int stop_requests() {
  return stops.load();
}

bool forget_stop_requests() {
  stops = 0;
  return !process_ends;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

} // namespace herald
