#pragma once

#include "engine/expr/aggregate.hpp"
#include "engine/plan/late_rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the operators are told that put rows in order: Top-N, deduplication,
// OVER and ORDER BY. Columns are those of the operator's input. Plain values,
// made by the binder and read by `make_operator`.

namespace herald {

/// One column of an ORDER BY. Without a word about NULLs they are the lowest.
struct sort_key {
  int column = 0;
  bool descending = false;
  bool nulls_first = true;

  friend bool operator==(const sort_key&, const sort_key&) = default;
};

enum class rank_kind : std::uint8_t { row_number, rank, dense_rank };

/// The rows of each partition whose rank lies in [first, last], as they
/// change: a changelog; with `window_end` once for each window, when it is
/// over. Output: the input's columns, then the rank.
struct top_n_spec {
  std::vector<int> keys;       ///< partition; none: one for all
  std::vector<sort_key> order; ///< rows that are equal in it are peers
  std::vector<sort_key> ties;  ///< orders peers, before all other columns
  rank_kind rank = rank_kind::row_number;
  std::int64_t first = 1; ///< >= 1
  std::int64_t last = 1;  ///< >= first
  bool rank_output = true;
  std::optional<int> window_end; ///< column; one of the keys
  std::string window_zone = {};  ///< of `window_spec`
  bool input_retracts = false;
  bool emit_update_before = true; ///< false when nobody needs -U
  /// After which a partition that nothing changes is forgotten, by the clock;
  /// 0: never; empty: as the session says. Windows need none.
  std::optional<std::int64_t> ttl_ms;
  std::optional<late_rows> late = {}; ///< with `window_end`
};

/// The first or last row of each key by a time attribute; of rows of one time
/// the one that came first (last). The first by event time is given when the
/// watermark has come to it, the others as rows arrive; only the last changes.
/// Output: the input's columns.
struct deduplicate_spec {
  std::vector<int> keys;
  int time_column = 0;
  bool keep_last = false;
  bool processing_time = false; ///< order of arrival
  bool emit_update_before = true;
  std::optional<std::int64_t> ttl_ms; ///< as that of `top_n_spec`
  std::optional<late_rows> late = {}; ///< of first rows by event time
};

/// One end of the rows that a call of OVER sees.
struct over_bound {
  enum class kind_type : std::uint8_t {
    unbounded_preceding,
    preceding, ///< has an offset, as has `following`
    current_row,
    following,
    unbounded_following,
  };

  kind_type kind = kind_type::current_row;
  scalar offset; ///< ROWS: a BIGINT; RANGE: see `over_frame`

  friend bool operator==(const over_bound&, const over_bound&) = default;
};

/// With RANGE, CURRENT ROW means all peers, and offsets are distances of the
/// only ORDER BY column: of its type, or in the ticks of a time.
struct over_frame {
  bool rows = false;
  over_bound start = {over_bound::kind_type::unbounded_preceding, {}};
  over_bound end;

  friend bool operator==(const over_frame&, const over_frame&) = default;
};

/// One call over a window.
struct over_function {
  enum class kind_type : std::uint8_t {
    aggregate,
    row_number,
    rank,
    dense_rank,
    percent_rank,
    cume_dist,
    ntile,
    lag, ///< and LEAD
  };

  kind_type kind = kind_type::aggregate;
  aggregate_call call;     ///< of LAG: the value and, if given, the default
  std::int64_t offset = 0; ///< LAG: rows back (LEAD: negative); NTILE: buckets
  over_frame frame;        ///< of aggregates
};

/// When results of OVER are known.
enum class over_mode : std::uint8_t {
  with_watermark, ///< once the watermark has passed a row
  on_arrival,     ///< as a row arrives, in that order
  changing,       ///< at once, and corrected when rows come or go
  at_end,         ///< when a bounded input has ended
};

/// Calls over rows before and behind each row of its partition. Output: the
/// input's columns, then one a call.
struct over_spec {
  std::vector<int> keys; ///< partition
  std::vector<sort_key> order;
  std::vector<over_function> calls; ///< one or more
  over_mode mode = over_mode::at_end;
  bool input_retracts = false;
  bool emit_update_before = true; ///< `changing` only
  /// Of the rows that `at_end` keeps; more belongs to a database.
  std::int64_t memory_bytes_max = std::int64_t{1} << 30;
  /// As that of `top_n_spec`; `at_end` needs none.
  std::optional<std::int64_t> ttl_ms;
  std::optional<late_rows> late = {}; ///< `with_watermark` only
};

/// ORDER BY: rows in order of time leave with the watermark; others when a
/// bounded input ends, and then only those of the limit. One partition.
struct sort_spec {
  std::vector<sort_key> order;
  bool at_end = false;
  std::int64_t offset = 0;           ///< `at_end` only, as is `limit`
  std::optional<std::int64_t> limit; ///< null: all rows
  bool input_retracts = false;
  std::int64_t memory_bytes_max = 0;  ///< of the rows that `at_end` keeps
  std::optional<late_rows> late = {}; ///< of rows in order of time
};

/// LIMIT and OFFSET of rows that are only inserted, as they come.
struct limit_spec {
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit; ///< null: all rows
};

/// True for the specs of this file.
template <class Spec>
constexpr bool is_order_spec = std::disjunction_v<
    std::is_same<Spec, top_n_spec>, std::is_same<Spec, deduplicate_spec>,
    std::is_same<Spec, over_spec>, std::is_same<Spec, sort_spec>,
    std::is_same<Spec, limit_spec>>;

/// Top-N at most: more rows for each key are a mistake or an attack.
constexpr std::int64_t rank_max = 1'000'000;

} // namespace herald
