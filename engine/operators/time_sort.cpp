#include "engine/operators/filter.hpp"
#include "engine/operators/sort.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

constexpr std::string_view seen_table = "seen";

} // namespace

absl::Status time_sort_operator::process(int, const batch_ptr& rows,
                                         output& out) {
  const auto& column
      = *rows->columns[static_cast<std::size_t>(spec_.order[0].column)];
  const auto late = waiting_.add_after(rows, column, watermark_);
  return drop_late(*rows, late, watermark_, out);
}

absl::Status time_sort_operator::advance(event_time t, output& out) {
  if (t <= watermark_)
    return absl::OkStatus();
  watermark_ = t;
  if (const auto rows = waiting_.take_until(t)) {
    row_list order(static_cast<std::size_t>(rows->rows));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int32_t a, std::int32_t b) {
                       return compare_rows(*rows, spec_.order, a, b) < 0;
                     });
    const auto step = static_cast<std::size_t>(context_.batch_rows);
    for (std::size_t i = 0; i < order.size(); i += step) {
      const auto count = std::min(step, order.size() - i);
      HERALD_TRY(out.emit(take(*rows, std::span(order).subspan(i, count))));
    }
  }
  return out.advance(t);
}

absl::Status time_sort_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  for (const auto& rows : waiting_.rows()) {
    HERALD_TRY(
        writer.put(rows_table, context_.key_groups_owned().begin, *rows));
  }
  return absl::OkStatus();
}

absl::Status time_sort_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  return reader.read(rows_table, owned, [this](int, const batch_ptr& x) {
    waiting_.add(
        x,
        times_of(*x->columns[static_cast<std::size_t>(spec_.order[0].column)]));
    return absl::OkStatus();
  });
}

absl::Status limit_operator::process(int, const batch_ptr& rows, output& out) {
  const auto first = std::max<std::int64_t>(0, spec_.offset - seen_);
  auto end = rows->rows;
  if (spec_.limit)
    end = std::min(end, spec_.offset + *spec_.limit - seen_);
  seen_ += rows->rows;
  if (first >= end)
    return absl::OkStatus();
  if (first == 0 && end == rows->rows)
    return out.emit(rows);
  return out.emit(slice(*rows, first, end - first));
}

absl::Status limit_operator::write(state_writer& writer) const {
  const auto type = data_type::of(type_kind::bigint);
  const auto layout = std::make_shared<schema>(schema{{{"seen", type}}});
  return writer.put(seen_table, context_.key_groups_owned().begin,
                    *make_batch(layout, {repeat(scalar{type, seen_}, 1)}, 1));
}

absl::Status limit_operator::read(const state_reader& reader) {
  return reader.read(seen_table, context_.key_groups_owned(),
                     [this](int, const batch_ptr& rows) {
                       seen_ = rows->columns[0]->as<std::int64_t>()[0];
                       return absl::OkStatus();
                     });
}

} // namespace herald
