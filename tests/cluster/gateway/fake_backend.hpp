#pragma once

#include "cluster/gateway/backend.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <absl/functional/any_invocable.h>

// A backend for tests: keeps tasks, rules, queues and settings in maps, and
// makes results of a size that the SQL names. It answers at once, on another
// thread, when told to, or never. Methods are called on the gateway's thread;
// the rest on the test's. Bounded by what a test asks for.
//
// Statements: "rows N" gives N batches of about 30 bytes, "rows N bytes M" such
// of M bytes, "bytes M" a single one of M bytes, "fail" fails at once, "fail
// after N" after N batches, "wait" gives nothing until `release`, anything else
// is wrong at line 2, column 7.

namespace herald::gateway {

enum class answer_mode { at_once, other_thread, held, dropped };

class fake_backend final : public backend {
public:
  fake_backend();
  ~fake_backend() override;

  /// How calls from now on are answered.
  void set_mode(answer_mode mode);

  /// Answers all that is held.
  void release();

  /// Waits until `count` calls are held.
  void wait_for_held(std::size_t count);

  /// Waits until the job was cancelled.
  void wait_for_cancel(const std::string& id);

  bool cancelled(const std::string& id);

  int batches_taken() const {
    return batches_taken_;
  }

  gateway::submit_query last_query();

  /// Errors of the health check and the metrics; OK at first.
  void set_health(absl::Status status);

  void create_task(gateway::create_task what,
                   reply<std::uint32_t> version) override;
  void update_task(gateway::update_task what,
                   reply<std::uint32_t> version) override;
  void start_task(object_ref which, reply<done> answer) override;
  void stop_task(object_ref which, reply<done> answer) override;
  void delete_task(object_ref which, reply<done> answer) override;
  void list_tasks(list_objects which,
                  reply<listing<gateway::task_status>> answer) override;
  void task_status(object_ref which, reply<task_description> answer) override;
  void put_rule(gateway::put_rule what, reply<rule_version> answer) override;
  void delete_rule(object_ref which, reply<done> answer) override;
  void list_rules(list_objects which,
                  reply<listing<rule_status>> answer) override;
  void submit_query(gateway::submit_query what,
                    reply<std::string> job_id) override;
  void job_status(job_status_request which,
                  reply<gateway::job_status> answer) override;
  void job_next(std::string job_id, std::uint32_t max_bytes,
                reply<job_batch> answer) override;
  void job_cancel(std::string job_id, reply<done> answer) override;
  void list_jobs(gateway::list_jobs which,
                 reply<listing<gateway::job_status>> answer) override;
  void put_queue(queue_spec what, reply<done> answer) override;
  void list_queues(std::uint32_t limit,
                   reply<listing<queue_status>> answer) override;
  void cluster_status(reply<gateway::cluster_status> answer) override;
  void node_status(std::string node,
                   reply<gateway::node_status> answer) override;
  void get_settings(std::string prefix,
                    reply<std::vector<setting>> answer) override;
  void put_setting(gateway::put_setting what,
                   reply<std::uint32_t> version) override;
  void health(reply<done> answer) override;
  void metrics(reply<std::string> text) override;

private:
  struct fake_job {
    gateway::job_status status;
    int batches = 0;
    std::size_t batch_bytes = 0;
    bool fails = false;
    int taken = 0;
  };

  using action = absl::AnyInvocable<void()>;

  /// Answers in the way of the mode. `what` holds no lock.
  template <class T>
  void give(reply<T> to, std::type_identity_t<absl::StatusOr<T>> what);

  absl::Status check_task(const object_ref& which);
  absl::StatusOr<fake_job> plan(const gateway::submit_query& what);
  void run_other_thread();

  std::mutex mutex_;
  std::condition_variable changed_;
  answer_mode mode_ = answer_mode::at_once;
  std::vector<action> held_;
  std::deque<action> other_;
  bool ending_ = false;
  std::map<std::string, task_description> tasks_;
  std::map<std::string, rule_status> rules_;
  std::map<std::string, fake_job> jobs_;
  std::map<std::string, bool> cancelled_;
  std::map<std::string, queue_spec> queues_;
  std::map<std::string, setting> settings_;
  gateway::submit_query last_query_;
  absl::Status health_;
  std::atomic<int> batches_taken_ = 0;
  std::thread thread_;
};

template <class T>
void fake_backend::give(reply<T> to,
                        std::type_identity_t<absl::StatusOr<T>> what) {
  std::unique_lock lock(mutex_);
  if (mode_ == answer_mode::at_once) {
    lock.unlock();
    to(std::move(what));
    return;
  }
  if (mode_ == answer_mode::dropped)
    return;
  auto later = [to = std::move(to), what = std::move(what)]() mutable {
    to(std::move(what));
  };
  if (mode_ == answer_mode::held)
    held_.emplace_back(std::move(later));
  else
    other_.emplace_back(std::move(later));
  changed_.notify_all();
}

} // namespace herald::gateway
