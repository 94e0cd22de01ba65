#pragma once

#include "engine/plan/sql_session.hpp"
#include "tests/engine/expr/flink_cases.hpp"
#include "tests/engine/plan/plan_support.hpp"

// Runs the statements of the corpus as a user would: parser, planner with all
// its rules, and the operators over the corpus' table, in memory. One thread.

namespace herald::testing {

/// What a statement gave.
struct herald_answer {
  /// How far it came: "refused" (before anything ran), "failed", or "rows".
  std::string outcome;
  std::string message; ///< of an error
  std::vector<std::string> types;
  std::vector<std::vector<answer_value>> rows; ///< the table at the end
};

class flink_runner {
public:
  /// Reads `table.sql` and `rows.jsonl` of `folder`; aborts if it cannot.
  explicit flink_runner(const std::string& folder);

  herald_answer run(const std::string& statement, const std::string& zone);

  /// Ids of rows with a date or time before 1970.
  const std::set<std::int64_t>& early_rows() const {
    return early_;
  }

private:
  absl::Status run_into(const std::string& statement, const std::string& zone,
                        herald_answer& to);
  batch_ptr input_of(const scan_spec& scan) const;

  fake_connectors connectors_;
  std::string ddl_;
  batch_ptr rows_;
  std::set<std::int64_t> early_;
};

} // namespace herald::testing
