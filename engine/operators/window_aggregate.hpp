#pragma once

#include "engine/operators/aggregate_table.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

#include <map>

// Aggregation over TUMBLE, HOP and CUMULATE. Time is cut into panes of
// gcd(size, slide); each pane keeps one table, and a window's result merges
// the panes it covers, so a row is added once however many windows it lies
// in (Li et al., "No Pane, No Gain", SIGMOD Record 2005). CUMULATE's panes are
// its steps; those that fired lie merged in the first. A window fires once,
// when the watermark reaches its end - 1 ms; rows all of whose windows have
// fired are late: dropped and counted. Bounded by distinct keys a pane times
// the panes behind the watermark. Its input may be what a local aggregation
// made of the rows.

namespace herald {

class window_aggregate_operator final : public stream_operator {
public:
  window_aggregate_operator(window_aggregate_spec spec,
                            const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// Start of the pane that `t` (a row's time, or its window's end when rows
  /// carry their windows) belongs to.
  event_time pane_of(event_time t) const;

  /// End of the last window that covers the pane.
  event_time last_end(event_time pane) const;

  /// End of the first window that covers the pane.
  event_time first_end(event_time pane) const;

  /// Start of the window that ends at `end`.
  event_time start_of(event_time end) const;

  /// The last end of a window that is at most `limit`.
  event_time last_end_until(event_time limit) const;

  /// What the pane has, made if there is none.
  aggregate_table& table_at(event_time pane);

  /// Counts rows that come too late.
  absl::Status drop(const batch& rows, const row_list& late, output& out);

  /// Adds the rows of each pane, or what a local aggregation made of them.
  absl::Status add(const batch& rows,
                   const std::map<event_time, row_list>& by_pane);
  absl::Status add_partials(event_time pane, const batch& x);
  absl::Status fire(event_time end, output& out);
  absl::Status fire_cumulated(event_time end, output& out);
  absl::Status emit(const aggregate_table& table, event_time end, output& out);
  aggregate_table make_table() const;

  window_aggregate_spec spec_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  bool windowed_input_; ///< rows carry their window's end
  bool cumulates_ = false;
  std::int64_t pane_ms_;
  std::int64_t slide_ms_;
  std::map<event_time, aggregate_table> panes_; ///< by start
  event_time watermark_ = time_min;
  event_time fired_ = time_min; ///< no window with this end or less is open
  std::vector<std::int32_t> groups_; ///< scratch
};

} // namespace herald
