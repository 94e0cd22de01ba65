#pragma once

#include "engine/plan/planner.hpp"
#include "tools/herald/local_run.hpp"
#include "tools/herald/result_sink.hpp"

#include <memory>
#include <string>
#include <vector>

// Executes statements in this process, one after the other, as `herald sql`
// does: declarations change the session, queries run to their end, what they
// say is shown. One thread.

namespace herald {

class script_runner {
public:
  script_runner(local_system& system, std::FILE* out, result_style style);

  sql_session& session() {
    return session_;
  }

  /// Runs all statements of `text`; stops at the first error, which points
  /// into `text`, and when the user asks to stop.
  absl::Status run(const std::string& text);

  /// Says on standard error what statements without rows did.
  void be_talkative() {
    talkative_ = true;
  }

private:
  absl::Status execute(sql::statement statement);
  absl::Status run_job(planned_job& job);
  void show(const text_table& x);

  local_system& system_;
  std::FILE* out_;
  result_style style_;
  sql_session session_;
  bool talkative_ = false;
};

/// Reads a whole file; errors name it. At most `script_bytes_max`.
absl::StatusOr<std::string> read_file(const std::string& path);

/// Prints an error as people read it: the message, and the place in the text.
void print_error(const std::string& source, const absl::Status& status);

} // namespace herald
