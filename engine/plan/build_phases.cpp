#include "engine/plan/job_builder.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

// Aggregation in two phases: rows are combined by key where they are, and what
// that gives goes to the subtask that owns the key. So a key that most rows
// have keeps no subtask from the others.

namespace herald {

bool job_builder::takes_two_phases(const group_aggregate_spec& spec) const {
  const auto wanted = session_.options().phases();
  if (parallelism_ == 1 || wanted == agg_phases::one || spec.input_retracts)
    return false;
  // As in Flink, it is mini-batches that make up for what it costs.
  if (wanted == agg_phases::automatic && !spec.mini_batch)
    return false;
  return std::none_of(spec.calls.begin(), spec.calls.end(),
                      [](const auto& call) { return call.distinct; });
}

absl::StatusOr<job_builder::producer>
job_builder::build_two_phases(const plan_node& node,
                              group_aggregate_spec spec) {
  HERALD_ASSIGN(const auto input, build(node.inputs[0]));
  const bool is_here = stage_at(input.stage).parallelism == 1
                           ? spec.keys.empty()
                           : !spec.keys.empty() && input.hashed_by == spec.keys;
  if (is_here) {
    const auto keys = spec.keys;
    return build_keyed(node, std::move(spec), keys, "group aggregate");
  }
  auto layout = std::make_shared<schema>();
  for (const int key : spec.keys) {
    const auto& column = node.inputs[0]->columns[static_cast<std::size_t>(key)];
    layout->fields.push_back({column.name, column.type});
  }
  for (const auto& call : spec.calls)
    for (const auto& type : make_accumulator(call, false)->partial_types())
      layout->fields.push_back(
          {fmt::format("part{}", layout->fields.size()), type});
  layout->fields.push_back(
      {"rows", data_type::of(type_kind::bigint).with_nullable(false)});
  auto local = append(input.stage, local_aggregate_spec{spec.keys, spec.calls},
                      {input}, node);
  auto& made = stage_at(local.stage).operators.back();
  made.layout = layout;
  made.state_name.clear();

  std::vector<int> keys(spec.keys.size());
  std::iota(keys.begin(), keys.end(), 0);
  const int at = new_stage("group aggregate", keys.empty() ? 1 : parallelism_);
  auto port = lead(local, at, keys.empty() ? exchange::gather : exchange::hash,
                   keys, node);
  graph_.edges.back().layout = layout;
  spec.keys = keys;
  spec.merges = true;
  auto result = append(at, std::move(spec), {port}, node);
  result.hashed_by = keys;
  return result;
}

} // namespace herald
