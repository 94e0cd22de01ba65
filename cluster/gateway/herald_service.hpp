#pragma once

#include "cluster/gateway/session.hpp"
#include "schemas/herald.capnp.h"

#include <kj/refcount.h>

// The schema's `Herald`, for one client. Every method checks its parameters,
// passes the call to the backend and returns a promise; none blocks. RPC and
// HTTP both call it, so that they cannot differ. Only on the gateway's thread.

namespace herald::gateway {

// Servers are destroyed as what they are, by the kj::Own that made them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class herald_service final : public protocol::Herald::Server {
public:
  explicit herald_service(kj::Own<session> who) : who_(kj::mv(who)) {}

  kj::Promise<void> createTask(CreateTaskContext context) override;
  kj::Promise<void> updateTask(UpdateTaskContext context) override;
  kj::Promise<void> startTask(StartTaskContext context) override;
  kj::Promise<void> stopTask(StopTaskContext context) override;
  kj::Promise<void> deleteTask(DeleteTaskContext context) override;
  kj::Promise<void> listTasks(ListTasksContext context) override;
  kj::Promise<void> taskStatus(TaskStatusContext context) override;
  kj::Promise<void> putRule(PutRuleContext context) override;
  kj::Promise<void> deleteRule(DeleteRuleContext context) override;
  kj::Promise<void> listRules(ListRulesContext context) override;
  kj::Promise<void> submitQuery(SubmitQueryContext context) override;
  kj::Promise<void> getJob(GetJobContext context) override;
  kj::Promise<void> listJobs(ListJobsContext context) override;
  kj::Promise<void> putQueue(PutQueueContext context) override;
  kj::Promise<void> listQueues(ListQueuesContext context) override;
  kj::Promise<void> clusterStatus(ClusterStatusContext context) override;
  kj::Promise<void> nodeStatus(NodeStatusContext context) override;
  kj::Promise<void> getSettings(GetSettingsContext context) override;
  kj::Promise<void> putSetting(PutSettingContext context) override;

private:
  kj::Own<session> who_;
};

#pragma GCC diagnostic pop

} // namespace herald::gateway
