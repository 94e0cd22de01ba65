#include "cep/ordering_buffer.hpp"

#include "engine/common/check.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

/// Runs of at least this many rows are not merged when they arrive.
constexpr std::size_t merge_rows_max = 4096;

void sort_by_time(timed_rows& x) {
  if (std::is_sorted(x.times.begin(), x.times.end()))
    return;
  row_list order(x.times.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return x.times[static_cast<std::size_t>(a)]
           < x.times[static_cast<std::size_t>(b)];
  });
  x.rows = take(*x.rows, order);
  std::vector<event_time> times;
  times.reserve(order.size());
  for (auto row : order)
    times.push_back(x.times[static_cast<std::size_t>(row)]);
  x.times = std::move(times);
}

timed_rows part_of(const timed_rows& x, std::size_t begin, std::size_t end) {
  auto first = x.times.begin();
  return {slice(*x.rows, static_cast<std::int64_t>(begin),
                static_cast<std::int64_t>(end - begin)),
          {first + static_cast<std::ptrdiff_t>(begin),
           first + static_cast<std::ptrdiff_t>(end)}};
}

/// One piece of several; the earlier ones arrived earlier.
timed_rows join(const std::vector<timed_rows>& parts) {
  std::vector<batch_ptr> rows;
  timed_rows result;
  for (const auto& part : parts) {
    rows.push_back(part.rows);
    result.times.insert(result.times.end(), part.times.begin(),
                        part.times.end());
  }
  result.rows = concat(rows);
  sort_by_time(result);
  return result;
}

} // namespace

void ordering_buffer::add(batch_ptr rows, std::vector<event_time> times) {
  HERALD_CHECK_EQ(static_cast<std::size_t>(rows->rows), times.size());
  if (times.empty())
    return;
  rows_ += rows->rows;
  timed_rows next{std::move(rows), std::move(times)};
  sort_by_time(next);
  runs_.push_back({std::move(next), 0});
  merge_small();
}

void ordering_buffer::merge_small() {
  while (runs_.size() > 1) {
    auto& before = runs_[runs_.size() - 2];
    auto& last = runs_.back();
    if (before.left() >= merge_rows_max || before.left() > 2 * last.left())
      return;
    auto joined
        = join({part_of(before.all, before.begin, before.all.times.size()),
                part_of(last.all, last.begin, last.all.times.size())});
    runs_.pop_back();
    runs_.back() = {std::move(joined), 0};
  }
}

std::vector<timed_rows> ordering_buffer::release(event_time t) {
  std::vector<timed_rows> result;
  auto in_order = true;
  for (auto& run : runs_) {
    const auto& times = run.all.times;
    auto from = times.begin() + static_cast<std::ptrdiff_t>(run.begin);
    auto end = static_cast<std::size_t>(std::upper_bound(from, times.end(), t)
                                        - times.begin());
    if (end == run.begin)
      continue;
    auto first = times[run.begin];
    in_order
        = in_order && (result.empty() || result.back().times.back() <= first);
    rows_ -= static_cast<std::int64_t>(end - run.begin);
    auto whole = run.begin == 0 && end == times.size();
    if (whole)
      result.push_back(std::move(run.all));
    else
      result.push_back(part_of(run.all, run.begin, end));
    run.begin = whole ? 0 : end;
  }
  std::erase_if(runs_, [](const auto& run) { return run.left() == 0; });
  if (!in_order)
    return {join(result)};
  return result;
}

event_time ordering_buffer::middle() const {
  std::vector<event_time> times;
  for (const auto& run : runs_)
    times.insert(times.end(),
                 run.all.times.begin() + static_cast<std::ptrdiff_t>(run.begin),
                 run.all.times.end());
  HERALD_CHECK(!times.empty(), "some rows wait");
  auto at = times.begin() + static_cast<std::ptrdiff_t>((times.size() - 1) / 2);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

std::vector<batch_ptr> ordering_buffer::waiting() const {
  std::vector<batch_ptr> result;
  for (const auto& run : runs_)
    result.push_back(part_of(run.all, run.begin, run.all.times.size()).rows);
  return result;
}

std::int64_t ordering_buffer::memory_bytes() const {
  std::int64_t result = 0;
  for (const auto& run : runs_)
    result += herald::memory_bytes(*run.all.rows)
              + static_cast<std::int64_t>(run.all.times.capacity()
                                          * sizeof(event_time));
  return result;
}

} // namespace herald
