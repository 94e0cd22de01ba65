#pragma once

#include "cep/rule_file.hpp"
#include "engine/columnar/batch.hpp"
#include "engine/expr/expr.hpp"

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

// A rule bound to the rows of its source: what the matcher runs. It sees only
// the columns that the rule reads ("read columns"). A condition is split at
// its ANDs: what asks only the event itself (`own`) is one vectorised test a
// batch; what also asks earlier events (`joint`) is tested for each candidate.
// Immutable and shared, safe on any thread.

namespace herald {

/// Where an input of an expression comes from.
struct event_column {
  int step = 0; ///< -1: the current event
  int slot = 0; ///< read column, or place among the step's captures
};

/// Expressions over columns of several events: input i is column i.
struct joint_input {
  std::vector<event_column> columns;
  schema_ptr layout;
};

struct compiled_step {
  std::string name;
  contiguity follows = contiguity::relaxed;
  expr_ptr own;   ///< over the read columns, or null: every event
  expr_ptr joint; ///< over `inputs`, or null
  joint_input inputs;
  /// Read columns of this step's event that later steps or emit need.
  std::vector<int> captured;
  schema_ptr captured_layout; ///< names: "step.column"
  expr_ptr condition;         ///< the whole; column c of step s is s * n + c
};

struct compiled_rule {
  std::string name;
  std::int64_t version = 0;
  std::string source;
  schema_ptr source_layout;
  std::vector<int> source_keys; ///< to divide the source's rows by
  std::vector<int> reads;       ///< columns of the source, ascending
  schema_ptr read_layout;
  int time_column = 0;   ///< read column
  std::vector<int> keys; ///< read columns
  std::int64_t within_ms = 0;
  match_mode mode = match_mode::next;
  std::vector<compiled_step> steps;
  std::string into;
  joint_input emit_inputs; ///< the current event is the last step's
  std::vector<expr_ptr> emit;
  schema_ptr layout; ///< of the matches
};

using compiled_rule_ptr = std::shared_ptr<const compiled_rule>;

/// Binds `rule` to rows of `source_layout` whose event time is column
/// `time_column`, a TIMESTAMP or TIMESTAMP_LTZ of any precision. Errors, at
/// their place in the file: unknown columns and steps, with the nearest name;
/// conditions that are not BOOLEAN; types that do not fit.
absl::StatusOr<compiled_rule_ptr> compile_rule(const rule_file& rule,
                                               const schema& source_layout,
                                               int time_column);

/// True if `to` has the source and key of `from` and reads no column that
/// `from` does not: rows that wait for the watermark can go over.
bool reads_no_more(const compiled_rule& from, const compiled_rule& to);

/// True if partial matches of `from` can go on under `to`: source, key,
/// within, mode and steps are the same, and `from` keeps every column that
/// `to` needs.
bool carries_over(const compiled_rule& from, const compiled_rule& to);

} // namespace herald
