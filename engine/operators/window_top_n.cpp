#include "engine/operators/filter.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/top_n.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>

namespace herald {

window_top_n_operator::window_top_n_operator(top_n_spec spec, schema_ptr input,
                                             schema_ptr layout)
    : spec_(std::move(spec)), input_(std::move(input)),
      layout_(std::move(layout)) {}

top_n_table& window_top_n_operator::window_at(event_time end) {
  return windows_.try_emplace(end, spec_, input_).first->second;
}

absl::Status window_top_n_operator::process(int, const batch_ptr& rows,
                                            output& out) {
  const auto& column
      = *rows->columns[static_cast<std::size_t>(*spec_.window_end)];
  const auto ends = times_of(column);
  std::map<event_time, row_list> by_end;
  row_list late;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (column.is_null(static_cast<std::int64_t>(i)) || ends[i] <= fired_)
      late.push_back(static_cast<std::int32_t>(i));
    else
      by_end[ends[i]].push_back(static_cast<std::int32_t>(i));
  }
  // Windows are over one millisecond before their end.
  HERALD_TRY(
      drop_late(*rows, late, fired_ == time_min ? time_min : fired_ - 1, out));
  if (by_end.empty())
    return absl::OkStatus();
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, spec_.keys, hashes);
  for (const auto& [end, which] : by_end) {
    const bool whole = static_cast<std::int64_t>(which.size()) == rows->rows;
    auto& window = window_at(end);
    window.apply(*rows, whole ? nullptr : &which, hashes, nullptr);
    window.settle();
  }
  return absl::OkStatus();
}

absl::Status window_top_n_operator::advance(event_time t, output& out) {
  const auto limit = t == time_max ? time_max : t + 1;
  while (!windows_.empty() && windows_.begin()->first <= limit) {
    HERALD_TRY(fire(windows_.begin()->second, out));
    windows_.erase(windows_.begin());
  }
  if (t != time_max)
    fired_ = std::max(fired_, limit);
  return out.advance(t);
}

absl::Status window_top_n_operator::fire(const top_n_table& window,
                                         output& out) {
  std::vector<ranked_row> ranked;
  for (const auto group : window.groups().index().groups())
    window.ranked(group, ranked);
  std::vector<std::int32_t> rows;
  std::vector<std::int64_t> ranks;
  for (const auto& x : ranked) {
    rows.push_back(x.row);
    ranks.push_back(x.rank);
  }
  const auto step = static_cast<std::size_t>(context_.batch_rows);
  for (std::size_t i = 0; i < rows.size(); i += step) {
    const auto count = std::min(step, rows.size() - i);
    HERALD_TRY(out.emit(ranked_batch(
        window.groups().rows(), layout_, std::span(rows).subspan(i, count),
        std::span(ranks).subspan(i, count), nullptr)));
  }
  return absl::OkStatus();
}

// State: the rows, which carry their windows, and which windows are over.

absl::Status window_top_n_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(fired_, context_.key_groups_owned(), writer));
  for (const auto& [end, window] : windows_) {
    HERALD_TRY(window.groups().write(rows_table, writer));
  }
  return absl::OkStatus();
}

absl::Status window_top_n_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, fired_));
  return reader.read(rows_table, owned, [this](int, const batch_ptr& rows) {
    // One put holds rows of one window.
    const auto& ends
        = *rows->columns[static_cast<std::size_t>(*spec_.window_end)];
    window_at(times_of(ends)[0]).load(*rows);
    return absl::OkStatus();
  });
}

std::int64_t window_top_n_operator::state_bytes() const {
  std::int64_t result = 0;
  for (const auto& [end, window] : windows_)
    result += window.memory_bytes();
  return result;
}

} // namespace herald
