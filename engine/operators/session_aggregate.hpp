#pragma once

#include "engine/operators/call_states.hpp"
#include "engine/operators/session_index.hpp"
#include "engine/plan/aggregate_spec.hpp"

// Aggregation over sessions. A session is given out once, when the watermark
// reaches its end: rows that would prolong it can then come no more, in
// whatever order the others came. (Flink fires a millisecond earlier, and so
// depends on the order.) The watermark that goes on stays a millisecond
// behind, as `window_time` is the end less one. Bounded by the sessions
// behind the watermark.

namespace herald {

class session_aggregate_operator final : public stream_operator {
public:
  session_aggregate_operator(window_aggregate_spec spec,
                             const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  absl::Status emit(std::span<const std::int32_t> sessions, output& out);

  window_aggregate_spec spec_;
  schema_ptr layout_;
  session_index index_;
  call_states states_;
  schema_ptr state_layout_; ///< keys, first, last, partials
  event_time watermark_ = time_min;
  std::vector<std::int32_t> sessions_; ///< scratch
};

/// What a session operator passes on of its watermark `t`.
constexpr event_time behind_sessions(event_time t) {
  return t == time_max || t == time_min ? t : t - 1;
}

} // namespace herald
