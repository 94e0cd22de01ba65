#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

// What becomes of rows that an operator drops behind its watermark, when their
// table names another that keeps them. Pure.

namespace herald {

/// Rows `which` of `rows` as rows of that table; `t`: the watermark that they
/// came too late for, NULL in them if it is `time_min`.
batch_ptr late_batch(const late_output& to, const batch& rows,
                     const row_list& which, event_time t);

} // namespace herald
