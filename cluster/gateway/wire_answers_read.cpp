#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "cluster/gateway/wire_fields.hpp"

namespace herald::gateway {

using namespace wire;

static absl::Status read_optional(bool there, protocol::Error::Reader in) {
  return there ? read_error(in) : absl::OkStatus();
}

static task_status read(protocol::TaskStatus::Reader in) {
  task_status out;
  out.project = text(in.getProject());
  out.name = text(in.getName());
  out.version = in.getVersion();
  out.wanted = known<wanted_state>(in.getWanted(), wanted_states);
  out.actual = known<task_state>(in.getActual(), task_states);
  out.owner = text(in.getOwner());
  out.generation = in.getGeneration();
  out.restarts = in.getRestarts();
  out.records_in = in.getRecordsIn();
  out.records_out = in.getRecordsOut();
  out.watermark_ms = in.getWatermarkMs();
  out.lag = in.getLag();
  out.dead_letters = in.getDeadLetters();
  out.late = in.getLate();
  out.last_error = read_optional(in.hasLastError(), in.getLastError());
  return out;
}

static rule_status read(protocol::RuleStatus::Reader in) {
  rule_status out;
  out.project = text(in.getProject());
  out.name = text(in.getName());
  out.version = in.getVersion();
  out.state = known<rule_state>(in.getState(), rule_states);
  out.owner = text(in.getOwner());
  out.matches = in.getMatches();
  out.partial_matches = in.getPartialMatches();
  out.last_error = read_optional(in.hasLastError(), in.getLastError());
  return out;
}

static queue_status read(protocol::QueueStatus::Reader in) {
  queue_status out;
  auto spec = in.getSpec();
  out.spec.name = text(spec.getName());
  out.spec.weight = spec.getWeight();
  out.spec.capacity = spec.getCapacity();
  out.spec.max_running = spec.getMaxRunning();
  out.spec.core = spec.getCore();
  for (auto kind : spec.getKinds())
    out.spec.kinds.push_back(known<job_kind>(kind, job_kinds));
  out.depth = in.getDepth();
  out.running = in.getRunning();
  out.owner = text(in.getOwner());
  out.score = in.getScore();
  out.job_weight = in.getJobWeight();
  out.dynamic_factor = in.getDynamicFactor();
  out.queue_weight = in.getQueueWeight();
  return out;
}

template <class T, class List>
static listing<T> read_list(List in, bool more) {
  listing<T> out;
  out.items.reserve(in.size());
  for (auto item : in)
    out.items.push_back(read(item));
  out.more = more;
  return out;
}

listing<task_status> read(protocol::TaskList::Reader in) {
  return read_list<task_status>(in.getTasks(), in.getMore());
}

task_description read(protocol::TaskReply::Reader in) {
  task_description out;
  out.status = read(in.getStatus());
  out.sql = text(in.getSql());
  for (auto entry : in.getOptions())
    out.options.push_back({text(entry.getKey()), text(entry.getValue())});
  out.plan = text(in.getPlan());
  return out;
}

rule_version read(protocol::PutRuleReply::Reader in) {
  return {text(in.getName()), in.getVersion()};
}

listing<rule_status> read(protocol::RuleList::Reader in) {
  return read_list<rule_status>(in.getRules(), in.getMore());
}

job_status read(protocol::JobStatus::Reader in) {
  job_status out;
  out.id = text(in.getJobId());
  out.state = known<job_state>(in.getState(), job_states);
  out.error = read_optional(in.hasError(), in.getError());
  out.queue = text(in.getQueue());
  out.user = text(in.getUser());
  out.kind = known<job_kind>(in.getKind(), job_kinds);
  out.sql = text(in.getSql());
  out.queue_position = in.getQueuePosition();
  out.submitted_ms = in.getSubmittedMs();
  out.started_ms = in.getStartedMs();
  out.finished_ms = in.getFinishedMs();
  out.rows = in.getRows();
  out.bytes = in.getBytes();
  out.worker = text(in.getWorker());
  out.engine = text(in.getEngine());
  out.format = known<result_format>(in.getFormat(), formats);
  return out;
}

listing<job_status> read(protocol::JobList::Reader in) {
  return read_list<job_status>(in.getJobs(), in.getMore());
}

listing<queue_status> read(protocol::QueueList::Reader in) {
  return read_list<queue_status>(in.getQueues(), in.getMore());
}

cluster_status read(protocol::ClusterReply::Reader in) {
  cluster_status out;
  out.cluster = text(in.getCluster());
  out.answered_by = text(in.getAnsweredBy());
  out.view = in.getView();
  out.log_position = in.getLogPosition();
  for (auto from : in.getMembers())
    out.members.push_back(
        {text(from.getName()), from.getIncarnation(), text(from.getAddress()),
         text(from.getRpcAddress()),
         known<member_state>(from.getState(), member_states)});
  for (auto from : in.getOwners())
    out.owners.push_back({text(from.getKind()), text(from.getName()),
                          text(from.getNode()), from.getGeneration()});
  return out;
}

node_status read(protocol::NodeReply::Reader in) {
  node_status out;
  out.name = text(in.getName());
  out.incarnation = in.getIncarnation();
  out.version = text(in.getVersion());
  out.uptime_ms = in.getUptimeMs();
  out.resident_bytes = in.getResidentBytes();
  out.cpu_ms = in.getCpuMs();
  out.actors = in.getActors();
  out.tasks = in.getTasks();
  out.rules = in.getRules();
  out.queues = in.getQueues();
  out.running_jobs = in.getRunningJobs();
  return out;
}

std::vector<setting> read(protocol::SettingList::Reader in) {
  std::vector<setting> out;
  for (auto from : in.getSettings())
    out.push_back(
        {text(from.getKey()), text(from.getValue()), from.getVersion()});
  return out;
}

} // namespace herald::gateway
