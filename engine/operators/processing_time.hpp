#pragma once

#include "engine/operators/window_zone.hpp"
#include "engine/plan/aggregate_spec.hpp"

#include <memory>

// Windows by the clock: runs a window operator whose watermark is processing
// time. A row's time is when it arrives here, so none is late; a window is
// over when the clock has passed its end, which the operator asks to be woken
// for, or when the input ends. Event time passes by. Bounded as the operator
// inside.

namespace herald {

class processing_time_operator final : public stream_operator {
public:
  /// `time_column` of the input gives the rows' time to `inner`.
  processing_time_operator(std::unique_ptr<stream_operator> inner,
                           int time_column, const window_spec& window)
      : inner_(std::move(inner)), time_column_(time_column), window_(window),
        zone_(window.zone) {}

  absl::Status open(const operator_context& context) override;
  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status flush(output& out) override;
  absl::Status drained(output& out) override;
  absl::Status resume(output& out) override;
  std::optional<std::int64_t> due_ms() const override;

  absl::Status write(state_writer& writer) const override {
    return inner_->write(writer);
  }

  absl::Status read(const state_reader& reader) override;

  std::int64_t state_bytes() const override {
    return inner_->state_bytes();
  }

private:
  /// When the next window may be over, seen from now.
  std::int64_t next_end() const;
  /// Emits the windows that are over.
  absl::Status fire(output& out);

  std::unique_ptr<stream_operator> inner_;
  int time_column_;
  window_spec window_;
  window_zone zone_;
  std::int64_t now_ms_ = 0; ///< never goes back, though the clock may
  std::optional<std::int64_t> due_;
};

} // namespace herald
