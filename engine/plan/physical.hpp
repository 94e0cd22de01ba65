#pragma once

#include "engine/plan/logical_plan.hpp"
#include "engine/plan/sql_session.hpp"

// From optimised logical plans to the stages and edges of a task. A stage has
// either a scan or input ports, never both. Operators are chained into the
// stage of their input unless rows must first meet by key. Pure.

namespace herald {

/// One result of a statement and where it goes.
struct planned_sink {
  plan_ptr plan;
  sink_spec sink;
};

/// 0, 1, … `count` - 1: what an aggregation puts first are its keys.
std::vector<int> first_columns(std::size_t count);

/// The table `name`, which is written to beside what a query reads from `of`.
/// Errors, about `context`: there is none, or it cannot be written to.
absl::StatusOr<std::shared_ptr<const table_definition>>
side_table(const std::string& name, const table_definition& of,
           const std::string& context, const sql_session& session);

/// Cuts the plans into stages of the session's parallelism at most. Errors:
/// a dead-letter table that does not exist or has other columns.
absl::StatusOr<job_graph> build_job(const std::vector<planned_sink>& sinks,
                                    const sql_session& session);

} // namespace herald
