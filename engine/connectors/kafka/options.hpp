#pragma once

#include "engine/connectors/connector.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The options of a 'kafka' or 'upsert-kafka' table, as Flink names them, read
// once and checked without a broker. A plain value.

namespace herald::kafka {

enum class startup_mode : std::uint8_t {
  group_offsets, ///< committed ones; without any, the earliest
  earliest,
  latest,
  timestamp,
  specific,
};

enum class bounded_mode : std::uint8_t {
  unbounded,
  latest, ///< where the topic ends when reading begins
  timestamp,
  specific,
};

enum class partitioner : std::uint8_t {
  by_key, ///< librdkafka's: by key, at random without one
  fixed,  ///< one partition a subtask
  round_robin,
};

/// Which columns a format carries, and under which names.
struct side {
  std::string format;             ///< empty: there is none
  option_map options;             ///< "json.…"
  std::vector<field> fields;      ///< as the format names them
  std::vector<std::string> names; ///< as the table names them
};

struct options {
  /// Messages are the newest rows of their keys, those without a value delete
  /// them: 'upsert-kafka'. Otherwise every message is a row of its own.
  bool upserts = false;
  std::vector<std::string> topics; ///< empty: those that match
  std::string topic_pattern;       ///< RE2, of whole names
  /// How often new partitions are looked for; 0: never.
  std::int64_t discovery_ms = 0;
  option_map properties; ///< for librdkafka, without "properties."
  side key;
  side value;
  /// What the rows of the value's format may do.
  changelog_kind changes = changelog_kind::inserts;
  /// Metadata columns: those of `metadata_key`, then the value format's.
  std::vector<field> metadata;
  startup_mode startup = startup_mode::group_offsets;
  bounded_mode bounded = bounded_mode::unbounded;
  std::int64_t startup_ms = 0;
  std::int64_t bounded_ms = 0;
  std::map<int, std::int64_t> startup_offsets; ///< by partition
  std::map<int, std::int64_t> bounded_offsets;
  partitioner spread = partitioner::by_key;
  /// Upserts that a sink keeps back to write one of each key; 0: none.
  std::int64_t buffered_rows = 0;
  std::int64_t buffered_ms = 0; ///< and how long

  std::string servers() const {
    return properties.at("bootstrap.servers");
  }
};

/// Reads and checks the options; errors name the option.
absl::StatusOr<options> options_of(const table_definition& table);

/// Metadata columns of the table, as `options::metadata`.
std::vector<field> metadata_of(const option_map& given);

/// Indexes into `options::metadata`.
enum metadata_key : int {
  metadata_topic,
  metadata_partition,
  metadata_headers,
  metadata_offset,
  metadata_timestamp,
  metadata_timestamp_type,
  metadata_of_value, ///< the first of the value's format
};

} // namespace herald::kafka
