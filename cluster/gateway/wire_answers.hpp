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

inline void write(schema::Done::Builder, const done&) {}

void write(schema::VersionReply::Builder out, std::uint32_t version);
void write(schema::TaskList::Builder out, const listing<task_status>& tasks,
           std::uint32_t limit);
void write(schema::TaskReply::Builder out, const task_description& task);
void write(schema::PutRuleReply::Builder out, const rule_version& rule);
void write(schema::RuleList::Builder out, const listing<rule_status>& rules,
           std::uint32_t limit);
void write(schema::JobStatus::Builder out, const job_status& job);
void write(schema::JobReply::Builder out, const job_status& job);

/// Statements are cut to `max_listed_sql_bytes`.
void write(schema::JobList::Builder out, const listing<job_status>& jobs,
           std::uint32_t limit);
void write(schema::QueueList::Builder out, const listing<queue_status>& queues,
           std::uint32_t limit);
void write(schema::ClusterReply::Builder out, const cluster_status& cluster);
void write(schema::NodeReply::Builder out, const node_status& node);
void write(schema::SettingList::Builder out,
           const std::vector<setting>& settings);

listing<task_status> read(schema::TaskList::Reader in);
task_description read(schema::TaskReply::Reader in);
rule_version read(schema::PutRuleReply::Reader in);
listing<rule_status> read(schema::RuleList::Reader in);
job_status read(schema::JobStatus::Reader in);
listing<job_status> read(schema::JobList::Reader in);
listing<queue_status> read(schema::QueueList::Reader in);
cluster_status read(schema::ClusterReply::Reader in);
node_status read(schema::NodeReply::Reader in);
std::vector<setting> read(schema::SettingList::Reader in);

} // namespace herald::gateway
