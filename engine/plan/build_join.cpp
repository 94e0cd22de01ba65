#include "engine/plan/job_builder.hpp"

namespace herald {

namespace {

/// Columns that append-only rows may be divided by: the cheapest one to hash,
/// for any will do.
std::vector<int> any_column(const std::vector<plan_column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].type.width() > 0)
      return {static_cast<int>(i)};
  return {0};
}

std::vector<int> all_columns(const std::vector<plan_column>& columns) {
  std::vector<int> result;
  for (std::size_t i = 0; i < columns.size(); ++i)
    result.push_back(static_cast<int>(i));
  return result;
}

/// What the left rows are divided by when the right ones are everywhere. A row
/// and its retraction must come to the same place, also after a change of
/// parallelism, so it depends on the plan alone; later versions of a row, too,
/// lest what they give overtakes what they replace.
std::vector<int> spread_of(const plan_node& left, bool evenly,
                           const upsert_key* key) {
  if (left.retracts && key && !key->empty())
    return {key->begin(), key->end()};
  return left.retracts || evenly ? all_columns(left.columns)
                                 : any_column(left.columns);
}

/// The columns of a join's output that its rows are divided by; none where
/// those may be missing.
std::vector<int> divided_by(const plan_node& node, const join_spec& spec) {
  if (!keeps_right(spec.type))
    return spec.left_keys;
  if (spec.type == join_type::full)
    return {};
  auto result = spec.right_keys;
  for (auto& key : result)
    key += static_cast<int>(node.inputs[0]->columns.size());
  return result;
}

} // namespace

absl::StatusOr<job_builder::producer>
job_builder::build_join(const plan_node& node, join_spec spec) {
  const auto ttl = session_.options().state_ttl_ms();
  spec.left_ttl_ms
      = spec.left_life || spec.versions ? 0 : spec.left_ttl_ms.value_or(ttl);
  spec.right_ttl_ms = spec.right_life ? 0 : spec.right_ttl_ms.value_or(ttl);
  HERALD_ASSIGN(auto left, build(node.inputs[0]));
  HERALD_ASSIGN(auto right, build(node.inputs[1]));
  if (!spec.left_keys.empty() && !spec.broadcast)
    return join_by_key(node, spec, std::move(left), std::move(right));
  if (spec.broadcast
      || (!keeps_right(spec.type) && gives_one_row(*node.inputs[1])))
    return join_everywhere(node, std::move(spec), std::move(left), right);
  spec.place = join_place::together;
  return join_together(node, spec, std::move(left), std::move(right));
}

job_builder::producer job_builder::join_by_key(const plan_node& node,
                                               const join_spec& spec,
                                               producer left, producer right) {
  const auto ready = [&](const producer& x, const std::vector<int>& keys) {
    return stage_at(x.stage).parallelism == parallelism_
           && (parallelism_ == 1 || x.hashed_by == keys);
  };
  const bool left_ready = ready(left, spec.left_keys);
  const bool right_ready = ready(right, spec.right_keys);
  int at = left.stage;
  if (!left_ready || !right_ready || left.stage != right.stage) {
    at = new_stage("join", parallelism_);
    const auto enter
        = [&](const producer& x, bool is_ready, const std::vector<int>& keys,
              const plan_ptr& input) {
            return is_ready ? lead(x, at, exchange::forward, {}, *input)
                            : lead(x, at, exchange::hash, keys, *input);
          };
    left = enter(left, left_ready, spec.left_keys, node.inputs[0]);
    right = enter(right, right_ready, spec.right_keys, node.inputs[1]);
  }
  auto result = append(at, spec, {left, right}, node);
  if (parallelism_ > 1)
    result.hashed_by = divided_by(node, spec);
  return result;
}

job_builder::producer job_builder::join_together(const plan_node& node,
                                                 const join_spec& spec,
                                                 producer left,
                                                 producer right) {
  const bool alone = stage_at(left.stage).parallelism == 1;
  if (!alone || left.stage != right.stage) {
    const int at = new_stage("join", 1);
    left = lead(left, at, exchange::gather, {}, *node.inputs[0]);
    right = lead(right, at, exchange::gather, {}, *node.inputs[1]);
  }
  return append(left.stage, spec, {left, right}, node);
}

job_builder::producer job_builder::join_everywhere(const plan_node& node,
                                                   join_spec spec,
                                                   producer left,
                                                   const producer& right) {
  spec.place = join_place::right_everywhere;
  const auto& input = *node.inputs[0];
  const auto known = upsert_keys_.find(&input);
  spec.left_spread = spread_of(
      input, spec.broadcast,
      known == upsert_keys_.end() ? nullptr : &known->second.front());
  if (parallelism_ == 1)
    return join_together(node, spec, std::move(left), right);
  const bool stays
      = stage_at(left.stage).parallelism == parallelism_ && !input.retracts;
  const int at = new_stage("join", parallelism_);
  left = stays ? lead(left, at, exchange::forward, {}, *node.inputs[0])
               : lead(left, at, exchange::hash, spec.left_spread,
                      *node.inputs[0]);
  const auto broadcast
      = lead(right, at, exchange::broadcast, {}, *node.inputs[1]);
  return append(at, spec, {left, broadcast}, node);
}

} // namespace herald
