#pragma once

#include "engine/expr/expr.hpp"

#include <optional>
#include <string>
#include <vector>

// Joins of two streams, as the planner describes them. A plain value that is
// the same on every node for the same text.

namespace herald {

/// What a join gives. Semi: left rows that meet a right one, each once; anti:
/// left rows that meet none.
enum class join_type : std::uint8_t { inner, left, right, full, semi, anti };

/// Which rows meet, by a column of time of each side: right.time - left.time
/// lies in [lower_ms, upper_ms]; without a limit there is none on that side.
struct time_bound {
  int left_time = 0;
  int right_time = 0;
  std::optional<std::int64_t> lower_ms;
  std::optional<std::int64_t> upper_ms;

  friend bool operator==(const time_bound&, const time_bound&) = default;
};

/// When a row can meet no row that is still to come: as soon as the watermark
/// is at or behind the value of `column` plus `shift_ms`, which is local time
/// of `zone` if that is not empty. A row without that value meets nothing.
struct row_life {
  int column = 0;
  std::int64_t shift_ms = 0;
  std::string zone = {}; ///< as in `window_spec`

  friend bool operator==(const row_life&, const row_life&) = default;
};

/// FOR SYSTEM_TIME AS OF: right rows are versions, each valid from its time on
/// until the next one of its key. A left row meets the one that is valid at
/// its time, and is given when the watermark has passed it.
struct version_times {
  int left_time = 0;
  int right_time = 0;

  friend bool operator==(const version_times&, const version_times&) = default;
};

/// Where rows meet: divided by their keys; all in one subtask; or the left
/// ones where they are and the right ones everywhere.
enum class join_place : std::uint8_t { by_key, together, right_everywhere };

/// Output: left columns, then right ones (semi, anti: left ones). Rows whose
/// keys are not all equal, or for which `residual` is not TRUE, do not meet.
/// A side's rows with a life are forgotten when it is over; in an outer or
/// anti join they are given as rows that met nothing only then.
struct join_spec {
  join_type type = join_type::inner;
  std::vector<int> left_keys;
  std::vector<int> right_keys;
  /// Of each key whether NULL equals NULL (IS NOT DISTINCT FROM); empty: none.
  std::vector<bool> null_safe;
  expr_ptr residual; ///< over left then right, or null
  std::optional<time_bound> bound;
  /// Only with inner and left; the right keys are then the versions' key.
  std::optional<version_times> versions;
  std::optional<row_life> left_life;
  std::optional<row_life> right_life;
  /// How long a side's rows without a life are remembered, by the clock; 0:
  /// for ever; empty: as the session says.
  std::optional<std::int64_t> left_ttl_ms;
  std::optional<std::int64_t> right_ttl_ms;
  bool left_retracts = false;
  bool right_retracts = false;
  bool broadcast = false; ///< a hint wants the right rows everywhere
  join_place place = join_place::by_key;
  /// Columns that the left rows are divided by when the right ones are
  /// everywhere.
  std::vector<int> left_spread;
};

/// True if rows of the left (right) side that meet nothing are given.
constexpr bool keeps_left(join_type x) {
  return x == join_type::left || x == join_type::full || x == join_type::anti;
}

constexpr bool keeps_right(join_type x) {
  return x == join_type::right || x == join_type::full;
}

/// True if the output has the left columns only.
constexpr bool is_filter(join_type x) {
  return x == join_type::semi || x == join_type::anti;
}

} // namespace herald
