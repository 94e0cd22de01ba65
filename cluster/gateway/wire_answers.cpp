#include "cluster/gateway/wire_answers.hpp"

#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "cluster/gateway/wire_fields.hpp"

#include <algorithm>

namespace herald::gateway {

using namespace wire;

namespace {

static_assert(static_cast<unsigned>(protocol::TaskState::UNOWNED) + 1
              == task_states);
static_assert(static_cast<unsigned>(protocol::RuleState::FINISHED) + 1
              == rule_states);
static_assert(static_cast<unsigned>(protocol::MemberState::LEFT) + 1
              == member_states);
static_assert(static_cast<unsigned>(task_state::unowned) + 1 == task_states);
static_assert(static_cast<unsigned>(rule_state::finished) + 1 == rule_states);
static_assert(static_cast<unsigned>(member_state::left) + 1 == member_states);

} // namespace

static void write(protocol::TaskStatus::Builder out, const task_status& task) {
  out.setProject(task.project);
  out.setName(task.name);
  out.setVersion(task.version);
  out.setWanted(same<protocol::WantedState>(task.wanted));
  out.setActual(same<protocol::TaskState>(task.actual));
  out.setOwner(task.owner);
  out.setGeneration(task.generation);
  out.setRestarts(task.restarts);
  out.setRecordsIn(task.records_in);
  out.setRecordsOut(task.records_out);
  out.setWatermarkMs(task.watermark_ms);
  out.setLag(task.lag);
  out.setDeadLetters(task.dead_letters);
  out.setLate(task.late);
  if (!task.last_error.ok())
    write_error(out.initLastError(), task.last_error);
}

static void write(protocol::RuleStatus::Builder out, const rule_status& rule) {
  out.setProject(rule.project);
  out.setName(rule.name);
  out.setVersion(rule.version);
  out.setState(same<protocol::RuleState>(rule.state));
  out.setOwner(rule.owner);
  out.setMatches(rule.matches);
  out.setPartialMatches(rule.partial_matches);
  if (!rule.last_error.ok())
    write_error(out.initLastError(), rule.last_error);
}

static void write(protocol::QueueStatus::Builder out,
                  const queue_status& queue) {
  auto spec = out.initSpec();
  spec.setName(queue.spec.name);
  spec.setWeight(queue.spec.weight);
  spec.setCapacity(queue.spec.capacity);
  spec.setMaxRunning(queue.spec.max_running);
  spec.setCore(queue.spec.core);
  auto kinds = spec.initKinds(queue.spec.kinds.size());
  for (unsigned i = 0; i < kinds.size(); ++i)
    kinds.set(i, same<protocol::JobKind>(queue.spec.kinds[i]));
  out.setDepth(queue.depth);
  out.setRunning(queue.running);
  out.setOwner(queue.owner);
  out.setScore(queue.score);
  out.setJobWeight(queue.job_weight);
  out.setDynamicFactor(queue.dynamic_factor);
  out.setQueueWeight(queue.queue_weight);
}

static void write_job(protocol::JobStatus::Builder out, const job_status& job,
                      std::size_t sql_bytes) {
  out.setJobId(job.id);
  out.setState(same<protocol::JobState>(job.state));
  if (!job.error.ok())
    write_error(out.initError(), job.error);
  out.setQueue(job.queue);
  out.setUser(job.user);
  out.setKind(same<protocol::JobKind>(job.kind));
  out.setSql(clean_text(job.sql, sql_bytes));
  out.setQueuePosition(job.queue_position);
  out.setSubmittedMs(job.submitted_ms);
  out.setStartedMs(job.started_ms);
  out.setFinishedMs(job.finished_ms);
  out.setRows(job.rows);
  out.setBytes(job.bytes);
  out.setWorker(job.worker);
  out.setEngine(job.engine);
  out.setFormat(same<protocol::ResultFormat>(job.format));
}

/// Writes the first `limit` of `items` with `init(count)` and says so in
/// `more` when there were others.
template <class Out, class T, class Init>
static void write_list(Out out, const listing<T>& list, std::uint32_t limit,
                       Init init) {
  auto count = std::min<std::size_t>(list.items.size(), limit);
  auto items = init(static_cast<unsigned>(count));
  for (unsigned i = 0; i < count; ++i)
    write(items[i], list.items[i]);
  out.setMore(list.more || count < list.items.size());
}

void write(protocol::VersionReply::Builder out, std::uint32_t version) {
  out.setVersion(version);
}

void write(protocol::TaskList::Builder out, const listing<task_status>& tasks,
           std::uint32_t limit) {
  write_list(out, tasks, limit, [&](unsigned n) { return out.initTasks(n); });
}

void write(protocol::TaskReply::Builder out, const task_description& task) {
  write(out.initStatus(), task.status);
  out.setSql(task.sql);
  write_options(out.initOptions(task.options.size()), task.options);
  out.setPlan(task.plan);
}

void write(protocol::PutRuleReply::Builder out, const rule_version& rule) {
  out.setName(rule.name);
  out.setVersion(rule.version);
}

void write(protocol::RuleList::Builder out, const listing<rule_status>& rules,
           std::uint32_t limit) {
  write_list(out, rules, limit, [&](unsigned n) { return out.initRules(n); });
}

void write(protocol::JobStatus::Builder out, const job_status& job) {
  write_job(out, job, max_statement_bytes);
}

void write(protocol::JobReply::Builder out, const job_status& job) {
  write(out.initStatus(), job);
}

void write(protocol::JobList::Builder out, const listing<job_status>& jobs,
           std::uint32_t limit) {
  auto count = std::min<std::size_t>(jobs.items.size(), limit);
  auto items = out.initJobs(static_cast<unsigned>(count));
  for (unsigned i = 0; i < count; ++i)
    write_job(items[i], jobs.items[i], max_listed_sql_bytes);
  out.setMore(jobs.more || count < jobs.items.size());
}

void write(protocol::QueueList::Builder out,
           const listing<queue_status>& queues, std::uint32_t limit) {
  write_list(out, queues, limit, [&](unsigned n) { return out.initQueues(n); });
}

void write(protocol::ClusterReply::Builder out, const cluster_status& cluster) {
  out.setCluster(cluster.cluster);
  out.setAnsweredBy(cluster.answered_by);
  out.setView(cluster.view);
  out.setLogPosition(cluster.log_position);
  auto members = out.initMembers(cluster.members.size());
  for (unsigned i = 0; i < members.size(); ++i) {
    const auto& from = cluster.members[i];
    members[i].setName(from.name);
    members[i].setIncarnation(from.incarnation);
    members[i].setAddress(from.address);
    members[i].setRpcAddress(from.rpc_address);
    members[i].setState(same<protocol::MemberState>(from.state));
  }
  auto owners = out.initOwners(cluster.owners.size());
  for (unsigned i = 0; i < owners.size(); ++i) {
    const auto& from = cluster.owners[i];
    owners[i].setKind(from.kind);
    owners[i].setName(from.name);
    owners[i].setNode(from.node);
    owners[i].setGeneration(from.generation);
  }
}

void write(protocol::NodeReply::Builder out, const node_status& node) {
  out.setName(node.name);
  out.setIncarnation(node.incarnation);
  out.setVersion(node.version);
  out.setUptimeMs(node.uptime_ms);
  out.setResidentBytes(node.resident_bytes);
  out.setCpuMs(node.cpu_ms);
  out.setActors(node.actors);
  out.setTasks(node.tasks);
  out.setRules(node.rules);
  out.setQueues(node.queues);
  out.setRunningJobs(node.running_jobs);
}

void write(protocol::SettingList::Builder out,
           const std::vector<setting>& settings) {
  auto items = out.initSettings(settings.size());
  for (unsigned i = 0; i < items.size(); ++i) {
    items[i].setKey(settings[i].key);
    items[i].setValue(settings[i].value);
    items[i].setVersion(settings[i].version);
  }
}

} // namespace herald::gateway
