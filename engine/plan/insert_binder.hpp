#pragma once

#include "engine/plan/logical_plan.hpp"
#include "engine/plan/sql_session.hpp"

#include <set>

// What INSERT INTO needs beyond its query: columns matched to the table's,
// types checked and cast. Pure.

namespace herald {

/// A query whose rows have a place to go.
struct bound_sink {
  plan_ptr plan;
  std::shared_ptr<const table_definition> table; ///< null: the client
  text_position where;
  /// Columns of the primary key whose newest row alone is to be written; none
  /// where the sink takes every row, or nobody shall keep them apart.
  std::set<int> newest_by = {};
  sql::conflict_rule on_conflict = sql::conflict_rule::none;
  text_position conflict_where = {};
  bool overwrite = false;             ///< as in `sink_spec`
  std::vector<scalar> partition = {}; ///< the same
};

/// True if a sink, or a parameter of a user's function, takes `from` for `to`
/// without a CAST being written: what loses nothing, and other lengths and
/// precisions of the same kind. Nested types convert if all their parts do.
bool converts_silently(const data_type& from, const data_type& to);

absl::StatusOr<bound_sink> bind_insert(const sql::insert_statement& x,
                                       const sql_session& session);

} // namespace herald
