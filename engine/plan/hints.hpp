#pragma once

#include "engine/plan/logical_plan.hpp"
#include "engine/sql/ast_table.hpp"

// Hints of SQL, `/*+ NAME(…) */`: those of a block of SELECT are checked here
// against its FROM, those of a table change its options. What LOOKUP says is
// read where rows are looked up, BROADCAST where they are joined; hints on
// ways to join that only batches know are checked and then left alone, as in
// Flink. Pure.

namespace herald {

/// Of a block: STATE_TTL, for how long the state of an input is kept, the
/// hints LOOKUP, which live as long as the AST, and the tables of BROADCAST.
struct select_hints {
  std::vector<std::pair<std::string, std::int64_t>> ttls_ms; ///< by name
  std::optional<std::int64_t> from_ttl_ms; ///< of FROM, if it is one table
  std::vector<const sql::hint*> lookups;
  std::vector<sql::identifier> broadcasts; ///< tables

  /// What is said about the table, which stands in FROM; a join has none.
  std::optional<std::int64_t> ttl_of(const sql::table_reference& x) const;

  /// Where BROADCAST names the table; nullopt if it does not.
  std::optional<text_position>
  broadcast_of(const sql::table_reference& x) const;
};

/// Checks all hints of a block: their names, the tables that they name, their
/// options. Errors point at the word, with the nearest one.
absl::StatusOr<select_hints> check_hints(const sql::select_block& x);

/// The options that OPTIONS(…) of a table sets. Errors: other hints.
absl::StatusOr<option_map> hinted_options(const std::vector<sql::hint>& hints);

/// The table with some of its options changed; itself if there are none.
bound_table_ptr with_options(const bound_table_ptr& table,
                             const option_map& options);

} // namespace herald
