#pragma once

#include "engine/operators/lookup_join.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"

#include <deque>
#include <map>

// A table that answers lookups when a test wants it to, late and in any
// order, and a join around it: everything on the test's thread, with its time.

namespace herald::testing {

/// What the fake table holds and what it was asked.
struct lookup_table {
  std::map<std::int64_t, std::vector<std::int64_t>> rows; ///< values of a key
  lookup_limits limits;
  std::deque<lookup_request> asked; ///< and not answered
  std::vector<lookup_answer> answers;
  std::vector<std::vector<std::int64_t>> requests; ///< keys of all, ever

  /// Answers request `i` of `asked` with what is there now, or with `status`.
  void answer(std::size_t i, absl::Status status = absl::OkStatus());
  void answer_all();
};

/// What a join gave: "(row)" or "@watermark", in order.
class recording_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    for (auto& line : print_rows(*rows))
      lines.push_back(std::move(line));
    return absl::OkStatus();
  }

  absl::Status advance(event_time t) override {
    lines.push_back("@" + std::to_string(t));
    return absl::OkStatus();
  }

  bool full() const override {
    return static_cast<std::int64_t>(lines.size()) >= room;
  }

  std::vector<std::string> lines;
  std::int64_t room = std::numeric_limits<std::int64_t>::max();
};

/// Columns k BIGINT, n BIGINT of the input; id, v BIGINT of the table.
schema_ptr lookup_input();

batch_ptr lookup_rows(const std::vector<literal_row>& rows);

/// A join of `k = id`; with `odd_only` also `(n + v) % 2 = 1`.
struct lookup_fixture {
  explicit lookup_fixture(lookup_policy policy = {}, bool keeps_left = false,
                          bool odd_only = false, std::int64_t batch_rows = 4096,
                          lookup_limits limits = {4, 2});

  /// Puts rows in, as `process`; everything must be OK.
  void put(const std::vector<literal_row>& rows);
  void advance(event_time t);
  void resume();
  void set_time(std::int64_t ms);

  std::shared_ptr<lookup_table> table = std::make_shared<lookup_table>();
  recording_output out;
  std::unique_ptr<lookup_join_operator> join;
};

} // namespace herald::testing
