#include "cep/run_search.hpp"

#include <algorithm>
#include <utility>

namespace herald {

run_search::run_search(const compiled_rule& rule, run_table& runs,
                       search_limits limits)
    : rule_(rule), runs_(runs), limits_(limits), found_(rule) {}

absl::Status run_search::search(const timed_rows& rows,
                                const event_marks& events,
                                const eval_context& context, output& out) {
  rows_ = &rows;
  context_ = &context;
  start(events);
  for (step_ = 1; step_ < rule_.steps.size(); ++step_)
    HERALD_TRY(pass(events, out));
  return emit(out);
}

void run_search::start(const event_marks& events) {
  step_ = 0;
  const auto& starts = events.starts();
  for (std::size_t i = 0; i < starts.size(); ++i) {
    auto first = rows_->times[static_cast<std::size_t>(starts[i])];
    if (at_last()) {
      found_.add(first, starts[i]);
    } else if (may_make()) {
      auto run = runs_.make(events.start_groups()[i], first);
      note_made(run);
      take(run, starts[i]);
    }
  }
  keep_captured();
}

absl::Status run_search::pass(const event_marks& events, output& out) {
  std::swap(arrivals_, moved_);
  moved_.clear();
  collect(events);
  HERALD_TRY(rule_.mode == match_mode::any ? find_all(out) : find_first());
  keep_captured();
  return absl::OkStatus();
}

/// Points every run that may take an event of this step at its candidates.
void run_search::collect(const event_marks& events) {
  auto strict = step().follows == contiguity::strict;
  candidates_.build(events, step_, strict, runs_.groups());
  cursors_.clear();
  auto add = [&](run_id run, std::int32_t at, std::int32_t end) {
    auto met = strict && at < end;
    if (met) {
      end = at + 1;
      if (!events.fits(candidates_.row(at), step_)) {
        runs_.free(run);
        return;
      }
    }
    cursors_.push_back({run, at, end, met});
  };
  for (auto group : candidates_.groups()) {
    waiting_.clear();
    runs_.take_waiting(group, step_, waiting_);
    auto [begin, end] = candidates_.of(group);
    for (auto run : waiting_)
      add(run, begin, end);
  }
  for (auto [run, row] : arrivals_) {
    auto group = runs_.group(run);
    add(run, candidates_.behind(group, row), candidates_.of(group).end);
  }
}

absl::Status run_search::find_first() {
  hits_.assign(cursors_.size(), -1);
  if (step().joint) {
    HERALD_TRY(find_first_joint());
  } else {
    for (std::size_t i = 0; i < cursors_.size(); ++i) {
      const auto& x = cursors_[i];
      if (x.at < x.end && in_time(x.run, candidates_.row(x.at)))
        hits_[i] = candidates_.row(x.at);
    }
  }
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (hits_[i] < 0)
      stay(cursors_[i]);
    else
      take(cursors_[i].run, hits_[i]);
  }
  return absl::OkStatus();
}

absl::Status run_search::find_all(output& out) {
  if (step().joint) {
    HERALD_TRY(find_all_joint(out));
  } else {
    for (const auto& x : cursors_)
      for (auto i = x.at; i < x.end; ++i) {
        if (!in_time(x.run, candidates_.row(i)))
          break;
        HERALD_TRY(branch(x.run, candidates_.row(i), out));
      }
  }
  for (const auto& x : cursors_)
    stay(x);
  return absl::OkStatus();
}

// -- one run ------------------------------------------------------------------

bool run_search::in_time(run_id x, std::int32_t row) const {
  // Rows come in order of time, so the difference is not negative.
  auto now = rows_->times[static_cast<std::size_t>(row)];
  return static_cast<std::uint64_t>(now)
             - static_cast<std::uint64_t>(runs_.first(x))
         < static_cast<std::uint64_t>(rule_.within_ms);
}

bool run_search::may_make() {
  if (runs_.size() < 2 * limits_.runs)
    return true;
  ++refused_;
  return false;
}

void run_search::note_made(run_id x) {
  if (runs_.count(runs_.group(x)) > limits_.runs_per_key)
    crowded_.push_back(runs_.group(x));
}

/// Gives the event to the run: it moves on, or is a match.
void run_search::take(run_id x, std::int32_t row) {
  if (at_last()) {
    found_.add(runs_, x, row);
    runs_.free(x);
    return;
  }
  runs_.event(x, step_) = capture(row);
  moved_.push_back({x, row});
}

/// Gives the event to a copy of the run, which itself goes on looking.
absl::Status run_search::branch(run_id x, std::int32_t row, output& out) {
  if (at_last()) {
    found_.add(runs_, x, row);
    return found_.size() < matches_max ? absl::OkStatus() : emit(out);
  }
  if (may_make()) {
    auto copy = runs_.fork(x);
    note_made(copy);
    take(copy, row);
  }
  return absl::OkStatus();
}

/// Lets a run wait, unless no later event can be the one that it needs.
void run_search::stay(const cursor& x) {
  auto last = static_cast<std::int32_t>(rows_->times.size()) - 1;
  if (x.last_chance || !in_time(x.run, last))
    runs_.free(x.run);
  else
    runs_.wait(x.run, step_);
}

std::int32_t run_search::capture(std::int32_t row) {
  if (step().captured.empty())
    return 0;
  if (captured_.empty())
    captured_as_.assign(rows_->times.size(), -1);
  auto& number = captured_as_[static_cast<std::size_t>(row)];
  if (number < 0) {
    number = runs_.captures(step_).size()
             + static_cast<std::int32_t>(captured_.size());
    captured_.push_back(row);
  }
  return number;
}

void run_search::keep_captured() {
  if (captured_.empty())
    return;
  std::vector<column_ptr> columns;
  for (auto column : step().captured)
    columns.push_back(rows_->rows->columns[static_cast<std::size_t>(column)]);
  auto events = make_batch(step().captured_layout, std::move(columns),
                           rows_->rows->rows);
  runs_.captures(step_).append(*events, &captured_);
  captured_.clear();
}

absl::Status run_search::emit(output& out) {
  if (found_.size() == 0)
    return absl::OkStatus();
  matches_ += static_cast<std::int64_t>(found_.size());
  return found_.emit(*rows_->rows, runs_, *context_, out);
}

std::vector<std::int32_t> run_search::take_crowded() {
  return std::exchange(crowded_, {});
}

} // namespace herald
