#pragma once

#include "engine/operators/window_zone.hpp"

#include <memory>

// Windows over TIMESTAMP_LTZ in the session's zone: runs a window operator
// whose times and watermarks are local. Puts the local time of each row behind
// its columns, gives `window_time` back as an instant, and holds the watermark
// back where the clock is. Bounded as the operator inside.

namespace herald {

/// Where the times are.
struct local_windows_columns {
  /// The rows' instants, unless they carry their windows. The operator inside
  /// finds the local time as the column behind those of the input.
  std::optional<int> time;
  std::vector<int> window_times = {}; ///< of the output
};

class local_windows_operator final : public stream_operator {
public:
  local_windows_operator(std::unique_ptr<stream_operator> inner,
                         const std::string& zone, const schema& input,
                         local_windows_columns columns);

  absl::Status open(const operator_context& context) override;
  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status flush(output& out) override;
  absl::Status drained(output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return inner_->due_ms();
  }

  absl::Status write(state_writer& writer) const override {
    return inner_->write(writer);
  }

  absl::Status read(const state_reader& reader) override {
    return inner_->read(reader);
  }

  std::int64_t state_bytes() const override {
    return inner_->state_bytes();
  }

  /// What the operator inside takes for its input.
  static schema_ptr layout_inside(const schema& input);

private:
  /// Hands the time on before each call inside.
  stream_operator& inner();
  batch_ptr with_local_times(const batch_ptr& rows) const;

  std::unique_ptr<stream_operator> inner_;
  window_zone zone_;
  schema_ptr inside_;
  local_windows_columns columns_;
};

} // namespace herald
