#pragma once

#include "engine/operators/call_states.hpp"
#include "engine/operators/given_sessions.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/aggregate_spec.hpp"

#include <map>
#include <optional>
#include <set>

#include <absl/container/flat_hash_map.h>

// Aggregation over sessions whose rows can be taken back, or that give more
// than one result. Results are always those of the rows that are there: a
// session shrinks, moves, falls apart or joins another as its rows do. What
// was given is compared with what is there now only where rows came or went;
// a session whose bounds moved is deleted and another one inserted, so that
// each of its bounds is a key of the output beside the keys. The watermark
// that goes on stays behind by the lateness. Bounded by the sessions behind
// the watermark and the lateness; if rows can be taken back, by their times.

namespace herald {

class session_changes_operator final : public stream_operator {
public:
  session_changes_operator(window_aggregate_spec spec,
                           const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status flush(output& out) override;
  absl::Status drained(output& out) override;
  absl::Status resume(output& out) override;
  std::optional<std::int64_t> due_ms() const override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// Where rows of a key came or went since its sessions were given last:
  /// stretches that are further apart than the gap, by begin.
  struct touched_times {
    void add(event_time t, std::int64_t gap_ms);

    std::map<event_time, event_time> ranges;
    std::set<event_time> gone; ///< no rows there any more
    bool early = false;        ///< its key is in `early_keys_`
    bool late = false;         ///< …
  };

  /// Sessions that are there now, and those that they replace.
  struct work_list {
    session_runs now; ///< parts: of `before`
    std::vector<given_sessions::entry> before;
    std::vector<std::int32_t> totals; ///< by run of `now`, while it is given
  };

  /// Keys whose changes are held back until `due`, in processing time.
  struct held_keys {
    std::set<std::int32_t> keys;
    std::optional<std::int64_t> due;
  };

  std::int32_t place(std::int32_t key, event_time t, bool back);
  void note(std::int32_t key, event_time t);
  void settle();
  void forget_empty(std::vector<std::int32_t>& keys);

  /// True if the session with this end is over.
  bool is_over(event_time end) const {
    return watermark_ != time_min && end <= watermark_;
  }

  /// Sessions that end by then are forgotten.
  event_time closed() const;

  absl::Status give_held(held_keys& held, output& out);
  absl::Status give(std::vector<std::int32_t> keys, output& out);
  void collect(std::int32_t key, const touched_times& times, work_list& work);
  absl::StatusOr<std::vector<column_ptr>> results_of(work_list& work);
  std::int32_t new_total();
  void sum_up(work_list& work);
  void add_pieces(const work_list& work);
  void free_totals(const std::vector<std::int32_t>& which);
  absl::Status add_to_totals(const batch& rows, const row_list& taken,
                             std::span<const event_time> times,
                             const aggregate_inputs& inputs);
  absl::Status send(work_list& work, output& out);
  void remember(const work_list& work, const row_list& given,
                const std::vector<column_ptr>& fresh);
  absl::Status emit(std::span<const session_run> runs,
                    std::vector<column_ptr> results, buffer_ptr changes,
                    output& out);
  void close(const std::vector<session_pieces::ended_run>& ended);

  window_aggregate_spec spec_;
  std::int64_t gap_ms_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  session_pieces pieces_;
  call_states states_; ///< by slot of a piece
  /// Of sessions as a whole if rows can be taken back: of those that were
  /// given, for as long, whatever their times are now.
  call_states totals_;
  bool keeps_totals_; ///< else they are made for each result
  std::int32_t total_count_ = 0;
  std::vector<std::int32_t> free_totals_;
  given_sessions given_;
  schema_ptr pieces_layout_; ///< keys, first, last, rows, partials
  schema_ptr given_layout_;  ///< keys, first, last, results
  event_time watermark_ = time_min;
  absl::flat_hash_map<std::int32_t, touched_times> touched_; ///< by key
  held_keys early_;                                          ///< before the end
  held_keys late_;                                           ///< after it
  /// Touched keys by the time at which the watermark that goes on gets to the
  /// end of a session that was given: what takes it back must come before.
  std::set<std::pair<event_time, std::int32_t>> deadlines_;
  std::vector<std::int32_t> keys_;  ///< scratch: of rows
  std::vector<std::int32_t> slots_; ///< scratch: of rows
};

} // namespace herald
