#pragma once

#include "tools/herald/local_run.hpp"
#include "tools/herald/result_sink.hpp"
#include "tools/herald/settings.hpp"

// A script run to be looked at: its sources give pasted rows or a sample of
// their first ones, its sinks write nothing, and what they would have got is
// shown. Nothing is committed anywhere. One thread; bounded by the rows that
// are shown of each sink.

namespace herald {

/// More rows of a sink are only counted.
constexpr std::int64_t debug_rows_max = 10'000;

struct debug_options {
  std::vector<setting> rows;      ///< table and file; "-": standard input
  std::int64_t sample_rows = 100; ///< of each other source
  std::int64_t seconds = 10;      ///< that samples may take
  result_style style = result_style::table;
};

/// Runs the script `text` under `settings` and shows its changes on `out`.
/// Errors point into `text`: its own, a table of `rows` that it has not.
absl::Status debug_script(local_system& system, const std::string& text,
                          const std::vector<setting>& settings,
                          const debug_options& options, std::FILE* out);

} // namespace herald
