#include "engine/operators/change_list.hpp"
#include "engine/operators/compare.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/row_parts.hpp"
#include "engine/operators/session_changes.hpp"
#include "engine/operators/state_parts.hpp"

#include <algorithm>

// What session_changes_operator gives: the difference between the sessions
// that it gave and those that are there.

namespace herald {

absl::Status session_changes_operator::give_held(held_keys& held, output& out) {
  held.due.reset();
  const auto keys = std::exchange(held.keys, {});
  return give({keys.begin(), keys.end()}, out);
}

/// Gives what changed in sessions of `keys`, some of which may have been seen
/// to before.
absl::Status session_changes_operator::give(std::vector<std::int32_t> keys,
                                            output& out) {
  work_list work;
  std::vector<std::int32_t> done;
  const auto finish = [&]() -> absl::Status {
    HERALD_TRY(send(work, out));
    work = {};
    return absl::OkStatus();
  };
  for (const auto key : keys) {
    auto node = touched_.extract(key);
    if (node.empty())
      continue;
    collect(key, node.mapped(), work);
    done.push_back(key);
    if (work.now.slots.size() + work.before.size() >= state_rows_max)
      HERALD_TRY(finish());
  }
  HERALD_TRY(finish());
  given_.reclaim();
  forget_empty(done);
  return absl::OkStatus();
}

void session_changes_operator::collect(std::int32_t key,
                                       const touched_times& times,
                                       work_list& work) {
  const auto base = work.before.size();
  for (const auto& [begin, end] : times.ranges)
    given_.near(key, begin, end, gap_ms_, work.before);
  // What was given and is in one run still, with its total.
  std::vector<session_run> whole;
  std::vector<std::size_t> whole_at;
  for (auto i = base; i < work.before.size(); ++i) {
    const auto& run = work.before[i].run;
    const auto from = times.gone.upper_bound(run.first);
    const auto to = times.gone.lower_bound(run.last);
    const bool broke
        = run.first < run.last && std::any_of(from, to, [&](event_time t) {
            return pieces_.falls_apart(key, run.first, run.last, t);
          });
    if (work.before[i].total < 0 || broke)
      continue;
    whole.push_back(run);
    whole_at.push_back(i);
  }
  session_runs found;
  for (const auto& [begin, end] : times.ranges)
    pieces_.runs_near(key, begin, end, whole, found);
  std::size_t slot = 0;
  std::size_t part = 0;
  auto& now = work.now;
  for (std::size_t i = 0; i < found.runs.size(); ++i) {
    const auto& run = found.runs[i];
    const auto first_slot = std::exchange(slot, found.ends[i]);
    const auto first_part = std::exchange(part, found.part_ends[i]);
    if (!spec_.emit.early_ms && !is_over(run.last + gap_ms_))
      continue;
    for (auto at = first_slot; at < slot; ++at)
      now.slots.push_back(found.slots[at]);
    for (auto at = first_part; at < part; ++at)
      now.parts.push_back(whole_at[found.parts[at]]);
    now.runs.push_back(run);
    now.ends.push_back(now.slots.size());
    now.part_ends.push_back(now.parts.size());
  }
}

std::int32_t session_changes_operator::new_total() {
  if (free_totals_.empty())
    return total_count_++;
  const auto result = free_totals_.back();
  free_totals_.pop_back();
  return result;
}

/// Empties totals; -1 is none.
void session_changes_operator::free_totals(
    const std::vector<std::int32_t>& which) {
  std::vector<std::int32_t> freed;
  for (const auto x : which)
    if (x >= 0)
      freed.push_back(x);
  totals_.clear(freed);
  free_totals_.insert(free_totals_.end(), freed.begin(), freed.end());
}

/// Makes the totals of the runs: that of its first part goes on, and gets what
/// the other parts and the pieces have.
void session_changes_operator::sum_up(work_list& work) {
  const auto& now = work.now;
  std::vector<std::int32_t> from;
  std::vector<std::int32_t> into;
  std::vector<std::uint8_t> goes_on(work.before.size(), 0);
  std::size_t part = 0;
  for (std::size_t i = 0; i < now.runs.size(); ++i) {
    if (part == now.part_ends[i]) {
      work.totals.push_back(new_total());
      continue;
    }
    goes_on[now.parts[part]] = 1;
    const auto total = work.before[now.parts[part]].total;
    for (++part; part < now.part_ends[i]; ++part) {
      from.push_back(work.before[now.parts[part]].total);
      into.push_back(total);
    }
    work.totals.push_back(total);
  }
  totals_.resize(total_count_);
  if (!from.empty())
    totals_.merge(totals_.partials(from), into);
  std::vector<std::int32_t> freed;
  for (std::size_t i = 0; i < work.before.size(); ++i)
    if (!goes_on[i])
      freed.push_back(work.before[i].total);
  free_totals(freed);
  add_pieces(work);
}

void session_changes_operator::add_pieces(const work_list& work) {
  const auto& slots = work.now.slots;
  std::vector<std::int32_t> into;
  into.reserve(slots.size());
  for (std::size_t i = 0; i < work.now.runs.size(); ++i)
    into.resize(work.now.ends[i], work.totals[i]);
  for (std::size_t at = 0; at < into.size(); at += state_rows_max) {
    const auto count = std::min(state_rows_max, into.size() - at);
    totals_.merge(states_.partials(std::span(slots).subspan(at, count)),
                  std::span(into).subspan(at, count));
  }
}

absl::StatusOr<std::vector<column_ptr>>
session_changes_operator::results_of(work_list& work) {
  if (spec_.input_retracts)
    sum_up(work);
  auto result = spec_.input_retracts
                    ? totals_.results(work.totals)
                    : states_.results(work.now.slots); // one piece each
  HERALD_TRY(states_.status());
  HERALD_TRY(totals_.status());
  return result;
}

namespace {

using entries = std::vector<given_sessions::entry>;

/// For each run the place in `before` of the session with the same bounds, or
/// -1. Both have the keys in the same order, and those of a key by time.
std::vector<std::int32_t> same_bounds(const std::vector<session_run>& now,
                                      const entries& before) {
  std::map<std::pair<std::int32_t, event_time>, std::int32_t> places;
  for (std::size_t i = 0; i < before.size(); ++i)
    places[{before[i].run.key, before[i].run.first}]
        = static_cast<std::int32_t>(i);
  std::vector<std::int32_t> result;
  for (const auto& run : now) {
    const auto at = places.find({run.key, run.first});
    const bool same
        = at != places.end()
          && before[static_cast<std::size_t>(at->second)].run.last == run.last;
    result.push_back(same ? at->second : -1);
  }
  return result;
}

/// Which of `now` have other results than their place in `before`.
std::vector<std::uint8_t> changed(const std::vector<column_ptr>& before,
                                  const std::vector<column_ptr>& now,
                                  std::span<const std::int32_t> places) {
  row_list old_rows;
  row_list rows;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i] >= 0) {
      old_rows.push_back(places[i]);
      rows.push_back(static_cast<std::int32_t>(i));
    }
  std::vector<std::uint8_t> differs(rows.size(), 0);
  for (std::size_t i = 0; i < now.size() && !rows.empty(); ++i)
    mark_different(*take(*before[i], old_rows), *take(*now[i], rows), differs);
  std::vector<std::uint8_t> result(places.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i)
    result[static_cast<std::size_t>(rows[i])] = differs[i];
  return result;
}

} // namespace

absl::Status session_changes_operator::send(work_list& work, output& out) {
  const auto& now = work.now;
  const auto& before = work.before;
  const auto old_count = static_cast<std::int32_t>(before.size());
  HERALD_ASSIGN(const auto fresh, results_of(work));
  const auto old = given_.results(before);
  const auto places = same_bounds(now.runs, before);
  const auto differs = changed(old, fresh, places);
  change_list list;
  std::vector<session_run> runs;
  const auto add = [&](std::int32_t row, change kind, const session_run& run) {
    list.add(row, kind);
    runs.push_back(run);
  };
  std::vector<std::uint8_t> stays(before.size(), 0);
  for (const auto place : places)
    if (place >= 0)
      stays[static_cast<std::size_t>(place)] = 1;
  // Before anything that may have one of their bounds.
  for (std::int32_t i = 0; i < old_count; ++i) {
    const auto& run = before[static_cast<std::size_t>(i)].run;
    if (stays[static_cast<std::size_t>(i)])
      continue;
    add(i, change::remove, run);
    given_.erase(run.key, run.first);
  }
  row_list given;
  for (std::size_t i = 0; i < now.runs.size(); ++i) {
    if (places[i] >= 0 && !differs[i])
      continue;
    if (places[i] >= 0 && spec_.emit_update_before)
      add(places[i], change::update_before, now.runs[i]);
    const auto kind = places[i] >= 0 ? change::update_after : change::insert;
    add(old_count + static_cast<std::int32_t>(i), kind, now.runs[i]);
    given.push_back(static_cast<std::int32_t>(i));
  }
  remember(work, given, fresh);
  if (runs.empty())
    return absl::OkStatus();
  std::vector<column_ptr> results;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    auto all = fresh[i];
    if (!before.empty()) {
      column_ptr parts[] = {old[i], fresh[i]};
      all = concat(parts);
    }
    results.push_back(take(*all, list.rows));
  }
  return emit(runs, std::move(results), list.changes(0, runs.size()), out);
}

/// Keeps what was given, `given` of the runs, and all totals, until their
/// sessions close.
void session_changes_operator::remember(const work_list& work,
                                        const row_list& given,
                                        const std::vector<column_ptr>& fresh) {
  if (!keeps_totals_)
    free_totals(work.totals);
  if (!spec_.emit.updates())
    return;
  std::vector<session_run> runs;
  for (const auto i : given)
    runs.push_back(work.now.runs[static_cast<std::size_t>(i)]);
  std::vector<column_ptr> results;
  for (const auto& column : fresh)
    results.push_back(take(*column, given));
  if (!given.empty())
    given_.add(runs, results);
  for (std::size_t i = 0; keeps_totals_ && i < work.totals.size(); ++i)
    given_.set_total(work.now.runs[i], work.totals[i]);
}

absl::Status session_changes_operator::emit(std::span<const session_run> runs,
                                            std::vector<column_ptr> results,
                                            buffer_ptr changes, output& out) {
  std::vector<std::int32_t> keys;
  for (const auto& x : runs)
    keys.push_back(x.key);
  auto columns = pieces_.index().keys(keys);
  for (auto& x : results)
    columns.push_back(std::move(x));
  for (auto kind : spec_.outputs) {
    using output_kind = window_aggregate_spec::window_output;
    std::vector<event_time> times;
    for (const auto& x : runs)
      times.push_back(kind == output_kind::start ? x.first
                      : kind == output_kind::end ? x.last + gap_ms_
                                                 : x.last + gap_ms_ - 1);
    columns.push_back(time_column(layout_->fields[columns.size()].type, times));
  }
  const auto count = static_cast<std::int64_t>(runs.size());
  const auto all
      = make_batch(layout_, std::move(columns), count, std::move(changes));
  return emit_pieces(all, context_.batch_rows, out);
}

} // namespace herald
