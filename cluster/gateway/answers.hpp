#pragma once

#include "cluster/gateway/requests.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <absl/status/status.h>

// The answers of schemas/herald.capnp as plain structs, field by field: what
// a backend gives and what the C++ client returns. Meanings, units and
// defaults are those of the schema. An error inside a struct is a status: OK
// stands for the schema's null. Plain data.

namespace herald::gateway {

/// A list that was cut at its request's limit says so in `more`.
template <class T>
struct listing {
  std::vector<T> items;
  bool more = false;
};

// Tasks.

enum class wanted_state : std::uint8_t { stopped, running };

enum class task_state : std::uint8_t {
  stopped,
  starting,
  running,
  backing_off,
  stopping,
  finished,
  failed,
  unowned
};

/// The watermark of a task that has none yet.
inline constexpr std::int64_t no_watermark
    = std::numeric_limits<std::int64_t>::min();

struct task_status {
  std::string project;
  std::string name;
  std::uint32_t version = 0;
  wanted_state wanted = wanted_state::stopped;
  task_state actual = task_state::stopped;
  std::string owner;
  std::uint64_t generation = 0;
  std::uint32_t restarts = 0;
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;
  std::int64_t watermark_ms = no_watermark;
  std::int64_t lag = -1;
  std::uint64_t dead_letters = 0;
  std::uint64_t late = 0;
  absl::Status last_error;
};

struct task_description {
  task_status status;
  std::string sql;
  std::vector<option> options;
  std::string plan; ///< with figures, for people; empty: it does not run
};

// Rules.

struct rule_version {
  std::string name;
  std::uint32_t version = 0;
};

enum class rule_state : std::uint8_t {
  loading,
  running,
  failed,
  unowned,
  finished
};

struct rule_status {
  std::string project;
  std::string name;
  std::uint32_t version = 0;
  rule_state state = rule_state::loading;
  std::string owner;
  std::uint64_t matches = 0;
  std::uint64_t partial_matches = 0;
  absl::Status last_error;
};

// Queries.

struct job_status {
  std::string id;
  job_state state = job_state::fresh;
  absl::Status error;
  std::string queue;
  std::string user;
  job_kind kind = job_kind::ad_hoc;
  std::string sql;
  std::uint32_t queue_position = 0;
  std::int64_t submitted_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t finished_ms = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::string worker;
  std::string engine;
  result_format format = result_format::arrow;
};

/// One batch of a result, as bytes of the format that was asked for.
struct job_batch {
  std::vector<char> bytes;
  bool done = false;
};

// Queues.

struct queue_status {
  queue_spec spec;
  std::uint32_t depth = 0;
  std::uint32_t running = 0;
  std::string owner;
  double score = 0;
  double job_weight = 0;
  double dynamic_factor = 0;
  double queue_weight = 0;
};

// Cluster.

enum class member_state : std::uint8_t { joining, up, suspect, left };

struct member {
  std::string name;
  std::uint64_t incarnation = 0;
  std::string address;
  std::string rpc_address;
  member_state state = member_state::joining;
};

struct owner {
  std::string kind;
  std::string name;
  std::string node;
  std::uint64_t generation = 0;
};

struct cluster_status {
  std::string cluster;
  std::string answered_by;
  std::uint64_t view = 0;
  std::uint64_t log_position = 0;
  std::vector<member> members;
  std::vector<owner> owners;
};

struct node_status {
  std::string name;
  std::uint64_t incarnation = 0;
  std::string version;
  std::uint64_t uptime_ms = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t cpu_ms = 0;
  std::uint32_t actors = 0;
  std::uint32_t tasks = 0;
  std::uint32_t rules = 0;
  std::uint32_t queues = 0;
  std::uint32_t running_jobs = 0;
};

struct setting {
  std::string key;
  std::string value;
  std::uint32_t version = 0;
};

} // namespace herald::gateway
