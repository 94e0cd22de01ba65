#include "engine/plan/logical_plan.hpp"

namespace herald {

namespace {

/// What is known of the time of a column in the join's results. A result is
/// given when the later of its rows comes, or when the one that met nothing
/// is over: with a limit on how far the other may be behind, the column whose
/// distance is limited follows the watermark less that limit. Others may hold
/// any old time.
void keep_roles(std::vector<plan_column>& columns, std::optional<int> anchor,
                bool limited) {
  const auto* fixed = limited && anchor
                          ? &columns[static_cast<std::size_t>(*anchor)]
                          : nullptr;
  const auto role = fixed ? fixed->role : window_role::none;
  const auto window = fixed ? fixed->window : window_spec{};
  for (auto& x : columns) {
    // Bounds of one window are as good as each other.
    const bool same_window = role != window_role::none
                             && x.role != window_role::none
                             && x.window == window;
    if (&x == fixed || same_window)
      continue;
    if (x.time == time_role::rowtime)
      x.time = time_role::none;
    x.role = window_role::none;
  }
}

/// The columns of a side whose rows may be missing.
void make_absent(std::vector<plan_column>& columns) {
  for (auto& x : columns) {
    x.type = x.type.with_nullable(true);
    x.role = window_role::none;
    x.time = time_role::none;
  }
}

} // namespace

plan_ptr make_join(plan_ptr left, plan_ptr right, join_spec spec) {
  auto columns = left->columns;
  auto right_columns = right->columns;
  std::optional<int> left_time;
  std::optional<int> right_time;
  bool left_limited = false;
  bool right_limited = false;
  if (spec.bound) {
    left_time = spec.bound->left_time;
    right_time = spec.bound->right_time;
    left_limited = spec.bound->upper_ms.has_value();
    right_limited = spec.bound->lower_ms.has_value();
  }
  if (spec.versions) {
    // Left rows are given as soon as the watermark has come to them.
    left_time = spec.versions->left_time;
    left_limited = true;
  }
  keep_roles(columns, left_time, left_limited);
  keep_roles(right_columns, right_time, right_limited);
  const bool lonely_left = keeps_left(spec.type);
  const bool lonely_right = keeps_right(spec.type);
  if (lonely_right)
    make_absent(columns);
  if (lonely_left)
    make_absent(right_columns);
  if (!is_filter(spec.type))
    columns.insert(columns.end(), right_columns.begin(), right_columns.end());
  spec.left_retracts = left->retracts;
  spec.right_retracts = right->retracts;
  const bool retracts
      = left->retracts
        || (!spec.versions
            && (right->retracts || (lonely_left && !spec.left_life)
                || (lonely_right && !spec.right_life)));
  return make_node(std::move(spec), {std::move(left), std::move(right)},
                   std::move(columns), retracts);
}

plan_ptr make_lookup_join(plan_ptr input, lookup_join_spec spec) {
  auto columns = input->columns;
  for (const auto& x : spec.columns_layout->fields)
    columns.push_back(
        {.name = x.name,
         .type = spec.keeps_left ? x.type.with_nullable(true) : x.type});
  const bool retracts = input->retracts;
  // A row must not overtake what it takes back.
  if (retracts)
    spec.policy.ordered = true;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

bool gives_one_row(const plan_node& node) {
  if (const auto* group = node.as<group_aggregate_spec>())
    return group->keys.empty();
  return (node.as<project_spec>() || node.as<filter_spec>())
         && gives_one_row(*node.inputs[0]);
}

} // namespace herald
