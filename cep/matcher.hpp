#pragma once

#include "cep/compiled_rule.hpp"
#include "cep/ordering_buffer.hpp"
#include "cep/run_search.hpp"
#include "engine/operators/operator.hpp"

// Finds the matches of one rule in the rows of its source. Rows wait in an
// ordering buffer until the watermark passes them, so that the matcher sees
// each key's events in order of time. Then, step by step, partial matches
// ("runs") look for their next event among the batch's candidates: work is a
// batch a step, not an event a run, and an event that satisfies no step costs
// one test. One thread at a time; bounded by `matcher_limits`.

namespace herald {

struct matcher_limits {
  /// Runs of one key and of all keys. What is over, the oldest and an eighth
  /// more, is dropped after a batch; within one, twice `runs` are made at most.
  std::int64_t runs_per_key = 100'000;
  std::int64_t runs = 1'000'000;
  /// Rows that wait for the watermark. Over it the older half is let through
  /// early, and rows that come behind those are late.
  std::int64_t pending_rows = 4'000'000;
};

struct matcher_counters {
  std::int64_t events = 0;          ///< taken in, late ones too
  std::int64_t matches = 0;         ///< given out
  std::int64_t partial_matches = 0; ///< runs held now
  std::int64_t late = 0;            ///< dropped behind the watermark
  std::int64_t dropped = 0;         ///< runs dropped at a limit
};

class matcher {
public:
  explicit matcher(compiled_rule_ptr rule, matcher_limits limits = {});
  matcher(const matcher&) = delete;
  matcher& operator=(const matcher&) = delete;

  // -- commands --------------------------------------------------------------

  /// Takes rows of the source (all of its columns), in any order. Rows without
  /// a time count as late.
  absl::Status process(const batch_ptr& rows, output& out);

  /// Takes the watermark: no later row has a time at or before `t`. Emits the
  /// matches that end there, in order of their last event; batches have at
  /// most `emit_rows_max` rows. Does not pass the watermark on.
  absl::Status advance(event_time t, output& out);

  /// Zone and processing time for what follows.
  void set_context(const eval_context& x) {
    eval_ = x;
  }

  /// Writes runs, waiting rows and the watermark; the last for each key group
  /// of `owned`.
  absl::Status write(state_writer& to, key_group_range owned) const;

  /// Reads what matchers of this rule, or of one that carries over to it,
  /// wrote for `owned`. Into a new matcher.
  absl::Status read(const state_reader& from, key_group_range owned);

  /// As `read`, only the rows that wait and the watermark.
  absl::Status read_pending(const state_reader& from, key_group_range owned);

  // -- queries ---------------------------------------------------------------

  const compiled_rule& rule() const {
    return *rule_;
  }

  matcher_counters counters() const;
  std::int64_t state_bytes() const;

private:
  absl::Status release(event_time t, output& out);
  absl::Status search(const timed_rows& rows, output& out);
  void bound(event_time now);
  batch_ptr project(const batch& rows) const;

  absl::Status write_runs(state_writer& to, std::size_t step) const;
  absl::Status write_pending(state_writer& to) const;
  absl::Status read_runs(const batch& rows, std::size_t step);
  absl::Status read_clock(const state_reader& from, key_group_range owned);

  compiled_rule_ptr rule_;
  matcher_limits limits_;
  eval_context eval_;
  ordering_buffer pending_;
  event_keys keys_;
  event_marks marks_;
  run_table runs_;
  run_search search_;
  matcher_counters counters_;
  std::int64_t unswept_ = 0;    ///< events of weight since the last sweep
  std::int64_t swept_size_ = 0; ///< runs that were left then
  event_time clock_ = time_min; ///< rows at or before it are late
};

} // namespace herald
