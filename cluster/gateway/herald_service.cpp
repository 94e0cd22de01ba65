#include "cluster/gateway/herald_service.hpp"

#include "cluster/gateway/answering.hpp"
#include "cluster/gateway/job_service.hpp"

namespace herald::gateway {

namespace {

absl::Status too_many_jobs(std::uint32_t limit) {
  return placed_error(
      absl::StatusCode::kResourceExhausted,
      fmt::format("this connection holds {} jobs, the limit (release some)",
                  limit),
      {}, "release some");
}

} // namespace

kj::Promise<void> herald_service::createTask(CreateTaskContext context) {
  return forward(*who_, "createTask", context, &backend::create_task);
}

kj::Promise<void> herald_service::updateTask(UpdateTaskContext context) {
  return forward(*who_, "updateTask", context, &backend::update_task);
}

kj::Promise<void> herald_service::startTask(StartTaskContext context) {
  return forward(*who_, "startTask", context, &backend::start_task);
}

kj::Promise<void> herald_service::stopTask(StopTaskContext context) {
  return forward(*who_, "stopTask", context, &backend::stop_task);
}

kj::Promise<void> herald_service::deleteTask(DeleteTaskContext context) {
  return forward(*who_, "deleteTask", context, &backend::delete_task);
}

kj::Promise<void> herald_service::listTasks(ListTasksContext context) {
  return forward_list(*who_, "listTasks", context, &backend::list_tasks);
}

kj::Promise<void> herald_service::taskStatus(TaskStatusContext context) {
  return forward(*who_, "taskStatus", context, &backend::task_status);
}

kj::Promise<void> herald_service::putRule(PutRuleContext context) {
  return forward(*who_, "putRule", context, &backend::put_rule);
}

kj::Promise<void> herald_service::deleteRule(DeleteRuleContext context) {
  return forward(*who_, "deleteRule", context, &backend::delete_rule);
}

kj::Promise<void> herald_service::listRules(ListRulesContext context) {
  return forward_list(*who_, "listRules", context, &backend::list_rules);
}

kj::Promise<void> herald_service::submitQuery(SubmitQueryContext context) {
  auto slot = who_->admit("submitQuery");
  auto request = read(context.getParams());
  if (request.ok() && !who_->may_add_job())
    request = too_many_jobs(who_->jobs_limit());
  if (!request.ok()) {
    who_->count_error("submitQuery");
    write_error(context.getResults().initError(), request.status());
    return kj::READY_NOW;
  }
  context.releaseParams();
  auto owns
      = request->detached ? job_ownership::observer : job_ownership::owner;
  auto waiting = make_pending<std::string>();
  who_->node().submit_query(*std::move(request), std::move(waiting.answer));
  // Not cancellable: only the answer tells the id of the job that would have
  // to be cancelled when the client is gone.
  return waiting.promise.then(
      [this, self = thisCap(), context, owns,
       slot = kj::mv(slot)](absl::StatusOr<std::string> id) mutable {
        auto results = context.getResults();
        if (!id.ok()) {
          who_->count_error("submitQuery");
          write_error(results.initError(), id.status());
          return;
        }
        results.setJobId(*id);
        results.setJob(
            kj::heap<job_service>(kj::addRef(*who_), *std::move(id), owns));
      });
}

kj::Promise<void> herald_service::getJob(GetJobContext context) {
  auto id = read(context.getParams());
  absl::StatusOr<job_status_request> request = job_status_request{};
  if (!id.ok())
    request = id.status();
  else if (!who_->may_add_job())
    request = too_many_jobs(who_->jobs_limit());
  else
    request->id = *std::move(id);
  auto slot = who_->admit("getJob");
  context.allowCancellation();
  if (!request.ok()) {
    who_->count_error("getJob");
    write_error(context.getResults().initError(), request.status());
    return kj::READY_NOW;
  }
  auto waiting = make_pending<job_status>();
  who_->node().job_status(*std::move(request), std::move(waiting.answer));
  return waiting.promise.then([this, context, slot = kj::mv(slot)](
                                  absl::StatusOr<job_status> got) mutable {
    auto results = context.getResults();
    if (!got.ok()) {
      who_->count_error("getJob");
      write_error(results.initError(), got.status());
      return;
    }
    write(results.initStatus(), *got);
    results.setJob(kj::heap<job_service>(kj::addRef(*who_), got->id,
                                         job_ownership::observer));
  });
}

kj::Promise<void> herald_service::listJobs(ListJobsContext context) {
  return forward_list(*who_, "listJobs", context, &backend::list_jobs);
}

kj::Promise<void> herald_service::putQueue(PutQueueContext context) {
  return forward(*who_, "putQueue", context, &backend::put_queue);
}

kj::Promise<void> herald_service::listQueues(ListQueuesContext context) {
  return forward_list(*who_, "listQueues", context, &backend::list_queues);
}

kj::Promise<void> herald_service::clusterStatus(ClusterStatusContext context) {
  return answer<cluster_status>(
      *who_, "clusterStatus", context, absl::StatusOr<done>(done{}),
      [this](done, reply<cluster_status> to) {
        who_->node().cluster_status(std::move(to));
      },
      [](auto out, const cluster_status& got) { write(out, got); });
}

kj::Promise<void> herald_service::nodeStatus(NodeStatusContext context) {
  return forward(*who_, "nodeStatus", context, &backend::node_status);
}

kj::Promise<void> herald_service::getSettings(GetSettingsContext context) {
  return forward(*who_, "getSettings", context, &backend::get_settings);
}

kj::Promise<void> herald_service::putSetting(PutSettingContext context) {
  return forward(*who_, "putSetting", context, &backend::put_setting);
}

} // namespace herald::gateway
