#pragma once

#include "cluster/gateway/answers.hpp"
#include "cluster/gateway/reply.hpp"
#include "schemas/herald.capnp.h"

#include <cstdint>
#include <string>
#include <vector>

// Answers as the schema's replies and back. Writing is the gateway's half: it
// fills a reply from what a backend gave, with a list cut at `limit` entries.
// Reading is the client's half: it takes replies whose `error` is null, and
// takes enumerators of a newer node for the first. Pure functions, safe on
// any thread.

namespace herald::gateway {

inline void write(protocol::Done::Builder, const done&) {}

void write(protocol::VersionReply::Builder out, std::uint32_t version);
void write(protocol::TaskList::Builder out, const listing<task_status>& tasks,
           std::uint32_t limit);
void write(protocol::TaskReply::Builder out, const task_description& task);
void write(protocol::PutRuleReply::Builder out, const rule_version& rule);
void write(protocol::RuleList::Builder out, const listing<rule_status>& rules,
           std::uint32_t limit);
void write(protocol::JobStatus::Builder out, const job_status& job);
void write(protocol::JobReply::Builder out, const job_status& job);

/// Statements are cut to `max_listed_sql_bytes`.
void write(protocol::JobList::Builder out, const listing<job_status>& jobs,
           std::uint32_t limit);
void write(protocol::QueueList::Builder out,
           const listing<queue_status>& queues, std::uint32_t limit);
void write(protocol::ClusterReply::Builder out, const cluster_status& cluster);
void write(protocol::NodeReply::Builder out, const node_status& node);
void write(protocol::SettingList::Builder out,
           const std::vector<setting>& settings);

listing<task_status> read(protocol::TaskList::Reader in);
task_description read(protocol::TaskReply::Reader in);
rule_version read(protocol::PutRuleReply::Reader in);
listing<rule_status> read(protocol::RuleList::Reader in);
job_status read(protocol::JobStatus::Reader in);
listing<job_status> read(protocol::JobList::Reader in);
listing<queue_status> read(protocol::QueueList::Reader in);
cluster_status read(protocol::ClusterReply::Reader in);
node_status read(protocol::NodeReply::Reader in);
std::vector<setting> read(protocol::SettingList::Reader in);

} // namespace herald::gateway
