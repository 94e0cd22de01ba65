#pragma once

#include "cep/compiled_rule.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/row_store.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// Partial matches ("runs"): for each key group of events ("group": a key) and
// step a list of the runs that wait for an event of that step, in order of
// arrival. A run keeps when it began and, for each step behind it, the number
// of the event that it took in that step's store of captured columns; runs
// share events. One thread at a time; the owner calls `sweep` and `trim`, which
// bound it.

namespace herald {

using run_id = std::int32_t;
constexpr run_id no_run = -1;

class run_table {
public:
  explicit run_table(const compiled_rule& rule);

  // -- runs ------------------------------------------------------------------

  /// Makes a run that waits nowhere yet.
  run_id make(std::int32_t group, event_time first);

  /// Makes another run that took the same events.
  run_id fork(run_id x);

  void free(run_id x);

  /// Appends `x` to the list of its group for `step` (1 … steps - 1).
  void wait(run_id x, std::size_t step);

  /// Takes all runs out of a list; they wait nowhere then.
  void take_waiting(std::int32_t group, std::size_t step,
                    std::vector<run_id>& out);

  event_time first(run_id x) const {
    return first_[static_cast<std::size_t>(x)];
  }

  std::int32_t group(run_id x) const {
    return group_[static_cast<std::size_t>(x)];
  }

  /// The event that `x` took at `step`, a number of `captures(step)`.
  std::int32_t& event(run_id x, std::size_t step) {
    return events_[static_cast<std::size_t>(x) * depth_ + step];
  }

  std::int32_t event(run_id x, std::size_t step) const {
    return events_[static_cast<std::size_t>(x) * depth_ + step];
  }

  row_store& captures(std::size_t step) {
    return *captures_[step];
  }

  const row_store& captures(std::size_t step) const {
    return *captures_[step];
  }

  // -- groups ----------------------------------------------------------------

  /// Makes room for groups below `count`.
  void reserve_groups(std::int64_t count);

  std::int64_t groups() const {
    return static_cast<std::int64_t>(counts_.size());
  }

  /// Runs of a group.
  std::int64_t count(std::int32_t group) const {
    return counts_[static_cast<std::size_t>(group)];
  }

  /// Calls `visit(run)` for the runs of `group` that wait for `step`.
  template <class Visit>
  void for_each(std::int32_t group, std::size_t step, Visit visit) const {
    if (group < groups())
      for (auto x = lists_[place(group, step)].head; x != no_run;
           x = next_[static_cast<std::size_t>(x)])
        visit(x);
  }

  // -- bounds ----------------------------------------------------------------

  /// Frees the runs that began at or before `t`, and captured events that no
  /// run needs. Every run must be waiting. O(groups · steps + runs).
  void sweep(event_time t);

  /// Frees the oldest runs of `groups` but `keep`; returns how many.
  std::int64_t trim(std::span<const std::int32_t> groups, std::int64_t keep);

  std::int64_t size() const {
    return size_;
  }

  std::int64_t memory_bytes() const;

private:
  struct run_list {
    run_id head = no_run;
    run_id tail = no_run;
  };

  std::size_t place(std::int32_t group, std::size_t step) const {
    return static_cast<std::size_t>(group) * depth_ + step - 1;
  }

  template <class Keep>
  std::int64_t retain(std::int32_t group, Keep keep);
  void compact(std::size_t step);

  std::size_t depth_; ///< events that a waiting run has at most; lists a group
  std::vector<schema_ptr> layouts_;
  std::vector<std::unique_ptr<row_store>> captures_; ///< by step
  std::vector<event_time> first_;                    ///< by run, as below
  std::vector<std::int32_t> group_;
  std::vector<run_id> next_;
  std::vector<std::int32_t> events_; ///< `depth_` a run
  std::vector<run_id> free_;
  std::vector<run_list> lists_;      ///< `depth_` a group
  std::vector<std::int64_t> counts_; ///< by group
  std::int64_t size_ = 0;
};

} // namespace herald
