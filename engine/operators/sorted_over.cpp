#include "engine/operators/sorted_over.hpp"

#include "engine/operators/compare.hpp"
#include "engine/operators/state_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// Rows that are evaluated together at the end.
constexpr std::size_t evaluated_rows = 1 << 14;

} // namespace

sorted_over_operator::sorted_over_operator(over_spec spec,
                                           const schema_ptr& input,
                                           schema_ptr layout)
    : spec_(std::move(spec)), input_(input), layout_(std::move(layout)),
      narrow_(spec_, *input_, {}), groups_(make_groups()) {}

sorted_groups sorted_over_operator::make_groups() const {
  // What is taken back must be found by its content.
  const auto last = spec_.input_retracts ? row_order::last_word::content
                                         : row_order::last_word::arrival;
  return {input_, spec_.keys, row_order(*input_, spec_.order, {}, last),
          spec_.ttl_ms.value_or(0)};
}

void sorted_over_operator::list(std::int32_t group, result_rows& to) const {
  over_segment segment;
  segment.begin = static_cast<std::int32_t>(to.rows.size());
  segment.fresh = segment.begin;
  groups_.forest().walk(groups_.root(group), [&](std::int32_t row) {
    to.rows.push_back(row);
    return true;
  });
  segment.end = static_cast<std::int32_t>(to.rows.size());
  segment.group = group;
  to.segments.push_back(segment);
}

absl::Status sorted_over_operator::evaluate(result_rows& x) const {
  std::vector<column_ptr> columns;
  for (const int column : narrow_.columns)
    columns.push_back(
        groups_.rows().gather(static_cast<std::size_t>(column), x.rows));
  const auto rows = make_batch(narrow_.layout, std::move(columns),
                               static_cast<std::int64_t>(x.rows.size()));
  const over_rows sorted(*rows, x.segments, narrow_.order, true);
  HERALD_ASSIGN(x.results,
                evaluate_over(narrow_.calls, sorted, nullptr, context_.eval));
  return absl::OkStatus();
}

void sorted_over_operator::set_time() {
  if (const auto kept = groups_.set_time(context_.eval.now_ms))
    keep_groups(seen_, *kept);
}

absl::Status sorted_over_operator::resume(output&) {
  set_time();
  return absl::OkStatus();
}

absl::Status sorted_over_operator::process(int, const batch_ptr& rows,
                                           output& out) {
  set_time();
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, spec_.keys, hashes);
  std::vector<std::int32_t> groups;
  groups_.locate(*rows, nullptr, hashes, groups);
  groups_.clear_old(groups);
  std::vector<std::uint64_t> prefixes;
  groups_.order().prefixes(*rows, prefixes);
  seen_.resize(static_cast<std::size_t>(groups_.index().capacity()), 0);
  auto number = groups_.append(*rows, nullptr, prefixes);
  std::vector<std::int32_t> touched;
  result_rows before;
  for (std::size_t i = 0; i < groups.size(); ++i, ++number) {
    const auto group = groups[i];
    if (auto& seen = seen_[static_cast<std::size_t>(group)]; !seen) {
      seen = 1;
      touched.push_back(group);
      if (!at_end())
        list(group, before);
    }
    if (retracts(rows->change_of(static_cast<std::int64_t>(i))))
      groups_.erase(group, number);
    else
      groups_.insert(group, number);
  }
  for (const auto group : touched)
    seen_[static_cast<std::size_t>(group)] = 0;
  if (!at_end()) {
    result_rows after;
    for (const auto group : touched)
      list(group, after);
    HERALD_TRY(evaluate(before));
    HERALD_TRY(evaluate(after));
    HERALD_TRY(emit_changes(before, after, out));
  }
  groups_.settle(touched);
  groups_.reclaim();
  if (at_end() && groups_.memory_bytes() > spec_.memory_bytes_max)
    return absl::ResourceExhaustedError(fmt::format(
        "OVER needs all rows at the end, and they take more than {} MiB "
        "(order by the time attribute, which needs no end)",
        spec_.memory_bytes_max >> 20));
  return absl::OkStatus();
}

absl::Status sorted_over_operator::emit_changes(const result_rows& before,
                                                const result_rows& after,
                                                output& out) {
  const auto& order = groups_.order();
  const auto& rows = groups_.rows();
  const auto shift = static_cast<std::int32_t>(before.rows.size());
  change_list stored; // rows of the store
  row_list results;   // rows of (results before ++ results after)
  const auto add = [&](const result_rows& x, std::int32_t at,
                       std::int32_t result, change kind) {
    stored.add(x.rows[static_cast<std::size_t>(at)], kind);
    results.push_back(result);
  };
  for (std::size_t k = 0; k < before.segments.size(); ++k) {
    auto i = before.segments[k].begin;
    auto j = after.segments[k].begin;
    const auto end_i = before.segments[k].end;
    const auto end_j = after.segments[k].end;
    while (i < end_i || j < end_j) {
      int which = i == end_i ? 1 : j == end_j ? -1 : 0;
      if (which == 0) {
        const auto was = before.rows[static_cast<std::size_t>(i)];
        const auto now = after.rows[static_cast<std::size_t>(j)];
        which = was == now ? 0 : order.compare(rows, was, now);
      }
      if (which < 0) {
        add(before, i, i, change::remove);
        ++i;
      } else if (which > 0) {
        add(after, j, shift + j, change::insert);
        ++j;
      } else {
        if (!same_row(before.results, i, after.results, j)) {
          if (spec_.emit_update_before)
            add(before, i, i, change::update_before);
          add(after, j, shift + j, change::update_after);
        }
        ++i;
        ++j;
      }
    }
  }
  std::vector<column_ptr> all;
  for (std::size_t k = 0; k < after.results.size(); ++k) {
    const column_ptr parts[] = {before.results[k], after.results[k]};
    all.push_back(concat(parts));
  }
  const auto step = static_cast<std::size_t>(context_.batch_rows);
  for (std::size_t i = 0; i < results.size(); i += step) {
    const auto count = std::min(step, results.size() - i);
    auto columns
        = rows.gather(std::span(stored.rows).subspan(i, count))->columns;
    for (const auto& x : all)
      columns.push_back(take(*x, std::span(results).subspan(i, count)));
    HERALD_TRY(out.emit(make_batch(layout_, std::move(columns),
                                   static_cast<std::int64_t>(count),
                                   stored.changes(i, count))));
  }
  return absl::OkStatus();
}

absl::Status sorted_over_operator::emit_all(const result_rows& x, output& out) {
  const auto step = static_cast<std::size_t>(context_.batch_rows);
  row_list picks;
  for (std::size_t i = 0; i < x.rows.size(); i += step) {
    const auto count = std::min(step, x.rows.size() - i);
    picks.resize(count);
    for (std::size_t k = 0; k < count; ++k)
      picks[k] = static_cast<std::int32_t>(i + k);
    auto columns
        = groups_.rows().gather(std::span(x.rows).subspan(i, count))->columns;
    for (const auto& result : x.results)
      columns.push_back(take(*result, picks));
    HERALD_TRY(out.emit(make_batch(layout_, std::move(columns),
                                   static_cast<std::int64_t>(count))));
  }
  return absl::OkStatus();
}

absl::Status sorted_over_operator::finish(output& out) {
  result_rows part;
  for (const auto group : groups_.index().groups()) {
    list(group, part);
    if (part.rows.size() < evaluated_rows)
      continue;
    HERALD_TRY(evaluate(part));
    HERALD_TRY(emit_all(part, out));
    part = {};
  }
  if (!part.rows.empty()) {
    HERALD_TRY(evaluate(part));
    HERALD_TRY(emit_all(part, out));
  }
  groups_ = make_groups();
  return absl::OkStatus();
}

absl::Status sorted_over_operator::advance(event_time t, output& out) {
  if (at_end() && t == time_max) {
    HERALD_TRY(finish(out));
  }
  return out.advance(t);
}

absl::Status sorted_over_operator::write(state_writer& writer) const {
  return groups_.write(rows_table, writer);
}

absl::Status sorted_over_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(reader.read(rows_table, owned, [this](int, const batch_ptr& x) {
    std::vector<std::int32_t> groups;
    groups_.load(*x, groups);
    return absl::OkStatus();
  }));
  return groups_.read_times(owned, reader);
}

std::int64_t sorted_over_operator::state_bytes() const {
  return groups_.memory_bytes();
}

} // namespace herald
