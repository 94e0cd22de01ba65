#include "engine/operators/late_rows.hpp"

#include "engine/operators/filter.hpp"

namespace herald {

batch_ptr late_batch(const late_output& to, const batch& rows,
                     const row_list& which, event_time t) {
  const auto taken = take(rows, which);
  std::vector<column_ptr> columns;
  for (const int column : to.columns) {
    if (column >= 0) {
      columns.push_back(taken->columns[static_cast<std::size_t>(column)]);
      continue;
    }
    const auto& type = to.layout->fields[columns.size()].type;
    columns.push_back(t == time_min ? repeat(scalar{type, {}}, taken->rows)
                                    : time_column(type, std::vector<event_time>(
                                                            which.size(), t)));
  }
  return make_batch(to.layout, std::move(columns), taken->rows);
}

} // namespace herald
