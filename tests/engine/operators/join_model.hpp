#pragma once

#include "tests/engine/operators/job_support.hpp"

// Joins by two loops over the rows that are left, and jobs of one join.

namespace herald::testing {

/// left.v < right.v, over two rows of `stream_layout`.
expr_ptr smaller_value();

/// Tells the join when rows are over and that rows may be taken back, as the
/// planner would.
join_spec planned(join_spec spec);

/// True if the rows meet; of a residual only `smaller_value` is known.
bool rows_meet(const join_spec& spec, const literal_values& left,
               const literal_values& right);

using rows_match
    = std::function<bool(const literal_values&, const literal_values&)>;

/// The lines of the result.
std::vector<std::string> join_by_hand(join_type type, const rows_match& meet,
                                      const std::vector<literal_values>& left,
                                      const std::vector<literal_values>& right);

/// What the join gives of inputs of these columns.
schema_ptr joined_layout(join_type type, const schema& left,
                         const schema& right);

/// Two scans and the join of their rows; left and right columns as in
/// `stream_layout`, or others with the same place of the time.
job_graph join_job(const join_spec& spec, int parallelism,
                   std::int64_t disorder_ms,
                   const schema_ptr& left = stream_layout(),
                   const schema_ptr& right = stream_layout());

} // namespace herald::testing
