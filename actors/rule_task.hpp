#pragma once

#include "actors/messages.hpp"
#include "actors/task_spec.hpp"
#include "cep/compiled_rule.hpp"

#include <atomic>

// A rule file as a task: its source's scan, an exchange by the rule's key, the
// matcher, and the table that takes the matches. Pure; safe on any thread.

namespace herald {

/// Figures of a running rule, written by its matchers, read by any thread.
struct rule_gauges {
  std::atomic<std::int64_t> matches{0};
  std::atomic<std::int64_t> partial_matches{0};
};

struct rule_task {
  std::shared_ptr<const task_spec> spec;
  compiled_rule_ptr rule; ///< over the columns that it reads
  std::string tables;     ///< as in the file
  std::shared_ptr<rule_gauges> gauges;
};

/// Compiles a rule file for running as `name`. Errors point into `yaml`.
absl::StatusOr<rule_task> compile_rule_task(const std::string& name,
                                            std::string_view yaml);

/// True if a task that runs `from` can go on with `to` in place: everything
/// outside the matcher is the same.
bool fits_in_place(const rule_task& from, const rule_task& to);

/// The change that gives the matchers of a running task the rule `to`.
operator_change change_rule(const rule_task& to);

} // namespace herald
