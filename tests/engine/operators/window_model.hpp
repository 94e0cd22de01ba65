#pragma once

#include "tests/engine/operators/aggregate_model.hpp"

// Windowed aggregation by hand, for tests: a list of rows for every window and
// key, over `stream_layout()`.

namespace herald::testing {

/// Keys, results, window_start, window_end, window_time.
schema_ptr window_layout(const std::vector<int>& keys);

/// `model_calls` over windows of the rows' own time.
window_aggregate_spec spec_of(window_spec window, std::vector<int> keys);

using bounds = std::pair<std::int64_t, std::int64_t>;

/// The windows that `t` lies in, by trying every one near it.
std::vector<bounds> windows_of(std::int64_t t, const window_spec& window);

/// Lines of the results; `fired`: ends of windows for which a row is too late
/// when it comes, in order of arrival (empty: none is).
std::vector<std::string>
aggregate_windows(const std::vector<literal_values>& rows,
                  const window_spec& window, const std::vector<int>& keys,
                  const std::vector<std::int64_t>& fired = {});

std::vector<literal_values> values_of(const std::vector<stream_event>& x);

/// The aggregation of one scan; its keys meet by hash.
job_graph window_job(const window_aggregate_spec& spec, int parallelism,
                     std::int64_t disorder_ms);

window_spec cumulate(std::int64_t size, std::int64_t step, std::int64_t offset);

/// Ends of windows that are closed before each row, when a source gives
/// batches of `batch_rows` rows and windows stay open `lateness_ms`.
std::vector<std::int64_t> fired_before(const std::vector<stream_event>& events,
                                       std::int64_t batch_rows,
                                       std::int64_t disorder_ms,
                                       std::int64_t lateness_ms = 0);

/// The rows all of whose windows are closed when they come.
std::vector<literal_values>
rows_too_late(const std::vector<stream_event>& events,
              const window_spec& window,
              const std::vector<std::int64_t>& fired);

} // namespace herald::testing
