#include "engine/plan/planner.hpp"
#include "tests/engine/plan/plan_support.hpp"
#include "tests/support/local_runner.hpp"
#include "tests/support/rows.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// A source that falls idle holds back nobody: not a port beside its own, and
// not an operator further down that never hears of the source itself.

namespace herald::testing {
namespace {

constexpr std::int64_t rows = 200;

const std::string tables = R"(
  CREATE TABLE busy (k BIGINT, t TIMESTAMP(3) NOT NULL, WATERMARK FOR t AS t)
    WITH ('connector' = 'generator', 'scan.watermark.idle-timeout' = '500 ms');
  CREATE TABLE silent (k BIGINT, t TIMESTAMP(3) NOT NULL, WATERMARK FOR t AS t)
    WITH ('connector' = 'generator', 'scan.watermark.idle-timeout' = '500 ms');
)";

/// A row every second; what the scan reads of it.
batch_ptr busy_rows(const scan_spec& scan) {
  std::vector<literal_row> made;
  for (std::int64_t i = 0; i < rows; ++i) {
    literal_row row;
    for (const auto& path : scan.paths)
      row.push_back(path[0] == "t" ? i * 1000 : i % 3);
    made.push_back(std::move(row));
  }
  return make_rows(scan.layout, made);
}

std::size_t windows_of(const std::string& query, const char* parallelism) {
  const fake_connectors connectors;
  sql_session session(connectors);
  EXPECT_TRUE(session.options().set("parallelism", parallelism).ok());
  auto planned = run_script(tables + query, session);
  EXPECT_TRUE(planned.ok()) << message_of(planned.status());
  if (!planned.ok())
    return 0;
  const auto& graph = std::get<planned_job>(*planned).graph;
  split_rows input;
  for (std::size_t i = 0; i < graph.stages.size(); ++i)
    if (const auto& scan = graph.stages[i].scan) {
      // A split for each subtask; only one of the busy table has rows.
      auto& splits = input[static_cast<int>(i)];
      splits.assign(3, make_rows(scan->layout, {}));
      if (scan->table->name == "busy")
        splits[0] = busy_rows(*scan);
    }
  run_options options;
  options.batch_rows = 1;
  options.endless = true;
  local_runner runner(graph, std::move(input), options);
  EXPECT_EQ(runner.open(), absl::OkStatus());
  EXPECT_EQ(runner.run_until_quiet(), absl::OkStatus());
  std::size_t result = 0;
  for (const auto& x : runner.results())
    result += static_cast<std::size_t>(x->rows);
  return result;
}

TEST(idle_sources, do_not_hold_back_a_union) {
  for (const auto* parallelism : {"1", "3"})
    EXPECT_EQ(windows_of(R"(
      CREATE VIEW everything AS
        SELECT * FROM busy UNION ALL SELECT * FROM silent;
      SELECT window_start, COUNT(*) AS n
      FROM TABLE(TUMBLE(TABLE everything, DESCRIPTOR(t), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end;)",
                         parallelism),
              19u);
}

TEST(idle_sources, say_so_through_a_stage_between) {
  for (const auto* parallelism : {"1", "3"})
    EXPECT_EQ(windows_of(R"(
      CREATE VIEW counts AS
        SELECT k, window_time AS t, COUNT(*) AS n FROM TABLE(TUMBLE(
          TABLE silent, DESCRIPTOR(t), INTERVAL '1' SECOND))
        GROUP BY k, window_start, window_end, window_time;
      CREATE VIEW more AS SELECT t, n FROM counts
        UNION ALL SELECT t, k FROM busy;
      SELECT window_start, COUNT(*) AS n
      FROM TABLE(TUMBLE(TABLE more, DESCRIPTOR(t), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end;)",
                         parallelism),
              19u);
}

} // namespace
} // namespace herald::testing
