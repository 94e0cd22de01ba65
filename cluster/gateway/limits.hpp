#pragma once

#include "cluster/limits.hpp"

#include <cstddef>
#include <cstdint>

// Every limit of the client protocol, in one place, so that it can be read,
// documented (docs/protocol.md) and tested. The constants bound what one
// request may hold and never change, and are the catalog's where it keeps what
// comes; `gateway_limits` bounds connections and time and may be set per node.
// Plain data, used on any thread.

namespace herald::gateway {

/// Statements: the longest generated ones that users have are a few hundred
/// KiB. Scripts and rule files have `cluster::max_text_bytes`.
inline constexpr std::size_t max_statement_bytes = cluster::max_job_sql_bytes;

/// Names of projects, objects, queues, nodes and keys.
inline constexpr std::size_t max_name_bytes = cluster::max_name_bytes;

inline constexpr std::size_t max_user_bytes = cluster::max_user_bytes;

/// A queue's name, a dot and 16 digits.
inline constexpr std::size_t max_job_id_bytes = max_name_bytes + 17;

/// Values of options and settings.
inline constexpr std::size_t max_value_bytes = cluster::max_value_bytes;

/// Options of one task or job.
inline constexpr std::size_t max_options = cluster::max_options;

/// Rows of one list; at about 400 bytes each they fit into a message.
inline constexpr std::uint32_t max_listed = 10'000;

/// One piece of a result. Also the unit in which slow clients hold memory.
inline constexpr std::uint32_t max_piece_bytes = 1 << 20;

/// The longest that a call for a job's status may wait for a change.
inline constexpr std::uint32_t max_status_wait_ms = 60'000;

/// Error texts are cut here, so that a list of failed tasks fits a message.
inline constexpr std::size_t max_error_bytes = 4 << 10;

/// Statements are cut here in lists of jobs.
inline constexpr std::size_t max_listed_sql_bytes = 256;

/// One RPC message, in either direction: a list of `max_listed`.
/// Checked before memory is taken for it.
inline constexpr std::size_t max_rpc_message_bytes = 8 << 20;

/// One HTTP request body: a statement whose every byte JSON had to escape.
inline constexpr std::size_t max_http_body_bytes = 4 << 20;

/// All header lines of one HTTP request together.
inline constexpr std::size_t max_http_header_bytes = 32 << 10;

/// The path and query of one HTTP request.
inline constexpr std::size_t max_http_url_bytes = 8 << 10;

/// JSON nests as deep as the schema does, with room for wrong requests to be
/// told what is wrong.
inline constexpr std::size_t max_json_depth = 16;

struct gateway_limits {
  /// Open connections of each kind; more are told so and closed.
  std::uint32_t rpc_connections = 1024;
  std::uint32_t http_connections = 1024;

  /// Calls of one RPC connection that have no answer yet. More are refused,
  /// so that one client cannot fill the node's queues.
  std::uint32_t calls_in_flight = 64;

  /// Calls of `next` of one job that have no answer yet.
  std::uint32_t pieces_in_flight = 4;

  /// Jobs that one RPC connection may hold.
  std::uint32_t jobs_per_connection = 256;

  /// Answers that wait for a slow RPC client. While there are more, the
  /// gateway reads no further call of it and takes no further batch for it.
  std::size_t unread_reply_bytes = 2 << 20;

  /// A connection without a call for this long is closed.
  std::uint32_t idle_timeout_ms = 600'000;

  /// A client that takes none of an answer for this long has vanished.
  std::uint32_t write_timeout_ms = 60'000;

  /// From the first to the last byte of an HTTP request.
  std::uint32_t request_timeout_ms = 30'000;

  /// What a broken RPC connection may still send while it is told why it
  /// ends; without this the reason would be lost in a reset.
  std::uint32_t linger_ms = 2'000;
};

} // namespace herald::gateway
