#pragma once

#include "engine/operators/aggregate_table.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/window_zone.hpp"
#include "engine/plan/aggregate_spec.hpp"

// The first of two phases of an aggregation: combines the rows of a batch by
// key, and by pane where there are windows, where they are, so that a key's
// rows become one on the way to the subtask that owns it. Keeps nothing
// between batches.

namespace herald {

class local_aggregate_operator final : public stream_operator {
public:
  local_aggregate_operator(local_aggregate_spec spec,
                           const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  /// Where the pane begins that all rows lie in, in local time if windows are;
  /// empty: there are several, or none.
  std::optional<event_time>
  common_pane(const column& time, std::span<const event_time> times) const;

  /// The same of each row, as the column behind the keys; NULL for rows without
  /// a time. `which` gets the rows that lie in a window.
  column_ptr panes_of(const column& time, std::vector<event_time> times,
                      row_list& which) const;

  /// Groups `which` of the rows (null: all) by `keys`, which have `types`.
  /// Gives keys, partials and numbers of rows.
  absl::StatusOr<std::vector<column_ptr>>
  combine(const batch& rows, const std::vector<int>& keys,
          const std::vector<data_type>& types, const row_list* which);

  /// Groups by pane as well, which comes behind the keys.
  absl::StatusOr<std::vector<column_ptr>> combine_by_window(const batch& rows);
  absl::StatusOr<std::vector<column_ptr>>
  combine_panes(const batch& rows, const column& time,
                std::vector<event_time> times);

  local_aggregate_spec spec_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  window_zone zone_;
  std::int64_t expected_ = 0;        ///< groups: as many as the batch before
  std::vector<std::int32_t> groups_; ///< scratch
};

} // namespace herald
