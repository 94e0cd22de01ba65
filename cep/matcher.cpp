#include "cep/matcher.hpp"

#include "engine/operators/filter.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

/// Rows that are searched at once; what came in larger pieces is cut.
constexpr std::int64_t search_rows_max = 4096;

/// State is swept when this many events, and as many as there were runs after
/// the last time, might have changed it: what is dead is less than that.
constexpr std::int64_t sweep_events_min = 4096;

/// What stays of `count` at most when the oldest are dropped: room is made
/// for more than one, so that the cost is constant a run.
constexpr std::int64_t after_trim(std::int64_t limit) {
  return limit - limit / 8;
}

} // namespace

matcher::matcher(compiled_rule_ptr rule, matcher_limits limits)
    : rule_(std::move(rule)), limits_(limits), keys_(*rule_), marks_(*rule_),
      runs_(*rule_),
      search_(*rule_, runs_, {limits.runs, limits.runs_per_key}) {
  runs_.reserve_groups(keys_.capacity());
}

batch_ptr matcher::project(const batch& rows) const {
  std::vector<column_ptr> columns;
  for (auto column : rule_->reads)
    columns.push_back(rows.columns[static_cast<std::size_t>(column)]);
  return make_batch(rule_->read_layout, std::move(columns), rows.rows);
}

absl::Status matcher::process(const batch_ptr& rows, output& out) {
  counters_.events += rows->rows;
  auto kept = project(*rows);
  const auto& time
      = *kept->columns[static_cast<std::size_t>(rule_->time_column)];
  auto times = times_of(time);
  row_list good;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (!time.is_null(static_cast<std::int64_t>(i)) && times[i] > clock_)
      good.push_back(static_cast<std::int32_t>(i));
  if (good.size() < times.size()) {
    counters_.late += static_cast<std::int64_t>(times.size() - good.size());
    kept = take(*kept, good);
    for (std::size_t i = 0; i < good.size(); ++i)
      times[i] = times[static_cast<std::size_t>(good[i])];
    times.resize(good.size());
  }
  pending_.add(std::move(kept), std::move(times));
  if (pending_.rows() <= limits_.pending_rows)
    return absl::OkStatus();
  return release(pending_.middle(), out);
}

absl::Status matcher::advance(event_time t, output& out) {
  if (t <= clock_)
    return absl::OkStatus();
  HERALD_TRY(release(t, out));
  if (t == time_max)
    runs_.sweep(time_max);
  return absl::OkStatus();
}

absl::Status matcher::release(event_time t, output& out) {
  clock_ = std::max(clock_, t);
  for (auto& piece : pending_.release(t)) {
    auto rows = piece.rows->rows;
    if (rows <= search_rows_max) {
      HERALD_TRY(search(piece, out));
      continue;
    }
    for (std::int64_t begin = 0; begin < rows; begin += search_rows_max) {
      auto count = std::min(search_rows_max, rows - begin);
      auto first = piece.times.begin() + begin;
      HERALD_TRY(search(
          {slice(*piece.rows, begin, count), {first, first + count}}, out));
    }
  }
  return absl::OkStatus();
}

absl::Status matcher::search(const timed_rows& rows, output& out) {
  HERALD_TRY(marks_.mark(*rows.rows, keys_, eval_));
  auto matter = marks_.starts().size() + marks_.others().size();
  if (matter == 0)
    return absl::OkStatus();
  runs_.reserve_groups(keys_.capacity());
  HERALD_TRY(search_.search(rows, marks_, eval_, out));
  unswept_ += static_cast<std::int64_t>(matter);
  bound(rows.times.back());
  return absl::OkStatus();
}

/// Frees what time has passed, and the oldest runs over the limits.
void matcher::bound(event_time now) {
  if (runs_.size() > limits_.runs
      || unswept_ >= std::max(sweep_events_min, swept_size_)) {
    if (now >= time_min + rule_->within_ms)
      runs_.sweep(now - rule_->within_ms);
    keys_.forget_idle(runs_);
    unswept_ = 0;
    swept_size_ = runs_.size();
  }
  auto crowded = search_.take_crowded();
  std::sort(crowded.begin(), crowded.end());
  crowded.erase(std::unique(crowded.begin(), crowded.end()), crowded.end());
  for (auto group : crowded)
    if (runs_.count(group) > limits_.runs_per_key)
      counters_.dropped
          += runs_.trim({&group, 1}, after_trim(limits_.runs_per_key));
  if (runs_.size() <= limits_.runs)
    return;
  std::vector<std::int32_t> all(static_cast<std::size_t>(runs_.groups()));
  std::iota(all.begin(), all.end(), 0);
  counters_.dropped += runs_.trim(all, after_trim(limits_.runs));
}

matcher_counters matcher::counters() const {
  auto result = counters_;
  result.matches = search_.matches();
  result.partial_matches = runs_.size();
  result.dropped += search_.refused();
  return result;
}

std::int64_t matcher::state_bytes() const {
  return pending_.memory_bytes() + runs_.memory_bytes() + keys_.memory_bytes();
}

} // namespace herald
