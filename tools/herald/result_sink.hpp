#pragma once

#include "engine/connectors/connector.hpp"

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>

#include <unistd.h>

// Shows the rows of a SELECT: one JSON object a line for programs, an aligned
// table for people. Subtasks share one printer; each batch is written whole.

namespace herald {

enum class result_style : std::uint8_t { table, json };

class result_printer {
public:
  /// `out`: null counts the rows without showing them. `time_zone`: the IANA
  /// name of the zone that a table shows TIMESTAMP_LTZ in; JSON is in UTC.
  result_printer(std::FILE* out, result_style style,
                 std::string time_zone = "UTC")
      : out_(out), style_(style), time_zone_(std::move(time_zone)),
        for_eyes_(out && isatty(fileno(out)) == 1) {}

  /// Writes the rows of a batch; the first one also the names of columns.
  /// `retracts`: say for each row how it changes the result.
  absl::Status print(const batch& rows, bool retracts);

  /// Shows no more rows, whoever still gives some.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }

  /// True if rows came when it was closed: what was shown is not all.
  bool has_left_out() const {
    return left_out_;
  }

  /// Rows printed so far.
  std::int64_t rows() const {
    return rows_;
  }

private:
  /// Writes the text of `rows` rows, unless it is closed; under `mutex_`.
  absl::Status write(const std::string& text, std::int64_t rows);

  std::FILE* out_;
  result_style style_;
  std::string time_zone_;
  bool for_eyes_; ///< a terminal, not a file
  std::mutex mutex_;
  bool closed_ = false; ///< under `mutex_`
  std::atomic<bool> left_out_{false};
  std::vector<std::size_t> widths_; ///< of the table's columns
  std::atomic<std::int64_t> rows_{0};
};

/// Writes all of `text`, at once.
absl::Status write_out(std::FILE* out, const std::string& text);

/// A sink for one subtask, which closes the printer when the user asks to
/// stop: what is still under way is of no interest then. `layout` names the
/// columns of the result, which the plan's own batches need not: there a name
/// may stand twice.
std::unique_ptr<sink_writer>
make_result_sink(std::shared_ptr<result_printer> printer, schema_ptr layout,
                 bool retracts);

/// Pads `text` to `width` characters (code points), or cuts it with "…".
std::string fit(const std::string& text, std::size_t width);

/// Number of code points of UTF-8 text.
std::size_t display_width(const std::string& text);

} // namespace herald
