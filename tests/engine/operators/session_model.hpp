#pragma once

#include "engine/operators/operator.hpp"
#include "tests/engine/operators/aggregate_model.hpp"

// Sessions by hand, for tests: rows over `stream_layout()` that are sorted and
// cut at gaps.

namespace herald::testing {

constexpr std::int64_t session_gap = 1'500;

window_spec session_window();

/// `layout`, then window_start, window_end, window_time.
schema_ptr with_bounds(schema layout);

/// Keys, results, bounds.
schema_ptr session_layout(const std::vector<int>& keys);

/// `model_calls` over sessions of the rows' own time.
window_aggregate_spec session_spec(std::vector<int> keys);

using row_group = std::vector<literal_values>;

/// The rows of each session of each key.
std::vector<row_group> sessions_of(std::vector<literal_values> rows,
                                   const std::vector<int>& keys);

void add_bounds(literal_values& line, const row_group& session);

/// The line that a session gives.
std::string session_line(const row_group& session,
                         const std::vector<int>& keys);

/// Lines of the results.
std::vector<std::string> aggregate_sessions(std::vector<literal_values> rows,
                                            const std::vector<int>& keys);

/// The aggregation of one scan; its keys meet by hash.
job_graph session_job(const window_aggregate_spec& spec, int parallelism,
                      std::int64_t disorder_ms);

/// Keeps what an operator gives.
class collected final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    for (auto& line : print_rows(*rows))
      lines.push_back(std::move(line));
    all.push_back(std::move(rows));
    return absl::OkStatus();
  }

  absl::Status advance(event_time t) override {
    EXPECT_GE(t, watermark);
    watermark = t;
    return absl::OkStatus();
  }

  std::vector<std::string> take() {
    return std::exchange(lines, {});
  }

  std::vector<std::string> lines;
  std::vector<batch_ptr> all;
  event_time watermark = time_min;
};

} // namespace herald::testing
