#include "engine/operators/stream_over.hpp"

#include "engine/operators/key_codec.hpp"
#include "engine/operators/row_order.hpp"
#include "engine/operators/row_parts.hpp"

#include <algorithm>
#include <limits>

namespace herald {

namespace {

using bound_kind = over_bound::kind_type;
using kind_type = over_function::kind_type;

/// A row that is ready, where sorting puts it.
struct sort_item {
  std::int32_t group = 0;
  std::uint64_t prefix = 0;
  std::int32_t row = 0;
};

} // namespace

stream_over_operator::reach
stream_over_operator::reach_of(const over_spec& spec) {
  reach result;
  const auto far = [&](const over_bound& x) {
    if (x.kind == bound_kind::preceding)
      result.rows
          = std::max(result.rows, std::get<std::int64_t>(x.offset.value));
  };
  for (const auto& x : spec.calls) {
    if (x.kind == kind_type::lag)
      result.rows = std::max(result.rows, x.offset);
    if (x.kind != kind_type::aggregate)
      continue;
    if (x.frame.rows) {
      far(x.frame.start);
      far(x.frame.end);
    } else if (x.frame.start.kind == bound_kind::preceding) {
      result.ticks = std::max(
          result.ticks, std::get<std::int64_t>(x.frame.start.offset.value));
    }
  }
  return result;
}

bool stream_over_operator::carries(const over_spec& spec) {
  return std::any_of(spec.calls.begin(), spec.calls.end(), [](const auto& x) {
    return x.kind == kind_type::aggregate
               ? x.frame.start.kind == bound_kind::unbounded_preceding
               : x.kind != kind_type::lag;
  });
}

stream_over_operator::stream_over_operator(over_spec spec,
                                           const schema_ptr& input,
                                           schema_ptr layout)
    : spec_(std::move(spec)), input_(input), layout_(std::move(layout)),
      narrow_(spec_, *input_, spec_.keys), reach_(reach_of(spec_)),
      carries_(carries(spec_)), index_(types_of(*input_, spec_.keys)),
      ttl_(spec_.ttl_ms.value_or(0)), carry_(narrow_.calls),
      seen_(narrow_.layout) {
  for (const int key : spec_.keys)
    narrow_keys_.push_back(narrow_.place(key));
}

std::vector<std::int64_t> stream_over_operator::ticks_of(const batch& rows,
                                                         int column) const {
  const auto& x = *rows.columns[static_cast<std::size_t>(column)];
  const auto values = x.as<std::int64_t>();
  std::vector<std::int64_t> result(values.begin(), values.end());
  if (x.null_count > 0)
    for (std::size_t i = 0; i < result.size(); ++i)
      if (x.is_null(static_cast<std::int64_t>(i)))
        result[i] = std::numeric_limits<std::int64_t>::min();
  return result;
}

absl::Status stream_over_operator::process(int, const batch_ptr& rows,
                                           output& out) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  if (!by_event_time()) {
    if (rows->rows == 0)
      return absl::OkStatus();
    HERALD_TRY(run(rows, out));
    forget(context_.eval.now_ms);
    return absl::OkStatus();
  }
  clear_old_of(*rows);
  const auto& column
      = *rows->columns[static_cast<std::size_t>(spec_.order[0].column)];
  const auto late = waiting_.add_after(rows, column, watermark_);
  return drop_late(*rows, late, watermark_, out);
}

absl::Status stream_over_operator::advance(event_time t, output& out) {
  if (by_event_time() && t > watermark_) {
    watermark_ = t;
    ttl_.set_time(context_.eval.now_ms);
    if (const auto rows = waiting_.take_until(t)) {
      HERALD_TRY(run(rows, out));
    }
    forget(t);
  }
  return out.advance(t);
}

void stream_over_operator::find_partitions(const batch& rows,
                                           std::vector<std::int32_t>& groups) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows.rows));
  hash_rows(rows, spec_.keys, hashes);
  index_.find_or_insert(rows, spec_.keys, nullptr, hashes, groups);
  carry_.resize(index_.capacity());
  of_.resize(static_cast<std::size_t>(index_.capacity()));
}

stream_over_operator::ready_rows
stream_over_operator::sorted(const batch_ptr& rows) {
  std::vector<std::int32_t> groups;
  find_partitions(*rows, groups);
  if (!by_event_time())
    clear_old(groups);
  for (const auto group : groups)
    ttl_.touch(group);
  std::vector<std::uint64_t> prefixes(groups.size(), 0);
  if (by_event_time())
    sort_prefixes(
        *rows->columns[static_cast<std::size_t>(spec_.order[0].column)],
        spec_.order[0], prefixes);
  std::vector<sort_item> items;
  for (std::size_t i = 0; i < groups.size(); ++i)
    items.push_back({groups[i], prefixes[i], static_cast<std::int32_t>(i)});
  const bool more_keys = by_event_time() && spec_.order.size() > 1;
  std::sort(items.begin(), items.end(), [&](const auto& a, const auto& b) {
    if (a.group != b.group)
      return a.group < b.group;
    if (a.prefix != b.prefix)
      return a.prefix < b.prefix;
    if (more_keys)
      if (const auto order = compare_rows(*rows, spec_.order, a.row, b.row))
        return order < 0;
    return a.row < b.row;
  });
  ready_rows result{rows, {}, nullptr, {}};
  std::vector<std::int32_t> seen; // of all partitions
  row_list picks;                 // of (seen ++ rows)
  for (std::size_t i = 0; i < items.size();) {
    const auto group = items[i].group;
    over_segment x;
    x.group = group;
    x.begin = static_cast<std::int32_t>(picks.size());
    for (const auto row : of_[static_cast<std::size_t>(group)]) {
      picks.push_back(static_cast<std::int32_t>(seen.size()));
      seen.push_back(row);
    }
    x.fresh = static_cast<std::int32_t>(picks.size());
    for (; i < items.size() && items[i].group == group; ++i) {
      picks.push_back(-1 - items[i].row);
      result.order.push_back(items[i].row);
    }
    x.end = static_cast<std::int32_t>(picks.size());
    result.segments.push_back(x);
  }
  for (auto& pick : picks)
    if (pick < 0)
      pick = static_cast<std::int32_t>(seen.size()) - 1 - pick;
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < narrow_.columns.size(); ++i) {
    auto column = rows->columns[static_cast<std::size_t>(narrow_.columns[i])];
    if (!seen.empty()) {
      const column_ptr parts[] = {seen_.gather(i, seen), column};
      column = concat(parts);
    }
    columns.push_back(take(*column, picks));
  }
  result.narrow = make_batch(narrow_.layout, std::move(columns),
                             static_cast<std::int64_t>(picks.size()));
  return result;
}

absl::Status stream_over_operator::run(const batch_ptr& rows, output& out) {
  const auto ready = sorted(rows);
  const over_rows sorted_rows(*ready.narrow, ready.segments, narrow_.order,
                              by_event_time());
  HERALD_ASSIGN(const auto results, evaluate_over(narrow_.calls, sorted_rows,
                                                  &carry_, context_.eval));
  remember(ready);
  reclaim();
  auto columns = take(*rows, ready.order)->columns;
  columns.insert(columns.end(), results.begin(), results.end());
  const auto result = make_batch(layout_, std::move(columns), rows->rows);
  return emit_pieces(result, context_.batch_rows, out);
}

void stream_over_operator::remember(const ready_rows& x) {
  if (reach_.rows == 0 && reach_.ticks < 0)
    return;
  std::vector<std::int64_t> ticks;
  std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
  if (reach_.ticks >= 0) {
    ticks = ticks_of(*x.narrow, narrow_.order[0].column);
    oldest = oldest_seen(by_event_time() ? watermark_ : context_.eval.now_ms);
  }
  row_list kept;
  std::vector<std::size_t> counts;
  for (const auto& segment : x.segments) {
    auto first = static_cast<std::int32_t>(
        segment.end
        - std::min<std::int64_t>(reach_.rows, segment.end - segment.begin));
    while (!ticks.empty() && first > segment.begin
           && ticks[static_cast<std::size_t>(first) - 1] >= oldest)
      --first;
    auto& rows = of_[static_cast<std::size_t>(segment.group)];
    const auto gone = std::clamp(first - segment.begin, 0,
                                 static_cast<std::int32_t>(rows.size()));
    rows.erase(rows.begin(), rows.begin() + gone);
    forgotten_ += gone;
    const auto before = kept.size();
    for (auto row = std::max(first, segment.fresh); row < segment.end; ++row)
      kept.push_back(row);
    counts.push_back(kept.size() - before);
  }
  auto next = seen_.size();
  seen_.append(*x.narrow, &kept);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto& rows = of_[static_cast<std::size_t>(x.segments[i].group)];
    for (std::size_t k = 0; k < counts[i]; ++k)
      rows.push_back(next++);
  }
}

std::int64_t stream_over_operator::oldest_seen(event_time t) const {
  const auto column = static_cast<std::size_t>(narrow_.order[0].column);
  const auto per_ms
      = narrow_.layout->fields[column].type.ticks_per_second() / 1000;
  constexpr auto far = std::numeric_limits<std::int64_t>::max() / 2'000'000;
  if (t <= -far || t >= far)
    return t < 0 ? std::numeric_limits<std::int64_t>::min()
                 : std::numeric_limits<std::int64_t>::max();
  return t * per_ms - reach_.ticks;
}

void stream_over_operator::forget(event_time t) {
  if (reach_.ticks < 0 || carries_ || t == time_max)
    return;
  const auto oldest = oldest_seen(t);
  // Once a frame's length, so that a row is looked at twice at most.
  if (swept_ != time_min && oldest < swept_)
    return;
  swept_ = oldest + reach_.ticks;
  std::vector<std::int32_t> all;
  const auto groups = index_.groups();
  for (const auto group : groups) {
    const auto& rows = of_[static_cast<std::size_t>(group)];
    all.insert(all.end(), rows.begin(), rows.end());
  }
  const auto ticks
      = seen_.gather(static_cast<std::size_t>(narrow_.order[0].column), all);
  const auto values = ticks->as<std::int64_t>();
  std::size_t at = 0;
  for (const auto group : groups) {
    auto& rows = of_[static_cast<std::size_t>(group)];
    const auto count = static_cast<std::int64_t>(rows.size());
    std::int64_t gone = 0;
    while (gone < count - reach_.rows
           && values[at + static_cast<std::size_t>(gone)] < oldest)
      ++gone;
    at += rows.size();
    rows.erase(rows.begin(), rows.begin() + gone);
    forgotten_ += gone;
    if (!rows.empty())
      continue;
    erase(group);
  }
  reclaim();
}

void stream_over_operator::erase(std::int32_t group) {
  clear(group);
  index_.erase(group);
  ttl_.erase(group);
}

void stream_over_operator::reclaim() {
  if (!worth_reclaiming(forgotten_, seen_.size()))
    return;
  std::vector<std::int32_t> all;
  std::int32_t next = 0;
  for (const auto group : index_.groups())
    for (auto& row : of_[static_cast<std::size_t>(group)]) {
      all.push_back(row);
      row = next++;
    }
  seen_ = seen_.only(all);
  forgotten_ = 0;
}

std::int64_t stream_over_operator::state_bytes() const {
  auto result = waiting_.memory_bytes() + index_.memory_bytes()
                + ttl_.memory_bytes() + seen_.memory_bytes()
                + static_cast<std::int64_t>(of_.capacity() * sizeof(of_[0]));
  for (const auto& rows : of_)
    result += static_cast<std::int64_t>(rows.capacity() * 4);
  result += static_cast<std::int64_t>(carry_.rows.capacity() * 16);
  for (const auto& x : carry_.sums)
    result += x ? x->memory_bytes() : 0;
  return result;
}

} // namespace herald
