#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/runtime/inbox.hpp"
#include "engine/runtime/subtask.hpp"

// One subtask of a sink: an inbox and a connector's writer. While the writer
// holds more than it should, nothing is taken from the inbox, so no credit
// goes back and the stream slows down to the sink's pace. A barrier is
// reported once everything before it is safely outside. A writer that
// overwrites is closed only if its input is complete. One thread at a time.

namespace herald {

class sink_driver {
public:
  /// Bytes that a writer may hold before the inbox is left alone.
  static constexpr std::int64_t pending_bytes_max = 4 << 20;

  /// The sink of `place`'s stage, fed by the subtask of the same index.
  sink_driver(const subtask_place& place, std::unique_ptr<sink_writer> writer,
              std::shared_ptr<subtask_metrics> metrics);

  absl::Status open(wake_function wake) {
    return writer_->open(std::move(wake));
  }

  absl::Status receive(frame x) {
    return inbox_.push(std::move(x));
  }

  absl::StatusOr<step_result> step(int events_max);

  std::vector<credit> take_credits() {
    return std::exchange(credits_, {});
  }

  /// Barriers that are safely out since the last call.
  std::vector<std::int64_t> take_barriers() {
    return std::exchange(barriers_, {});
  }

private:
  absl::Status take(input_event& event);
  absl::Status settle();

  std::unique_ptr<sink_writer> writer_;
  std::shared_ptr<subtask_metrics> metrics_;
  inbox inbox_;
  std::vector<credit> credits_;
  std::vector<std::int64_t> barriers_;
  std::int64_t rows_held_ = 0; ///< written, and perhaps not yet out
  std::int64_t waiting_ = 0;   ///< epoch that waits for the flush, or 0
  bool overwrites_ = false;
  bool complete_ = false; ///< the input was read to its end, and not stopped
  bool ending_ = false;
  bool closed_ = false;
};

} // namespace herald
