#include "cep/run_table.hpp"

#include "engine/common/check.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Stores of captured events are rewritten when more than this many and more
/// than half are needed by no run.
constexpr std::int64_t unneeded_min = 4096;

} // namespace

run_table::run_table(const compiled_rule& rule)
    : depth_(rule.steps.size() - 1) {
  for (const auto& step : rule.steps) {
    layouts_.push_back(step.captured_layout);
    captures_.push_back(std::make_unique<row_store>(step.captured_layout));
  }
}

run_id run_table::make(std::int32_t group, event_time first) {
  run_id result;
  if (free_.empty()) {
    result = static_cast<run_id>(first_.size());
    first_.push_back(first);
    group_.push_back(group);
    next_.push_back(no_run);
    events_.resize(events_.size() + depth_);
  } else {
    result = free_.back();
    free_.pop_back();
    first_[static_cast<std::size_t>(result)] = first;
    group_[static_cast<std::size_t>(result)] = group;
  }
  ++size_;
  ++counts_[static_cast<std::size_t>(group)];
  return result;
}

run_id run_table::fork(run_id x) {
  auto result = make(group(x), first(x));
  for (std::size_t i = 0; i < depth_; ++i)
    event(result, i) = event(x, i);
  return result;
}

void run_table::free(run_id x) {
  --size_;
  --counts_[static_cast<std::size_t>(group(x))];
  free_.push_back(x);
}

void run_table::wait(run_id x, std::size_t step) {
  auto& list = lists_[place(group(x), step)];
  next_[static_cast<std::size_t>(x)] = no_run;
  if (list.tail == no_run)
    list.head = x;
  else
    next_[static_cast<std::size_t>(list.tail)] = x;
  list.tail = x;
}

void run_table::take_waiting(std::int32_t group, std::size_t step,
                             std::vector<run_id>& out) {
  for_each(group, step, [&](run_id x) { out.push_back(x); });
  if (group < groups())
    lists_[place(group, step)] = {};
}

void run_table::reserve_groups(std::int64_t count) {
  auto size = static_cast<std::size_t>(count);
  if (size <= counts_.size())
    return;
  counts_.resize(size);
  lists_.resize(size * depth_);
}

template <class Keep>
std::int64_t run_table::retain(std::int32_t group, Keep keep) {
  std::int64_t freed = 0;
  for (std::size_t step = 1; step <= depth_; ++step) {
    auto x = lists_[place(group, step)].head;
    lists_[place(group, step)] = {};
    while (x != no_run) {
      auto next = next_[static_cast<std::size_t>(x)];
      if (keep(x)) {
        wait(x, step);
      } else {
        free(x);
        ++freed;
      }
      x = next;
    }
  }
  return freed;
}

void run_table::sweep(event_time t) {
  for (std::int32_t group = 0; group < groups(); ++group)
    if (count(group) > 0)
      retain(group, [&](run_id x) { return first(x) > t; });
  if (size_ == 0) {
    // A burst is over: give its memory back.
    first_ = {};
    group_ = {};
    next_ = {};
    events_ = {};
    free_ = {};
  }
  for (std::size_t step = 0; step < depth_; ++step)
    if (captures_[step]->size() > 2 * size_ + unneeded_min)
      compact(step);
}

void run_table::compact(std::size_t step) {
  std::vector<std::int32_t> number(
      static_cast<std::size_t>(captures_[step]->size()), -1);
  std::vector<std::int32_t> kept;
  for (std::int32_t group = 0; group < groups(); ++group) {
    for (auto waits = step + 1; waits <= depth_; ++waits) {
      for_each(group, waits, [&](run_id x) {
        auto& old = event(x, step);
        auto& fresh = number[static_cast<std::size_t>(old)];
        if (fresh < 0) {
          fresh = static_cast<std::int32_t>(kept.size());
          kept.push_back(old);
        }
        old = fresh;
      });
    }
  }
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < layouts_[step]->fields.size(); ++i)
    columns.push_back(captures_[step]->gather(i, kept));
  auto store = std::make_unique<row_store>(layouts_[step]);
  store->append(*make_batch(layouts_[step], std::move(columns),
                            static_cast<std::int64_t>(kept.size())),
                nullptr);
  captures_[step] = std::move(store);
}

std::int64_t run_table::trim(std::span<const std::int32_t> groups,
                             std::int64_t keep) {
  std::vector<event_time> starts;
  for (auto group : groups)
    for (std::size_t step = 1; step <= depth_; ++step)
      for_each(group, step, [&](run_id x) { starts.push_back(first(x)); });
  auto over = static_cast<std::int64_t>(starts.size()) - keep;
  if (over <= 0)
    return 0;
  auto last = starts.begin() + over - 1;
  std::nth_element(starts.begin(), last, starts.end());
  auto limit = *last;
  // Of those that began at the limit, only as many go as must.
  auto equal = over - std::count_if(starts.begin(), last, [&](auto t) {
                 return t < limit;
               });
  std::int64_t freed = 0;
  for (auto group : groups)
    freed += retain(group, [&](run_id x) {
      if (first(x) == limit)
        return equal-- <= 0;
      return first(x) > limit;
    });
  return freed;
}

std::int64_t run_table::memory_bytes() const {
  auto bytes = first_.capacity() * sizeof(event_time)
               + (group_.capacity() + next_.capacity() + events_.capacity()
                  + free_.capacity())
                     * sizeof(std::int32_t)
               + lists_.capacity() * sizeof(run_list)
               + counts_.capacity() * sizeof(std::int64_t);
  auto result = static_cast<std::int64_t>(bytes);
  for (const auto& store : captures_)
    result += store->memory_bytes();
  return result;
}

} // namespace herald
