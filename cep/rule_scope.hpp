#pragma once

#include "cep/rule_file.hpp"
#include "engine/columnar/batch.hpp"
#include "engine/expr/expr.hpp"

#include <string_view>
#include <vector>

// Binds the expressions of a rule: a bare column is one of the current event,
// `step.column` one of an earlier step's event. In what comes out, column c of
// step s is column s * n + c, where n is the number of columns of the source.
// One thread; lives as long as a rule is compiled.

namespace herald {

class rule_scope {
public:
  /// Names as step `current` sees them: itself and the steps before it.
  rule_scope(const schema& source, const std::vector<rule_step>& steps,
             std::size_t current)
      : source_(source), steps_(steps), current_(current) {}

  /// `what` names the expression in errors, which are at places of the file.
  absl::StatusOr<expr_ptr> bind(const sql::expression& x,
                                std::string_view what) const;

  /// As `bind`; the result is BOOLEAN.
  absl::StatusOr<expr_ptr> bind_condition(const sql::expression& x,
                                          std::string_view what) const;

private:
  absl::StatusOr<expr_ptr> bind(const sql::expression& x, std::string_view what,
                                bool condition) const;
  absl::StatusOr<expr_ptr> flatten(const expr_ptr& x) const;

  const schema& source_;
  const std::vector<rule_step>& steps_;
  std::size_t current_;
};

} // namespace herald
