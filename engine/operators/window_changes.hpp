#pragma once

#include "engine/operators/group_changes.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/window_times.hpp"
#include "engine/plan/aggregate_spec.hpp"

#include <map>
#include <optional>

// Aggregation over windows that give more than one result, or whose input
// takes rows back: each window is an unbounded aggregation of its own, whose
// changes are held back until the window ends or, with early firing, for a
// time; it is kept until the watermark is past its end by the lateness. The
// watermark that goes on stays behind by as much, so that what is late here is
// not late for others. Bounded by distinct keys a window times the windows
// behind the watermark.

namespace herald {

class window_changes_operator final : public stream_operator {
public:
  /// `spec` has no sessions.
  window_changes_operator(window_aggregate_spec spec,
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
  struct window {
    aggregate_table table;
    group_changes changed = {};
    std::vector<std::int64_t> rows = {};  ///< by group: those that count
    std::vector<std::uint8_t> given = {}; ///< by group: has given a result
  };

  /// The rows of each window by its end, and those that are late.
  std::map<event_time, row_list> assign(const batch& rows,
                                        row_list& late) const;
  absl::Status add(event_time end, const batch& rows, const row_list* which,
                   const aggregate_inputs& inputs);
  window& window_at(event_time end);

  /// True if the window with this end has given its result.
  bool fired(event_time end) const {
    return window_is_over(end, watermark_);
  }

  /// True if rows of the window with this end come too late.
  bool closed(event_time end) const {
    return window_is_over(end, watermark_, spec_.emit.lateness_ms);
  }

  /// Gives the changes of windows that fired or (false) did not yet.
  absl::Status emit_changed(bool fired_ones, output& out);
  absl::Status emit(event_time end, window& x, output& out);
  absl::Status send(event_time end, group_changes::rows changes, output& out);

  window_aggregate_spec spec_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  std::map<event_time, window> windows_; ///< by end
  event_time watermark_ = time_min;
  /// When changes of windows before and after their end are given.
  std::optional<std::int64_t> early_due_;
  std::optional<std::int64_t> late_due_;
  std::vector<std::int32_t> groups_; ///< scratch
};

} // namespace herald
