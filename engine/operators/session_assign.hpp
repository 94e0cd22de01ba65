#pragma once

#include "engine/operators/operator.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/operators/session_pieces.hpp"
#include "engine/plan/aggregate_spec.hpp"

// The SESSION table function by itself: keeps the rows of every open session
// and gives them out, with the session's bounds, once the watermark reaches
// its end (see session_aggregate.hpp on why not earlier). A row that is taken
// back before is not given at all: the sessions are those of the rows that are
// left. The first such row makes each time a piece of its own (see
// session_pieces.hpp). Bounded by the rows of the sessions behind the
// watermark.

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
  /// Rows of one piece as a list through `next_`.
  struct chain {
    std::int32_t first = -1;
    std::int32_t last = -1;
  };

  /// Takes rows of which those too late for `closed` are returned.
  row_list keep(const batch& rows, event_time closed);
  void append(const batch& rows, row_list& which);
  bool take_back(std::int32_t key, event_time t, const batch& rows,
                 std::int32_t at);
  void settle();
  void forget_empty(std::vector<std::int32_t>& keys);

  /// From now on rows can be taken back.
  void take_apart();

  void link(std::int32_t slot, std::int32_t row);
  std::vector<std::int32_t> rows_of(std::int32_t slot) const;
  std::vector<std::int32_t> all_rows() const;
  batch_ptr gather(std::span<const std::int32_t> rows) const;
  absl::Status emit(const std::vector<session_pieces::ended_run>& ended,
                    output& out);

  /// Makes the store anew when most of its rows are gone.
  void reclaim();

  session_pieces new_pieces(bool joins) const;

  window_assign_spec spec_;
  schema_ptr input_layout_;
  schema_ptr layout_;
  session_pieces pieces_;
  bool takes_back_ = false;
  row_store rows_;
  std::vector<std::int32_t> next_; ///< by row
  std::vector<chain> chains_;      ///< by slot of a piece
  std::int32_t gone_ = 0;          ///< rows that were given out or taken back
  event_time watermark_ = time_min;
  std::vector<std::int32_t> keys_;  ///< scratch: of rows
  std::vector<std::int32_t> slots_; ///< scratch: of rows to be appended
};

} // namespace herald
