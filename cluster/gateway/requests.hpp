#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The requests of schemas/herald.capnp as plain structs, field by field: what
// a backend gets and what the C++ client takes. Meanings, units and defaults
// are those of the schema. Plain data, bounded by the limits of the gateway
// that decoded it.

namespace herald::gateway {

struct option {
  std::string key;
  std::string value;
  friend bool operator==(const option&, const option&) = default;
};

struct object_ref {
  std::string project = "default";
  std::string name;
};

struct list_objects {
  std::string project;
  std::uint32_t limit = 1000;
};

// Tasks.

struct create_task {
  std::string project = "default";
  std::string name;
  std::string sql;
  std::vector<option> options;
  bool start = false;
};

struct update_task {
  std::string project = "default";
  std::string name;
  std::string sql;
  std::vector<option> options;
  std::uint32_t if_version = 0;
};

// Rules.

struct put_rule {
  std::string project = "default";
  std::string yaml;
};

// Queries.

enum class result_format : std::uint8_t { arrow, json_lines };

enum class job_kind : std::uint8_t { ad_hoc, etl, exporting, importing };

struct submit_query {
  std::string sql;
  std::string queue = "default";
  std::string user;
  std::uint32_t timeout_ms = 0;
  std::vector<option> options;
  result_format format = result_format::arrow;
  job_kind kind = job_kind::ad_hoc;
  bool detached = false;
  std::uint32_t idle_timeout_ms = 0;
};

enum class job_state : std::uint8_t { fresh, waiting, running, success, fail };

struct job_status_request {
  std::string id;
  std::uint32_t wait_ms = 0;
  job_state seen = job_state::fresh;
};

struct list_jobs {
  std::string queue;
  std::string user;
  std::vector<job_state> states;
  std::uint32_t limit = 100;
};

// Queues.

struct queue_spec {
  std::string name;
  double weight = 1;
  std::uint32_t capacity = 1000;
  std::uint32_t max_running = 4;
  bool core = false;
  std::vector<job_kind> kinds;
};

// Cluster.

struct put_setting {
  std::string key;
  std::string value;
  std::uint32_t if_version = 0;
};

} // namespace herald::gateway
