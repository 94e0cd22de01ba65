#include "engine/operators/filter.hpp"

#include "engine/columnar/ticks.hpp"
#include "engine/operators/window_times.hpp"

#include <type_traits>

namespace herald {

absl::Status filter_operator::process(int, const batch_ptr& rows, output& out) {
  HERALD_ASSIGN(auto kept, select_rows(*spec_.condition, *rows, context_.eval));
  if (kept.empty())
    return absl::OkStatus();
  if (static_cast<std::int64_t>(kept.size()) == rows->rows)
    return out.emit(rows);
  return out.emit(take(*rows, kept));
}

absl::Status project_operator::process(int, const batch_ptr& rows,
                                       output& out) {
  std::vector<column_ptr> columns;
  columns.reserve(spec_.columns.size());
  for (const auto& x : spec_.columns) {
    HERALD_ASSIGN(auto column, evaluate_column(*x, *rows, context_.eval));
    columns.push_back(std::move(column));
  }
  return out.emit(
      make_batch(layout_, std::move(columns), rows->rows, rows->changes));
}

std::vector<event_time> times_of(const column& x) {
  return with_ticks(x, [&](const auto* ticks, auto per_second) {
    constexpr auto per_ms = decltype(per_second)::value / 1000;
    if constexpr (per_ms == 1) {
      return std::vector<event_time>(ticks, ticks + x.length);
    } else {
      std::vector<event_time> result(static_cast<std::size_t>(x.length));
      for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = static_cast<event_time>(floor_div(ticks[i], per_ms));
      return result;
    }
  });
}

column_ptr time_column(const data_type& type,
                       std::span<const event_time> times) {
  auto result = std::make_shared<column>();
  result->type = type;
  result->length = static_cast<std::int64_t>(times.size());
  auto values = allocate_buffer(result->length * type.width());
  result->values = values;
  with_ticks(*result, [&](const auto* ticks, auto per_second) {
    using value = std::remove_cvref_t<decltype(*ticks)>;
    auto* out = reinterpret_cast<value*>(values->mutable_data());
    for (std::size_t i = 0; i < times.size(); ++i)
      out[i] = value{times[i]} * (per_second / 1000);
  });
  return result;
}

absl::Status window_assign_operator::process(int, const batch_ptr& rows,
                                             output& out) {
  const auto& time
      = *rows->columns[static_cast<std::size_t>(spec_.time_column)];
  const auto times = zone_.local_times(time);
  const auto& window = spec_.window;
  row_list taken;
  std::vector<event_time> starts;
  std::vector<event_time> ends;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (time.is_null(static_cast<std::int64_t>(i))) {
      ++counters_.rows_late;
      continue;
    }
    for_each_window(times[i], window, [&](event_time start, event_time end) {
      taken.push_back(static_cast<std::int32_t>(i));
      starts.push_back(start);
      ends.push_back(end);
    });
  }
  if (taken.empty())
    return absl::OkStatus();
  auto base = take(*rows, taken);
  auto columns = base->columns;
  auto fields = layout_->fields.end() - 3;
  columns.push_back(time_column(fields[0].type, starts));
  columns.push_back(time_column(fields[1].type, ends));
  for (auto& t : ends)
    t = zone_.instant(t - 1);
  columns.push_back(time_column(fields[2].type, ends));
  return out.emit(
      make_batch(layout_, std::move(columns), base->rows, base->changes));
}

} // namespace herald
