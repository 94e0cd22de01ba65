#pragma once

#include "actors/messages.hpp"
#include "actors/task_spec.hpp"
#include "cep/compiled_rule.hpp"

#include <atomic>
#include <mutex>

// A rule file as a task: its source's scan, an exchange by the rule's key, the
// matcher, and the table that takes the matches. Pure; safe on any thread.

namespace herald {

/// What the matchers of a running rule share: the rule that runs, so that one
/// that restarts does not fall back to an older one, and figures. Any thread.
class rule_cell {
public:
  explicit rule_cell(compiled_rule_ptr rule) : rule_(std::move(rule)) {}

  compiled_rule_ptr rule() const {
    std::lock_guard lock(mutex_);
    return rule_;
  }

  void set_rule(compiled_rule_ptr rule) {
    std::lock_guard lock(mutex_);
    rule_ = std::move(rule);
  }

  std::atomic<std::int64_t> matches{0};
  std::atomic<std::int64_t> partial_matches{0};

private:
  mutable std::mutex mutex_;
  compiled_rule_ptr rule_;
};

struct rule_task {
  std::shared_ptr<const task_spec> spec;
  compiled_rule_ptr rule; ///< over the columns that it reads
  std::string tables;     ///< as in the file
  std::shared_ptr<rule_cell> cell;
};

/// Compiles a rule file for running as `name`. Errors point into `yaml`.
absl::StatusOr<rule_task> compile_rule_task(const std::string& name,
                                            std::string_view yaml);

/// True if a task that runs `from` can go on with `to` in place: everything
/// outside the matcher is the same.
bool fits_in_place(const rule_task& from, const rule_task& to);

/// The change that gives the matchers of the running task, whose cell is
/// `running`, the rule `to`.
operator_change change_rule(rule_cell& running, const rule_task& to);

} // namespace herald
