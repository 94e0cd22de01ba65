#pragma once

#include <cstddef>

// Every bound of the catalog. A command beyond one of them is refused, on all
// nodes alike: the numbers are part of the state machine, so changing one is a
// change of the log's meaning. Sizes are bytes of UTF-8 text.

namespace herald::cluster {

/// One encoded command; below Kafka's default of 1 MB for a record.
inline constexpr std::size_t max_command_bytes = 768 * 1024;

/// Members of a view. Heartbeats go from each to each.
inline constexpr std::size_t max_members = 64;

/// Departed nodes whose last incarnation is remembered, newest kept.
inline constexpr std::size_t max_departed = 1024;

/// Tasks, rules and queues together.
inline constexpr std::size_t max_objects = 8192;

/// The text of one version of an object.
inline constexpr std::size_t max_text_bytes = 256 * 1024;

/// Versions of an object that are kept, the current one included.
inline constexpr std::size_t max_versions = 8;

/// All versions of all objects and all settings together.
inline constexpr std::size_t max_catalog_bytes = 128 * 1024 * 1024;

/// Options of an object.
inline constexpr std::size_t max_options = 64;

/// Project, object, option and setting names, hosts, versions, authors.
inline constexpr std::size_t max_name_bytes = 128;

/// The value of an option or of a setting.
inline constexpr std::size_t max_value_bytes = 16 * 1024;

/// Settings of the whole cluster.
inline constexpr std::size_t max_settings = 1024;

/// Why a task failed; longer reasons are cut by whoever reports.
inline constexpr std::size_t max_reason_bytes = 4 * 1024;

/// Outcomes by which a command that was appended twice is recognised.
inline constexpr std::size_t max_outcomes = 4096;

/// Jobs of all queues that have not ended. Every node holds them.
inline constexpr std::size_t max_open_jobs = 20'000;

/// The statement of a job; a command holds one, beside little else.
inline constexpr std::size_t max_job_sql_bytes = 512 * 1024;

/// The statements of all jobs that have not ended together.
inline constexpr std::size_t max_job_bytes = 64 * 1024 * 1024;

/// The name of who asked for a job; what the client protocol allows.
inline constexpr std::size_t max_user_bytes = 256;

/// Jobs that have ended and are remembered, newest kept, and what is kept of
/// their statements.
inline constexpr std::size_t max_ended_jobs = 1000;
inline constexpr std::size_t max_ended_sql_bytes = 1024;

} // namespace herald::cluster
