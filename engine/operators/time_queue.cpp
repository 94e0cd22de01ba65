#include "engine/operators/time_queue.hpp"

#include "engine/operators/filter.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

/// Batches with as many rows are not joined any more.
constexpr std::int64_t part_rows_max = 1 << 14;

} // namespace

time_queue::part time_queue::make_part(batch_ptr rows,
                                       std::vector<event_time> times) {
  part result;
  result.rows = std::move(rows);
  result.times = std::move(times);
  result.order.resize(result.times.size());
  std::iota(result.order.begin(), result.order.end(), 0);
  const auto earlier = [&](std::int32_t a, std::int32_t b) {
    return result.times[static_cast<std::size_t>(a)]
           < result.times[static_cast<std::size_t>(b)];
  };
  if (!std::is_sorted(result.order.begin(), result.order.end(), earlier))
    std::stable_sort(result.order.begin(), result.order.end(), earlier);
  return result;
}

row_list time_queue::left(const part& x) {
  row_list result(x.order.begin() + static_cast<std::ptrdiff_t>(x.next),
                  x.order.end());
  std::sort(result.begin(), result.end());
  return result;
}

void time_queue::add(const batch_ptr& rows,
                     const std::vector<event_time>& times) {
  if (rows->rows == 0)
    return;
  parts_.push_back(make_part(rows, times));
  // As a binary counter carries: parts get smaller towards the end.
  while (parts_.size() > 1) {
    const auto& last = parts_[parts_.size() - 1];
    const auto& before = parts_[parts_.size() - 2];
    if (before.rows->rows > 2 * last.rows->rows
        || before.rows->rows + last.rows->rows > part_rows_max)
      break;
    join_last();
  }
}

row_list time_queue::add_after(const batch_ptr& rows, const column& column,
                               event_time watermark) {
  auto times = times_of(column);
  row_list kept;
  row_list late;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool waits
        = !column.is_null(static_cast<std::int64_t>(i)) && times[i] > watermark;
    (waits ? kept : late).push_back(static_cast<std::int32_t>(i));
  }
  if (late.empty()) {
    add(rows, times);
    return late;
  }
  for (std::size_t i = 0; i < kept.size(); ++i)
    times[i] = times[static_cast<std::size_t>(kept[i])];
  times.resize(kept.size());
  add(take(*rows, kept), times);
  return late;
}

void time_queue::join_last() {
  auto last = std::move(parts_.back());
  parts_.pop_back();
  auto before = std::move(parts_.back());
  parts_.pop_back();
  std::vector<batch_ptr> rows;
  std::vector<event_time> times;
  for (const auto* x : {&before, &last}) {
    const auto which = left(*x);
    if (which.empty())
      continue;
    rows.push_back(compact(take(*x->rows, which)));
    for (const auto row : which)
      times.push_back(x->times[static_cast<std::size_t>(row)]);
  }
  if (!rows.empty())
    parts_.push_back(make_part(concat(rows), std::move(times)));
}

batch_ptr time_queue::take_until(event_time t) {
  std::vector<batch_ptr> result;
  for (auto& x : parts_) {
    const auto begin = x.next;
    while (x.next < x.order.size()
           && x.times[static_cast<std::size_t>(x.order[x.next])] <= t)
      ++x.next;
    if (x.next == begin)
      continue;
    row_list rows(x.order.begin() + static_cast<std::ptrdiff_t>(begin),
                  x.order.begin() + static_cast<std::ptrdiff_t>(x.next));
    std::sort(rows.begin(), rows.end());
    const bool whole = rows.size() == x.order.size();
    result.push_back(whole ? x.rows : take(*x.rows, rows));
  }
  std::erase_if(parts_, [](const part& x) { return x.next == x.order.size(); });
  if (result.empty())
    return nullptr;
  return result.size() == 1 ? result[0] : concat(result);
}

std::vector<batch_ptr> time_queue::rows() const {
  std::vector<batch_ptr> result;
  for (const auto& x : parts_)
    result.push_back(take(*x.rows, left(x)));
  return result;
}

std::int64_t time_queue::memory_bytes() const {
  std::int64_t result = 0;
  for (const auto& x : parts_)
    result += herald::memory_bytes(*x.rows)
              + static_cast<std::int64_t>(x.times.capacity() * 8
                                          + x.order.capacity() * 4);
  return result;
}

} // namespace herald
