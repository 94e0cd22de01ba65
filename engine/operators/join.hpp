#pragma once

#include "engine/operators/join_side.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/join_spec.hpp"

#include <deque>
#include <variant>

#include <absl/container/flat_hash_set.h>

// Joins of two streams, symmetric: each row first meets what the other side
// remembers, then is remembered itself. Rows that are taken back take back
// their pairs. In outer, semi and anti joins rows count those that they meet;
// what they give changes as the count leaves 0 or comes back to it, or, where
// a row's life ends, is given once, then. A batch is worked off in pieces:
// what finds no room waits, so a key with many rows fills no memory. State is
// bounded by the rows that live.

namespace herald {

/// Rows that a side of a join without keys may hold: each row of the other
/// side is compared with all of them.
constexpr std::int64_t keyless_rows_max = 1 << 20;

/// Rows that may wait for one of their key while others pass by: a barrier
/// waits for them.
constexpr std::int64_t hot_rows_max = 1 << 14;

class join_operator final : public stream_operator {
public:
  join_operator(join_spec spec, schema_ptr left, schema_ptr right,
                schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;

  bool busy() const override {
    return !work_.empty() || held_rows_ > hot_rows_max;
  }

  bool pending() const override {
    return !work_.empty() || !hot_keys_.empty();
  }

  absl::Status resume(output& out) override;
  std::optional<std::int64_t> due_ms() const override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// Rows of one input, all inserted or all taken back, on their way through
  /// the other side.
  struct probe {
    int input = 0;
    batch_ptr rows = {};
    bool removal = false;
    bool begun = false;
    std::vector<std::uint64_t> hashes = {};
    std::vector<event_time> times = {}; ///< with a bound
    match_cursor cursor = {};
    std::vector<std::int32_t> counts = {}; ///< rows that each one meets
  };

  /// Rows that met nothing while they could, and then the watermark.
  struct farewell {
    event_time time = time_min;
    bool begun = false;
    std::vector<std::int32_t> rows[2] = {};
    std::size_t at[2] = {0, 0};
  };

  using piece = std::variant<probe, farewell>;

  /// Rows of hot keys as they came, or a watermark that came behind some.
  struct held_input {
    int input = 0;
    batch_ptr rows; ///< null: the watermark
    event_time time = time_min;
  };

  // -- the order of work (join_work.cpp) -------------------------------------
  void enqueue(int input, const batch_ptr& rows, std::deque<piece>& queue);
  /// Leaves those rows whose keys are not hot.
  batch_ptr hold_hot(int input, const batch_ptr& rows);
  /// Moves rows of hot keys behind what is there of them.
  void leave_hot(probe& x);
  /// Sets the row apart at which `x` stands, and those of its key.
  absl::Status set_apart(probe& x, output& out);
  static probe part_of(const probe& x, const row_list& rows);
  absl::Status run_hot(output& out);
  bool may_go_on(output& out);
  absl::StatusOr<bool> run(std::deque<piece>& queue, output& out);
  absl::StatusOr<bool> run(probe& x, output& out);
  absl::StatusOr<bool> run(farewell& x, output& out);
  /// Gives memory free, unless a probe stands at a row.
  void trim();
  /// Forgets what is older than the time to live.
  void forget_old();

  // -- what a piece does (join.cpp) ------------------------------------------
  void begin(probe& x);
  batch_ptr new_keys(const batch_ptr& rows) const;
  absl::Status meet(probe& x, join_matches& pairs, output& out);
  absl::Status emit_turned(bool removal, const std::vector<std::int32_t>& rows,
                           output& out);
  absl::Status finish(probe& x, output& out);
  absl::Status remember(const probe& x, const row_list& kept);

  // -- pairs and rows (join_pairs.cpp) ---------------------------------------
  void keep_in_bound(const probe& x, join_matches& pairs) const;
  absl::Status keep_passing(const probe& x, join_matches& pairs);
  std::vector<std::int32_t> count(probe& x, const join_matches& pairs);
  batch_ptr pair_columns(const std::vector<int>& columns, schema_ptr layout,
                         const probe& x, const join_matches& pairs) const;
  absl::Status emit_pairs(const probe& x, const join_matches& pairs,
                          output& out);

  /// Rows of one side without the other: of a batch with its changes, or
  /// stored ones, as `kind`.
  absl::Status emit_alone(int side, const batch_ptr& rows, output& out);
  absl::Status emit_stored(int side, std::span<const std::int32_t> rows,
                           change kind, output& out);

  /// True if rows of `side` are given when they meet nothing.
  bool keeps(int side) const {
    return side == 0 ? keeps_left(spec_.type) : keeps_right(spec_.type);
  }

  bool mortal(int side) const {
    return sides_[side].options().life.has_value();
  }

  bool counts(int side) const {
    return sides_[side].options().counts;
  }

  const std::vector<int>& keys(int side) const {
    return side == 0 ? spec_.left_keys : spec_.right_keys;
  }

  join_spec spec_;
  schema_ptr layout_;
  schema_ptr inputs_[2];
  join_side sides_[2];
  /// Columns that must not be NULL for a row to meet another.
  std::vector<int> needed_[2];
  /// Whether a right row is there is all that counts: one a key is kept, and
  /// left rows are forgotten once they have met it.
  bool existence_ = false;
  std::vector<int> all_columns_;
  expr_ptr residual_; ///< over `residual_columns_` only
  std::vector<int> residual_columns_;
  schema_ptr residual_layout_;
  event_time watermark_ = time_min;
  bool sets_apart_ = false; ///< rows that meet very many
  std::deque<piece> work_;
  std::deque<piece> hot_;       ///< of hot keys; behind `work_`
  std::deque<held_input> held_; ///< becomes pieces of `hot_`
  std::int64_t held_rows_ = 0;
  absl::flat_hash_set<std::uint64_t> hot_keys_; ///< their hashes
  int pieces_left_ = 0;                         ///< of this call
};

} // namespace herald
