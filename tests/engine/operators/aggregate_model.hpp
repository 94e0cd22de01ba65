#pragma once

#include "tests/engine/operators/job_support.hpp"

// Aggregation as one would do it by hand, for tests: the rows of a group in a
// list, and every aggregate a loop over it.

namespace herald::testing {

/// COUNT(*), COUNT(DISTINCT v), SUM(v), MIN(v), MAX(s), and SUM(v) of the
/// rows with v > 0, over `stream_layout()`.
std::vector<aggregate_call> model_calls();

/// What `model_calls` give for `rows`.
literal_values aggregate_by_hand(const std::vector<literal_values>& rows);

/// `job`, of one aggregation by keys or by windows behind a scan, with the rows
/// of each batch combined behind the scan.
job_graph in_two_phases(job_graph job);

/// The fields that the results add to a layout.
std::vector<field> result_fields();

} // namespace herald::testing
