#include "engine/operators/expand.hpp"

#include "engine/columnar/scalar.hpp"

namespace herald {

absl::Status expand_operator::process(int, const batch_ptr& rows, output& out) {
  std::int64_t number = 0;
  for (const auto& set : spec_.sets) {
    auto columns = rows->columns;
    for (std::size_t i = 0; i < set.size(); ++i) {
      const auto& type = layout_->fields[columns.size()].type;
      columns.push_back(
          set[i] ? rows->columns[static_cast<std::size_t>(spec_.keys[i])]
                 : null_column(type, rows->rows));
    }
    const auto& type = layout_->fields.back().type;
    columns.push_back(repeat(scalar{type, number++}, rows->rows));
    HERALD_TRY(out.emit(
        make_batch(layout_, std::move(columns), rows->rows, rows->changes)));
  }
  return absl::OkStatus();
}

} // namespace herald
