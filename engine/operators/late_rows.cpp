#include "engine/operators/late_rows.hpp"

#include "engine/operators/watermark_state.hpp"
#include "engine/operators/window_times.hpp"

namespace herald {

absl::Status late_rows_operator::process(int, const batch_ptr& rows,
                                         output& out) {
  const auto index
      = spec_.window_end_column ? *spec_.window_end_column : *spec_.time_column;
  const auto& time = *rows->columns[static_cast<std::size_t>(index)];
  // The ends of windows are local already.
  const auto times
      = spec_.window_end_column ? times_of(time) : zone_.local_times(time);
  const auto watermark = zone_.local_watermark(watermark_);
  row_list late;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto end = spec_.window_end_column
                         ? times[i]
                         : last_window_end(times[i], spec_.window);
    const bool in_none
        = !spec_.window_end_column && !lies_in_window(times[i], spec_.window);
    if (time.is_null(static_cast<std::int64_t>(i))
        || (!in_none && window_is_over(end, watermark, spec_.lateness_ms)))
      late.push_back(static_cast<std::int32_t>(i));
  }
  if (late.empty())
    return absl::OkStatus();
  const auto taken = take(*rows, late);
  std::vector<column_ptr> columns;
  for (const int column : spec_.columns) {
    if (column >= 0) {
      columns.push_back(taken->columns[static_cast<std::size_t>(column)]);
      continue;
    }
    const auto& type = layout_->fields[columns.size()].type;
    // Rows without a time are late before there is a watermark.
    columns.push_back(watermark_ == time_min
                          ? repeat(scalar{type, {}}, taken->rows)
                          : time_column(type, std::vector<event_time>(
                                                  late.size(), watermark_)));
  }
  return out.emit(make_batch(layout_, std::move(columns), taken->rows));
}

absl::Status late_rows_operator::advance(event_time t, output& out) {
  watermark_ = std::max(watermark_, t);
  return out.advance(t);
}

absl::Status late_rows_operator::write(state_writer& writer) const {
  return write_watermark(watermark_, context_.key_groups_owned(), writer);
}

absl::Status late_rows_operator::read(const state_reader& reader) {
  return read_watermark(reader, context_.key_groups_owned(), watermark_);
}

} // namespace herald
