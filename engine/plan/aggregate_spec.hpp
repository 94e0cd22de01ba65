#pragma once

#include "engine/expr/aggregate.hpp"
#include "engine/plan/late_rows.hpp"

#include <optional>
#include <string>
#include <vector>

// What the planner says to operators that group rows: windows, grouping sets
// and aggregations. Plain values inside plans; columns are numbers of the
// operator's input.

namespace herald {

enum class window_kind : std::uint8_t {
  slide,    ///< TUMBLE (slide = size) and HOP
  cumulate, ///< grows by `slide` up to `size`, then begins anew
  session,  ///< ends when nothing comes for `size`, its gap; no slide
};

/// Milliseconds, positive; a slide beyond the size leaves gaps.
struct window_spec {
  std::int64_t size_ms = 0;
  std::int64_t slide_ms = 0;
  std::int64_t offset_ms = 0;
  window_kind kind = window_kind::slide;
  bool processing_time = false; ///< a row's time is when it arrives
  /// Over TIMESTAMP_LTZ: the zone whose local times the windows are laid over,
  /// and `window_start` and `window_end` are; empty: times as they are.
  std::string zone = {};

  bool is_session() const {
    return kind == window_kind::session;
  }

  friend bool operator==(const window_spec&, const window_spec&) = default;
};

/// The window table function itself: each row once a window, with columns
/// window_start, window_end, window_time appended. A session's rows are given
/// out when it is over.
struct window_assign_spec {
  int time_column = 0;
  window_spec window;
  std::vector<int> keys = {}; ///< PARTITION BY of a session; none: all rows
  std::optional<late_rows> late = {}; ///< of sessions
};

/// When a window gives results, other than once, at its end.
struct emit_spec {
  /// Before its end: how long changes are held back, in processing time; 0:
  /// until the batch of rows is over. Empty: none.
  std::optional<std::int64_t> early_ms;
  std::int64_t lateness_ms = 0; ///< rows may come so long after its end
  std::int64_t late_ms = 0;     ///< as `early_ms`, for those

  /// True if a window may give more than one result.
  bool updates() const {
    return early_ms || lateness_ms > 0;
  }

  friend bool operator==(const emit_spec&, const emit_spec&) = default;
};

/// Aggregation per window and key; emits each window once, when the watermark
/// passes its end - 1 ms, unless `emit` says more: then it emits a changelog,
/// and its watermark stays behind by the lateness. Output: keys, aggregates,
/// then the window columns of `outputs`. With `time_column` the rows are
/// assigned here; with `window_end_column` they carry their window already (a
/// second aggregation over windowed rows) and start = end - size; a session's
/// start is then one of the keys.
struct window_aggregate_spec {
  std::vector<int> keys;
  std::vector<aggregate_call> calls;
  window_spec window;
  std::optional<int> time_column;
  std::optional<int> window_start_column;
  std::optional<int> window_end_column;
  enum class window_output : std::uint8_t { start, end, time };
  std::vector<window_output> outputs;
  emit_spec emit = {};
  std::optional<late_rows> late = {};
  bool input_retracts = false;
  bool emit_update_before = true; ///< false when nobody needs -U
  /// The input is a local aggregation's: `keys` are its first columns, then
  /// comes `time_column`, the start of a pane.
  bool merges = false;
};

/// Changes are held back until so many rows came or so long has passed.
struct mini_batch_spec {
  std::int64_t rows = 0;
  std::int64_t latency_ms = 0;

  friend bool operator==(const mini_batch_spec&, const mini_batch_spec&)
      = default;
};

/// Unbounded aggregation; emits a changelog (+I, -U/+U, -D).
struct group_aggregate_spec {
  std::vector<int> keys;             ///< none: one row for all
  std::vector<aggregate_call> calls; ///< output: keys, then results
  bool input_retracts = false;
  bool emit_update_before = true; ///< false when nobody needs -U
  std::optional<mini_batch_spec> mini_batch;
  /// Grouping sets without keys, by number, which is the last key: they have
  /// a row even if the input ends without one. All other keys are NULL then.
  std::vector<std::int64_t> empty_sets;
  /// How long a key that gets no rows is kept, in processing time; 0: for
  /// ever. Empty until the planner knows the session's.
  std::optional<std::int64_t> ttl_ms;
  /// The input is a local aggregation's; `keys` are its first columns.
  bool merges = false;
};

/// Aggregates the rows of a batch, for a global aggregation behind it. Output:
/// keys, with `window` the start of the rows' pane, the partials of all calls,
/// the number of rows (BIGINT).
struct local_aggregate_spec {
  std::vector<int> keys;
  std::vector<aggregate_call> calls;
  std::optional<window_spec> window = {};
  int time_column = 0; ///< with `window`
  bool input_retracts = false;
};

/// GROUPING SETS: each row once a set. Output: the input's columns, then
/// `keys` with NULL for those that the set leaves out, then the set's number
/// (INT).
struct expand_spec {
  std::vector<int> keys;
  std::vector<std::vector<bool>> sets; ///< by set, then key: whether it stays
};

} // namespace herald
