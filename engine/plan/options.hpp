#pragma once

#include "engine/plan/aggregate_spec.hpp"
#include "engine/plan/table.hpp"

#include <absl/status/statusor.h>

// The options that SET gives to a script. Herald's own are checked and have
// typed getters; those of Flink that mean nothing here are kept and ignored,
// so that its scripts run. Used by one thread; bounded by the script.

namespace herald {

/// More subtasks than key groups would have nothing to do.
constexpr int parallelism_max = 128;
constexpr int batch_rows_max = 65536;
constexpr int batch_rows_default = 4096;

/// `table.optimizer.agg-phase-strategy`.
enum class agg_phases : std::uint8_t { automatic, one, two };

class session_options {
public:
  /// Sets `key` (Flink's name, or a short one such as "parallelism"). Errors:
  /// a value that does not fit, a misspelt option of Herald's own.
  absl::Status set(const std::string& key, const std::string& value,
                   text_position key_where = {},
                   text_position value_where = {});

  /// Back to the default; of one option, or of all without a key. Errors: a
  /// misspelt option.
  absl::Status reset(const std::optional<std::string>& key,
                     text_position where = {});

  /// What was set, by name.
  const option_map& values() const {
    return values_;
  }

  int parallelism() const; ///< in [1, parallelism_max], 1 unless set
  int batch_rows() const;  ///< in [1, batch_rows_max]
  /// True if even bounded inputs are treated as if they went on.
  bool streaming() const;
  /// True if only what is left when all inputs have ended is wanted.
  bool batch() const;
  /// Memory for rows that an operator sorts; 1 GiB unless set.
  std::int64_t sort_memory_bytes() const;
  std::string time_zone() const; ///< an IANA name, UTC unless set
  /// After which a silent split no longer holds the watermark; unless set none.
  std::optional<std::int64_t> idle_timeout_ms() const;
  /// How long operators keep what gets no rows; 0: for ever.
  std::int64_t state_ttl_ms() const;
  /// False: a sink gets the rows of its primary key as they come.
  bool materializes_upserts() const;
  /// Whether unbounded aggregations hold changes back, and how long; those of
  /// a batch do until it ends.
  std::optional<mini_batch_spec> mini_batch() const;
  /// What was set, or nullopt; checked when it was set.
  std::optional<std::string> value(std::string_view key) const;
  /// When windows of event time give results. Errors: options that do not go
  /// together.
  absl::StatusOr<emit_spec> emit() const;
  /// Whether aggregations first combine rows where these are.
  agg_phases phases() const;
  /// True if rows with NULL for a NOT NULL column of a sink are left out;
  /// else they end the task.
  bool drops_nulls() const;

private:
  option_map values_;
};

/// "512 mb", "2 GiB", "64k"; a bare number counts bytes.
absl::StatusOr<std::int64_t> parse_memory_bytes(const std::string& text,
                                                text_position where = {});

/// "500 ms", "30s", "1 min", "2 h", "1 d"; a bare number counts milliseconds.
absl::StatusOr<std::int64_t> parse_duration_ms(const std::string& text,
                                               text_position where = {});

} // namespace herald
