#pragma once

#include "cluster/gateway/answers.hpp"
#include "cluster/gateway/requests.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <absl/time/time.h>

// A blocking client of the protocol in schemas/herald.capnp, for programs
// that do one thing at a time, as the command line does. One object is one
// connection; it and its jobs are used only on the thread that connected.
// Every call ends within its deadline. Errors carry the position in the text
// (`herald::position_of`) where there is one; `Unavailable` means that the
// connection or the node is gone: connect again.

namespace herald {

namespace detail {
class client_connection;
struct job_handle;
} // namespace detail

/// A submitted statement. Must not outlive its client. Destroying one that
/// `client::submit` returned before its result is consumed cancels the job,
/// unless it was submitted `detached`.
class client_job {
public:
  client_job(std::unique_ptr<detail::job_handle> handle, std::string id);
  client_job(client_job&&) noexcept;
  client_job& operator=(client_job&&) noexcept;
  ~client_job();

  const std::string& id() const {
    return id_;
  }

  /// Returns the job's state, at once.
  absl::StatusOr<gateway::job_status> status();

  /// Returns its state when that is no longer `seen`, or after `wait` (at
  /// most a minute).
  absl::StatusOr<gateway::job_status> wait_for_change(gateway::job_state seen,
                                                      absl::Duration wait);

  /// Returns the next piece of the result's byte stream, nothing at its end,
  /// or why the job failed. Waits up to `limit`; after `DeadlineExceeded`
  /// nothing is lost and it may be called again.
  absl::StatusOr<std::optional<std::string>> next(absl::Duration limit
                                                  = absl::InfiniteDuration());

  /// True if the last call of `next` only reached its limit: the same error
  /// may also be why the job failed.
  bool waits() const;

  absl::Status cancel();

private:
  std::unique_ptr<detail::job_handle> handle_;
  std::string id_;
};

class client {
public:
  /// Connects to "host:port". `deadline` bounds this and every later call
  /// but those that say otherwise.
  static absl::StatusOr<client> connect(const std::string& address,
                                        absl::Duration deadline);

  client(client&&) noexcept;
  client& operator=(client&&) noexcept;
  ~client();

  // Tasks. The first two return the version that now stands.
  absl::StatusOr<std::uint32_t> create_task(const gateway::create_task& what);
  absl::StatusOr<std::uint32_t> update_task(const gateway::update_task& what);
  absl::Status start_task(const gateway::object_ref& which);
  absl::Status stop_task(const gateway::object_ref& which);
  absl::Status delete_task(const gateway::object_ref& which);
  absl::StatusOr<gateway::listing<gateway::task_status>>
  list_tasks(const gateway::list_objects& which);
  absl::StatusOr<gateway::task_description>
  task_status(const gateway::object_ref& which);

  // Rules.
  absl::StatusOr<gateway::rule_version> put_rule(const gateway::put_rule& what);
  absl::Status delete_rule(const gateway::object_ref& which);
  absl::StatusOr<gateway::listing<gateway::rule_status>>
  list_rules(const gateway::list_objects& which);

  // Queries.
  absl::StatusOr<client_job> submit(const gateway::submit_query& what);
  absl::StatusOr<client_job> get_job(const std::string& id);
  absl::StatusOr<gateway::listing<gateway::job_status>>
  list_jobs(const gateway::list_jobs& which);

  // Queues.
  absl::Status put_queue(const gateway::queue_spec& what);
  absl::StatusOr<gateway::listing<gateway::queue_status>> list_queues();

  // Cluster. An empty `node` is the one that answers.
  absl::StatusOr<gateway::cluster_status> cluster_status();
  absl::StatusOr<gateway::node_status> node_status(const std::string& node);
  absl::StatusOr<std::vector<gateway::setting>>
  get_settings(const std::string& prefix);
  absl::StatusOr<std::uint32_t> put_setting(const gateway::put_setting& what);

private:
  explicit client(std::unique_ptr<detail::client_connection> connection);

  std::unique_ptr<detail::client_connection> connection_;
};

} // namespace herald
