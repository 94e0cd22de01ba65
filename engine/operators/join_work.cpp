#include "engine/operators/filter.hpp"
#include "engine/operators/join.hpp"
#include "engine/operators/row_cancel.hpp"
#include "engine/operators/row_parts.hpp"

#include <algorithm>
#include <numeric>

// In which order a join works its batches off.

namespace herald {

namespace {

/// Lists of pairs that one call works off before others get their turn.
constexpr int pieces_a_call = 64;

} // namespace

absl::Status join_operator::process(int input, const batch_ptr& rows,
                                    output& out) {
  forget_old();
  auto meeting = rows;
  if (auto kept = rows_with_values(*rows, needed_[input])) {
    if (keeps(input)) {
      HERALD_TRY(emit_alone(input, take(*rows, others(*rows, *kept)), out));
    }
    meeting = take(*rows, *kept);
  }
  enqueue(input, hold_hot(input, meeting), work_);
  return resume(out);
}

batch_ptr join_operator::hold_hot(int input, const batch_ptr& rows) {
  if (hot_keys_.empty() || rows->rows == 0)
    return rows;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, keys(input), hashes);
  const auto is_hot
      = [&](std::size_t i) { return hot_keys_.contains(hashes[i]); };
  auto hot = rows_where(rows, is_hot);
  if (hot->rows == 0)
    return rows;
  held_rows_ += hot->rows;
  held_.push_back({input, std::move(hot)});
  return rows_where(rows, [&](std::size_t i) { return !is_hot(i); });
}

/// Rows that are taken back come first: what they leave behind and what comes
/// instead is then one change a key, however often it changed in the batch.
void join_operator::enqueue(int input, const batch_ptr& rows,
                            std::deque<piece>& queue) {
  if (rows->rows == 0)
    return;
  if (!rows->changes) {
    queue.emplace_back(probe{.input = input, .rows = rows});
    return;
  }
  const auto inserts = [&](std::size_t i) {
    return !retracts(rows->change_of(static_cast<std::int64_t>(i)));
  };
  auto added = rows_where(rows, inserts);
  const auto removed
      = rows_where(rows, [&](std::size_t i) { return !inserts(i); });
  if (removed->rows > 0) {
    probe x{.input = input, .removal = true};
    const auto found = sides_[input].remove(*removed, x.counts);
    x.rows = take(*removed, found);
    if (x.rows->rows < removed->rows && added->rows > 0)
      added = without(added, *take(*removed, others(*removed, found)));
    if (x.rows->rows > 0)
      queue.emplace_back(std::move(x));
  }
  if (added->rows > 0)
    queue.emplace_back(probe{.input = input, .rows = std::move(added)});
}

absl::Status join_operator::advance(event_time t, output& out) {
  if (hot_keys_.empty())
    work_.emplace_back(farewell{.time = t});
  else if (!held_.empty() && !held_.back().rows)
    held_.back().time = t;
  else
    held_.push_back({0, nullptr, t});
  return resume(out);
}

void join_operator::forget_old() {
  if (pending())
    return;
  for (auto& side : sides_)
    side.set_time(context_.eval.now_ms);
}

std::optional<std::int64_t> join_operator::due_ms() const {
  const auto left = sides_[0].due_ms();
  const auto right = sides_[1].due_ms();
  if (pending() || (!left && !right))
    return std::nullopt;
  return std::min(left.value_or(time_max), right.value_or(time_max));
}

void join_operator::trim() {
  if (!hot_keys_.empty())
    return;
  sides_[0].trim();
  sides_[1].trim();
}

absl::Status join_operator::resume(output& out) {
  forget_old();
  pieces_left_ = pieces_a_call;
  HERALD_ASSIGN(const bool done, run(work_, out));
  return done ? run_hot(out) : absl::OkStatus();
}

absl::Status join_operator::run_hot(output& out) {
  while (!hot_keys_.empty()) {
    HERALD_ASSIGN(const bool done, run(hot_, out));
    if (!done)
      return absl::OkStatus();
    if (held_.empty()) {
      hot_keys_.clear();
      trim();
      break;
    }
    auto next = std::move(held_.front());
    held_.pop_front();
    if (!next.rows) {
      hot_.emplace_back(farewell{.time = next.time});
      continue;
    }
    held_rows_ -= next.rows->rows;
    enqueue(next.input, next.rows, hot_);
  }
  return absl::OkStatus();
}

/// A batch that takes rows of a key back may add others of it: these come
/// behind, too.
void join_operator::leave_hot(probe& x) {
  if (hot_keys_.empty() || x.begun)
    return;
  x.hashes.resize(static_cast<std::size_t>(x.rows->rows));
  hash_rows(*x.rows, keys(x.input), x.hashes);
  x.counts.resize(x.hashes.size());
  row_list hot;
  row_list rest;
  for (std::size_t i = 0; i < x.hashes.size(); ++i)
    (hot_keys_.contains(x.hashes[i]) ? hot : rest)
        .push_back(static_cast<std::int32_t>(i));
  if (hot.empty())
    return;
  hot_.push_back(part_of(x, hot));
  x = part_of(x, rest);
}

/// Works off what there is room and time for; true when that is all.
absl::StatusOr<bool> join_operator::run(std::deque<piece>& queue, output& out) {
  while (!queue.empty()) {
    if (auto* x = std::get_if<probe>(&queue.front()); x && &queue == &work_)
      leave_hot(*x);
    HERALD_ASSIGN(
        const auto done,
        std::visit([&](auto& x) { return run(x, out); }, queue.front()));
    if (!done)
      return false;
    queue.pop_front();
  }
  return true;
}

/// True if there is room and time for more.
bool join_operator::may_go_on(output& out) {
  if (out.full())
    return false;
  if (--pieces_left_ > 0)
    return true;
  context_.wake();
  return false;
}

absl::StatusOr<bool> join_operator::run(probe& x, output& out) {
  if (!x.begun)
    begin(x);
  const auto pairs_max = static_cast<std::size_t>(context_.batch_rows);
  join_matches pairs;
  while (sides_[1 - x.input].match(x.cursor, pairs_max, pairs)) {
    // A whole list of pairs is of one row, and there are more.
    const bool hot = sets_apart_ && x.cursor.row >= 0
                     && static_cast<std::size_t>(pairs.probe[0]) == x.cursor.at
                     && !hot_keys_.contains(x.hashes[x.cursor.at]);
    HERALD_TRY(meet(x, pairs, out));
    if (hot) {
      HERALD_TRY(set_apart(x, out));
      begin(x);
    }
    if (!may_go_on(out))
      return false;
  }
  HERALD_TRY(finish(x, out));
  trim();
  return true;
}

join_operator::probe join_operator::part_of(const probe& x,
                                            const row_list& rows) {
  probe result{.input = x.input, .rows = take(*x.rows, rows)};
  result.removal = x.removal;
  for (const auto row : rows) {
    const auto at = static_cast<std::size_t>(row);
    result.counts.push_back(x.counts[at]);
    result.hashes.push_back(x.hashes[at]);
  }
  return result;
}

/// Those before it are done, those behind it have met nothing yet.
absl::Status join_operator::set_apart(probe& x, output& out) {
  const auto at = x.cursor.at;
  const auto hash = x.hashes[at];
  row_list before(at);
  std::iota(before.begin(), before.end(), 0);
  row_list same;
  row_list rest;
  for (auto i = at + 1; i < x.hashes.size(); ++i)
    (x.hashes[i] == hash ? same : rest).push_back(static_cast<std::int32_t>(i));
  if (!before.empty()) {
    auto done = part_of(x, before);
    HERALD_TRY(finish(done, out));
  }
  auto hot = part_of(x, {static_cast<std::int32_t>(at)});
  hot.begun = true;
  hot.cursor = {{x.cursor.groups[at]}, 0, x.cursor.row};
  hot_keys_.insert(hash);
  hot_.push_back(std::move(hot));
  if (!same.empty())
    hot_.push_back(part_of(x, same));
  x = part_of(x, rest);
  return absl::OkStatus();
}

absl::StatusOr<bool> join_operator::run(farewell& x, output& out) {
  if (!x.begun) {
    x.begun = true;
    watermark_ = x.time;
    for (int i = 0; i < 2; ++i) {
      sides_[i].expire(x.time, x.rows[i]);
      if (!keeps(i))
        x.rows[i].clear();
    }
  }
  for (int i = 0; i < 2; ++i)
    while (x.at[i] < x.rows[i].size()) {
      const auto count
          = std::min(x.rows[i].size() - x.at[i],
                     static_cast<std::size_t>(context_.batch_rows));
      const auto part = std::span(x.rows[i]).subspan(x.at[i], count);
      x.at[i] += count;
      HERALD_TRY(emit_stored(i, part, change::insert, out));
      if (!may_go_on(out))
        return false;
    }
  trim();
  auto time = x.time;
  if (spec_.bound && time != time_max)
    time -= std::max({std::int64_t{0}, spec_.bound->upper_ms.value_or(0),
                      -spec_.bound->lower_ms.value_or(0)});
  HERALD_TRY(out.advance(time));
  return true;
}

} // namespace herald
