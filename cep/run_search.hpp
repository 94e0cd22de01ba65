#pragma once

#include "cep/candidates.hpp"
#include "cep/match_list.hpp"

#include <vector>

// Moves the runs of a rule on by one batch of events in order of time. Step by
// step, all runs that look for an event of a step do so at once: those that
// waited, and those that came to it in this batch. Runs do not see each other,
// so this gives what event by event would. One thread at a time.

namespace herald {

/// Bounds of one batch; see matcher_limits.
struct search_limits {
  std::int64_t runs = 0;         ///< not made beyond twice as many
  std::int64_t runs_per_key = 0; ///< groups over it are reported
};

class run_search {
public:
  run_search(const compiled_rule& rule, run_table& runs, search_limits limits);

  /// Takes the events of a batch. `events` has marked the same rows.
  absl::Status search(const timed_rows& rows, const event_marks& events,
                      const eval_context& context, output& out);

  /// Groups that got over the limit, possibly several times; clears them.
  std::vector<std::int32_t> take_crowded();

  std::int64_t matches() const {
    return matches_;
  }

  /// Runs that were not made at the limit.
  std::int64_t refused() const {
    return refused_;
  }

private:
  /// A run that looks for an event among the candidates [at, end).
  struct cursor {
    run_id run;
    std::int32_t at;
    std::int32_t end;
    bool last_chance; ///< a strict step has met its event: take it or end
  };

  struct arrival {
    run_id run;
    std::int32_t row; ///< where it took its last event
  };

  void start(const event_marks& events);
  absl::Status pass(const event_marks& events, output& out);
  void collect(const event_marks& events);
  absl::Status find_first();
  absl::Status find_first_joint();
  absl::Status try_cursors(std::size_t begin, std::size_t end,
                           std::int32_t width);
  absl::Status find_all(output& out);
  absl::Status find_all_joint(output& out);
  absl::Status branch_pairs(output& out);

  /// The pairs for which the joint condition holds, in order.
  absl::StatusOr<row_list> test_pairs() const;
  void add_pair(std::size_t owner, std::int32_t row);
  void clear_pairs();

  bool in_time(run_id x, std::int32_t row) const;
  bool may_make();
  void note_made(run_id x);
  void take(run_id x, std::int32_t row);
  absl::Status branch(run_id x, std::int32_t row, output& out);
  void stay(const cursor& x);
  std::int32_t capture(std::int32_t row);
  void keep_captured();
  absl::Status emit(output& out);

  const compiled_step& step() const {
    return rule_.steps[step_];
  }

  bool at_last() const {
    return step_ + 1 == rule_.steps.size();
  }

  const compiled_rule& rule_;
  run_table& runs_;
  search_limits limits_;
  match_list found_;
  std::int64_t matches_ = 0;
  std::int64_t refused_ = 0;
  std::vector<std::int32_t> crowded_;

  // -- of the batch ----------------------------------------------------------
  const timed_rows* rows_ = nullptr;
  const eval_context* context_ = nullptr;

  // -- of the step -----------------------------------------------------------
  std::size_t step_ = 0;
  candidate_list candidates_;
  std::vector<arrival> arrivals_; ///< at `step_`
  std::vector<arrival> moved_;    ///< to the next one
  std::vector<cursor> cursors_;
  std::vector<std::int32_t> hits_;        ///< row that each cursor takes, or -1
  std::vector<std::int32_t> active_;      ///< cursors that still look
  std::vector<std::int32_t> owners_;      ///< cursor of each pair
  row_list pair_rows_;                    ///< event of each pair
  std::vector<run_id> waiting_;           ///< scratch
  row_list captured_;                     ///< events to be kept, in order
  std::vector<std::int32_t> captured_as_; ///< by row; -1: not yet
};

} // namespace herald
