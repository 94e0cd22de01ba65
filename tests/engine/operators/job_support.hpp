#pragma once

#include "tests/support/local_runner.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"

#include <functional>

// Streams and jobs for tests of operators: random changelogs out of order
// within a bound, a job around one operator, and ways to run it that must all
// lead to the same table.

namespace herald::testing {

using literal_values = std::vector<scalar>;

/// One row of a stream and where it stands in the order of arrival.
struct stream_event {
  change kind = change::insert;
  literal_values values;
  std::int64_t arrival = 0;
  int split = 0;
};

/// Columns k BIGINT, s STRING, v BIGINT, ts TIMESTAMP(3) NOT NULL.
schema_ptr stream_layout();
constexpr int key_column = 0;
constexpr int text_column = 1;
constexpr int value_column = 2;
constexpr int time_column_index = 3;

struct stream_options {
  int rows = 500;
  int keys = 10;
  double null_keys = 0.1;
  double hot_key = 0;   ///< share of the rows that have key 0
  double retracted = 0; ///< share of the rows that are taken back
  std::int64_t begin_ms = -20'000;
  std::int64_t end_ms = 40'000;
  std::int64_t disorder_ms = 3'000; ///< the watermark's bound
  int splits = 4;
};

/// In order of arrival. Rows of a key are in one split.
std::vector<stream_event> random_stream(random_data& data,
                                        const stream_options& options);

/// The events of each split, in order.
std::vector<batch_ptr> splits_of(const schema_ptr& layout,
                                 const std::vector<stream_event>& events,
                                 int splits);

/// Rows that are there after all events.
std::vector<literal_values> rows_left(const std::vector<stream_event>& events);

/// Milliseconds of a row's time column.
std::int64_t time_of(const literal_values& row, int column = time_column_index);

struct job_input {
  schema_ptr layout;
  int time_column = -1; ///< -1: no watermark
  std::int64_t disorder_ms = 0;
  std::vector<int> keys;
  exchange kind = exchange::hash;
};

/// Scans, an exchange by key, and one operator that feeds the client.
job_graph make_job(const std::vector<job_input>& inputs, operator_spec spec,
                   schema_ptr layout, int parallelism);

/// `job` whose scans have one subtask: only then it is known how far the
/// watermark is when a row comes.
job_graph with_one_source(job_graph job);

/// `job` of one stream, which gives what its operator drops as late instead;
/// with one source.
job_graph giving_late_rows(job_graph job);

/// Checks that `expected` comes of `job`, made for a parallelism, that is moved
/// from 1 to 3 subtasks at several places of `input`.
void expect_moved(const std::function<job_graph(int)>& job,
                  const std::vector<batch_ptr>& input, int batch_rows,
                  const std::vector<std::string>& expected);

/// Runs the job until a stop half way and on under another parallelism, for
/// several stops; each must give `expected`. The stream comes in one split, in
/// batches of `batch_rows`.
void expect_late_rows(const std::function<job_graph(int)>& job,
                      const std::vector<stream_event>& events, int batch_rows,
                      const std::vector<std::string>& expected);

/// Runs the job for several sizes of batches, parallelisms, orders and stops
/// half way; each must lead to `expected`, and drop no row as late.
void expect_table(const std::function<job_graph(int)>& job,
                  const split_rows& input,
                  const std::vector<std::string>& expected, random_data& data);

/// As `table_of` prints a row.
std::string line_of(const literal_values& row);

data_type bigint_type();
data_type time_type();

} // namespace herald::testing
