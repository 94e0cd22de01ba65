#include "engine/operators/local_aggregate.hpp"

#include "engine/columnar/builder.hpp"

namespace herald {

local_aggregate_operator::local_aggregate_operator(local_aggregate_spec spec,
                                                   const schema& input_layout,
                                                   schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)) {}

absl::Status local_aggregate_operator::process(int, const batch_ptr& rows,
                                               output& out) {
  if (rows->rows == 0)
    return absl::OkStatus();
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, spec_.keys, *rows, context_.eval));
  aggregate_table table(key_types_, spec_.calls, false);
  HERALD_TRY(table.add(*rows, spec_.keys, nullptr, inputs, groups_));
  const auto groups = table.index().groups();
  std::vector<std::int64_t> counts(groups.size(), 0);
  for (auto g : groups_)
    ++counts[static_cast<std::size_t>(g)];
  auto columns = table.partial_rows(groups);
  HERALD_TRY(table.status());
  fixed_builder<std::int64_t> counted(layout_->fields.back().type);
  for (auto count : counts)
    counted.push(count);
  columns.push_back(counted.finish());
  const auto count = static_cast<std::int64_t>(groups.size());
  return out.emit(make_batch(layout_, std::move(columns), count));
}

} // namespace herald
