#include "tools/client/client.hpp"

#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_requests.hpp"
#include "engine/common/error.hpp"
#include "tools/client/connection.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kj/debug.h>

namespace herald {

using detail::client_connection;

namespace detail {

/// A call of `next` that nobody waits for any more stays open, since its
/// answer may be on its way already, and a piece is handed out only once.
struct job_handle {
  void ask() {
    asking = true;
    asked = job.nextRequest()
                .send()
                .then([this](capnp::Response<protocol::NextReply> got) {
                  piece = kj::mv(got);
                })
                .fork();
  }

  client_connection& connection;
  protocol::Job::Client job;
  bool asking = false;
  kj::Maybe<capnp::Response<protocol::NextReply>> piece = nullptr;
  kj::ForkedPromise<void> asked = nullptr;
};

} // namespace detail

namespace {

/// Sends `what` as the parameters of `request` and waits for its reply.
template <class Request, class Struct>
auto call(client_connection& connection, Request request, const Struct& what) {
  write(request, what);
  return connection.wait(request.send(), connection.deadline());
}

template <class Request, class Struct>
absl::Status call_done(client_connection& connection, Request request,
                       const Struct& what) {
  return call(connection, kj::mv(request), what).status();
}

/// Like `call`, and reads the reply into the struct that stands for it.
template <class Request, class Struct>
auto call_read(client_connection& connection, Request request,
               const Struct& what)
    -> absl::StatusOr<decltype(gateway::read(*call(connection, kj::mv(request),
                                                   what)))> {
  HERALD_ASSIGN(auto reply, call(connection, kj::mv(request), what));
  return gateway::read(reply);
}

template <class Request, class Struct>
absl::StatusOr<std::uint32_t> call_version(client_connection& connection,
                                           Request request,
                                           const Struct& what) {
  HERALD_ASSIGN(auto reply, call(connection, kj::mv(request), what));
  return reply.getVersion();
}

} // namespace

client_job::client_job(std::unique_ptr<detail::job_handle> handle,
                       std::string id)
    : handle_(std::move(handle)), id_(std::move(id)) {}

client_job::client_job(client_job&&) noexcept = default;
client_job& client_job::operator=(client_job&&) noexcept = default;
client_job::~client_job() = default;

absl::StatusOr<gateway::job_status> client_job::status() {
  return wait_for_change(gateway::job_state::fresh, absl::ZeroDuration());
}

absl::StatusOr<gateway::job_status>
client_job::wait_for_change(gateway::job_state seen, absl::Duration wait) {
  auto request = handle_->job.statusRequest();
  auto wait_ms = std::clamp<std::int64_t>(absl::ToInt64Milliseconds(wait), 0,
                                          gateway::max_status_wait_ms);
  request.setWaitMs(static_cast<std::uint32_t>(wait_ms));
  request.setSeen(static_cast<protocol::JobState>(seen));
  auto limit = handle_->connection.deadline() + absl::Milliseconds(wait_ms);
  HERALD_ASSIGN(auto reply, handle_->connection.wait(request.send(), limit));
  return gateway::read(reply.getStatus());
}

absl::StatusOr<std::optional<std::string>>
client_job::next(absl::Duration limit) {
  if (!handle_->asking)
    handle_->ask();
  auto got = detail::wait_for(handle_->connection.io(),
                              handle_->asked.addBranch(), limit);
  if (absl::IsDeadlineExceeded(got))
    return got;
  handle_->asking = false;
  HERALD_TRY(got);
  auto reply = kj::mv(KJ_ASSERT_NONNULL(handle_->piece));
  if (reply.hasError())
    return gateway::read_error(reply.getError());
  if (reply.getDone())
    return std::nullopt;
  auto data = reply.getData();
  return std::string(reinterpret_cast<const char*>(data.begin()), data.size());
}

bool client_job::waits() const {
  return handle_->asking;
}

absl::Status client_job::cancel() {
  return handle_->connection
      .wait(handle_->job.cancelRequest().send(), handle_->connection.deadline())
      .status();
}

client::client(std::unique_ptr<client_connection> connection)
    : connection_(std::move(connection)) {}

client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

absl::StatusOr<client> client::connect(const std::string& address,
                                       absl::Duration deadline) {
  auto io = detail::thread_io();
  kj::Own<kj::AsyncIoStream> stream;
  auto connected
      = detail::wait_for(*io,
                         kj::evalNow([&]() {
                           return io->provider->getNetwork().parseAddress(
                               kj::heapString(address.c_str()));
                         })
                             .then([](kj::Own<kj::NetworkAddress> parsed) {
                               auto promise = parsed->connect();
                               return promise.attach(kj::mv(parsed));
                             })
                             .then([&stream](kj::Own<kj::AsyncIoStream> got) {
                               stream = kj::mv(got);
                             }),
                         deadline);
  if (!connected.ok())
    return absl::UnavailableError(
        fmt::format("cannot connect to {}: {} (is a node running there?)",
                    address, message_of(connected)));
  return client(std::make_unique<client_connection>(std::move(io),
                                                    kj::mv(stream), deadline));
}

absl::StatusOr<std::uint32_t>
client::create_task(const gateway::create_task& what) {
  return call_version(*connection_, connection_->herald().createTaskRequest(),
                      what);
}

absl::StatusOr<std::uint32_t>
client::update_task(const gateway::update_task& what) {
  return call_version(*connection_, connection_->herald().updateTaskRequest(),
                      what);
}

absl::Status client::start_task(const gateway::object_ref& which) {
  return call_done(*connection_, connection_->herald().startTaskRequest(),
                   which);
}

absl::Status client::stop_task(const gateway::object_ref& which) {
  return call_done(*connection_, connection_->herald().stopTaskRequest(),
                   which);
}

absl::Status client::delete_task(const gateway::object_ref& which) {
  return call_done(*connection_, connection_->herald().deleteTaskRequest(),
                   which);
}

absl::StatusOr<gateway::listing<gateway::task_status>>
client::list_tasks(const gateway::list_objects& which) {
  return call_read(*connection_, connection_->herald().listTasksRequest(),
                   which);
}

absl::StatusOr<gateway::task_description>
client::task_status(const gateway::object_ref& which) {
  return call_read(*connection_, connection_->herald().taskStatusRequest(),
                   which);
}

absl::StatusOr<gateway::rule_version>
client::put_rule(const gateway::put_rule& what) {
  return call_read(*connection_, connection_->herald().putRuleRequest(), what);
}

absl::Status client::delete_rule(const gateway::object_ref& which) {
  return call_done(*connection_, connection_->herald().deleteRuleRequest(),
                   which);
}

absl::StatusOr<gateway::listing<gateway::rule_status>>
client::list_rules(const gateway::list_objects& which) {
  return call_read(*connection_, connection_->herald().listRulesRequest(),
                   which);
}

absl::StatusOr<client_job> client::submit(const gateway::submit_query& what) {
  HERALD_ASSIGN(
      auto reply,
      call(*connection_, connection_->herald().submitQueryRequest(), what));
  return client_job(
      std::make_unique<detail::job_handle>(*connection_, reply.getJob()),
      reply.getJobId().cStr());
}

absl::StatusOr<client_job> client::get_job(const std::string& id) {
  auto request = connection_->herald().getJobRequest();
  request.setJobId(id);
  HERALD_ASSIGN(auto reply,
                connection_->wait(request.send(), connection_->deadline()));
  return client_job(
      std::make_unique<detail::job_handle>(*connection_, reply.getJob()), id);
}

absl::StatusOr<gateway::listing<gateway::job_status>>
client::list_jobs(const gateway::list_jobs& which) {
  return call_read(*connection_, connection_->herald().listJobsRequest(),
                   which);
}

absl::Status client::put_queue(const gateway::queue_spec& what) {
  return call_done(*connection_, connection_->herald().putQueueRequest(), what);
}

absl::StatusOr<gateway::listing<gateway::queue_status>> client::list_queues() {
  HERALD_ASSIGN(
      auto reply,
      connection_->wait(connection_->herald().listQueuesRequest().send(),
                        connection_->deadline()));
  return gateway::read(reply);
}

absl::StatusOr<gateway::cluster_status> client::cluster_status() {
  HERALD_ASSIGN(
      auto reply,
      connection_->wait(connection_->herald().clusterStatusRequest().send(),
                        connection_->deadline()));
  return gateway::read(reply);
}

absl::StatusOr<gateway::node_status>
client::node_status(const std::string& node) {
  auto request = connection_->herald().nodeStatusRequest();
  request.setNode(node);
  HERALD_ASSIGN(auto reply,
                connection_->wait(request.send(), connection_->deadline()));
  return gateway::read(reply);
}

absl::StatusOr<std::vector<gateway::setting>>
client::get_settings(const std::string& prefix) {
  auto request = connection_->herald().getSettingsRequest();
  request.setPrefix(prefix);
  HERALD_ASSIGN(auto reply,
                connection_->wait(request.send(), connection_->deadline()));
  return gateway::read(reply);
}

absl::StatusOr<std::uint32_t>
client::put_setting(const gateway::put_setting& what) {
  return call_version(*connection_, connection_->herald().putSettingRequest(),
                      what);
}

} // namespace herald
