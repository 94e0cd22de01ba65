#pragma once

#include "cep/match_operator.hpp"
#include "cep/memory_state.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Runs rules over events in tests: one match_operator a subtask, fed as a task
// would feed it. The event time is the column `ts`.

namespace herald::testing {

/// A layout from SQL: "ts TIMESTAMP(3), card BIGINT".
schema_ptr layout_of(const std::string& columns);

/// Parses and compiles; the error is the first of either.
absl::StatusOr<compiled_rule_ptr> make_rule(std::string_view yaml,
                                            const schema& layout);

/// As above; aborts when the rule is wrong.
compiled_rule_ptr rule_of(std::string_view yaml, const schema& layout);

/// The event times of a batch, milliseconds.
std::vector<event_time> times_of(const batch& rows, const schema& layout);

struct run_options {
  std::int64_t batch_rows = 4096;
  int parallelism = 1;
  /// Rows arrive up to this much later than their order; milliseconds.
  std::int64_t disorder_ms = 0;
  std::uint64_t seed = 1;
  matcher_limits limits = {};
};

/// Takes what operators emit.
class collecting_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    batches.push_back(std::move(rows));
    return absl::OkStatus();
  }

  absl::Status advance(event_time t) override {
    watermark = t;
    return absl::OkStatus();
  }

  std::vector<batch_ptr> batches;
  event_time watermark = time_min;
};

/// Subtasks of one rule.
class rule_task {
public:
  rule_task(compiled_rule_ptr rule, int parallelism,
            matcher_limits limits = {});

  /// Divides the rows by key and processes them.
  void process(const batch_ptr& rows);
  void advance(event_time t);
  void write(memory_state& to) const;
  void read(const memory_state& from);
  void replace(const compiled_rule_ptr& rule);

  matcher_counters counters() const;

  /// Lines of the matches so far, in the order in which they came.
  std::vector<std::string> lines() const;

  collecting_output out;

private:
  std::vector<int> keys_;
  std::vector<std::unique_ptr<match_operator>> subtasks_;
};

/// Rows of `events` in an order of arrival that is late by at most
/// `disorder_ms`; rows of equal time keep theirs.
batch_ptr arrivals(const batch_ptr& events, const run_options& options);

/// Feeds `events` (in order of arrival but for `disorder_ms`), with a watermark
/// behind each batch, and ends. `half_way` is called after half of the batches.
std::vector<std::string>
run_rule(const compiled_rule_ptr& rule, const batch_ptr& events,
         const run_options& options,
         const std::function<void(std::unique_ptr<rule_task>&)>& half_way = {});

} // namespace herald::testing
