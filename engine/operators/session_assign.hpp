#pragma once

#include "engine/operators/row_store.hpp"
#include "engine/operators/session_index.hpp"
#include "engine/plan/aggregate_spec.hpp"

// The SESSION table function by itself: keeps the rows of every open session
// and gives them out, with the session's bounds, once the watermark reaches
// its end (see session_aggregate.hpp on why not earlier). Bounded by the rows
// of the sessions behind the watermark.

namespace herald {

class session_assign_operator final : public stream_operator {
public:
  session_assign_operator(window_assign_spec spec, schema_ptr input_layout,
                          schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// The rows of one session as a list through `next_`.
  struct chain {
    std::int32_t first = -1;
    std::int32_t last = -1;
  };

  void keep(const batch& rows, event_time watermark);
  void link(std::int32_t session, std::int32_t row);
  std::vector<std::int32_t> rows_of(std::int32_t session) const;
  batch_ptr gather(std::span<const std::int32_t> rows) const;
  absl::Status emit(std::span<const std::int32_t> sessions, output& out);

  /// Makes the store anew when most of its rows are gone.
  void reclaim();

  window_assign_spec spec_;
  schema_ptr input_layout_;
  schema_ptr layout_;
  session_index index_;
  row_store rows_;
  std::vector<std::int32_t> next_; ///< by row
  std::vector<chain> chains_;      ///< by session
  std::int32_t gone_ = 0;          ///< rows that were given out
  event_time watermark_ = time_min;
  std::vector<std::int32_t> sessions_; ///< scratch
};

} // namespace herald
