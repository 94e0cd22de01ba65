#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a job has done since it started (or was started again), as its plan
// shows it: added up over the subtasks. Plain values.

namespace herald {

struct operator_figures {
  std::int64_t rows_in = 0;
  std::int64_t rows_out = 0;
  std::int64_t rows_late = 0; ///< dropped behind the watermark
  std::int64_t state_bytes = 0;
};

struct stage_figures {
  std::int64_t rows_read = 0;    ///< by its scan
  std::int64_t malformed = 0;    ///< records that its format could not read
  std::string last_malformed;    ///< where one of these was, and why
  std::int64_t rows_written = 0; ///< by its sink
  /// Event time up to which it has come; nullopt: there is none, or no end.
  std::optional<std::int64_t> watermark_ms;
  std::vector<operator_figures> operators; ///< in order of the stage's
};

} // namespace herald
