#include "engine/plan/optimiser.hpp"
#include "engine/plan/sql_session.hpp"

#include <algorithm>

namespace herald {

namespace {

bool same(const expr_ptr& a, const expr_ptr& b) {
  return a && b ? equal(*a, *b) : a == b;
}

bool same_all(const std::vector<expr_ptr>& a, const std::vector<expr_ptr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool same_calls(const std::vector<aggregate_call>& a,
                const std::vector<aggregate_call>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return equal(x, y); });
}

bool same_spec(const scan_node& a, const scan_node& b) {
  return a.table == b.table && a.paths == b.paths && a.pushed == b.pushed
         && same_all(a.columns, b.columns) && same(a.watermark, b.watermark);
}

bool same_spec(const union_node&, const union_node&) {
  return true;
}

bool same_spec(const filter_spec& a, const filter_spec& b) {
  return same(a.condition, b.condition);
}

bool same_spec(const project_spec& a, const project_spec& b) {
  return same_all(a.columns, b.columns);
}

bool same_spec(const window_assign_spec& a, const window_assign_spec& b) {
  return a.time_column == b.time_column && a.window == b.window
         && a.keys == b.keys && a.late == b.late;
}

bool same_spec(const expand_spec& a, const expand_spec& b) {
  return a.keys == b.keys && a.sets == b.sets;
}

bool same_spec(const unnest_spec& a, const unnest_spec& b) {
  return a.kind == b.kind && same(a.value, b.value) && a.columns == b.columns
         && a.ordinality == b.ordinality && a.keep_empty == b.keep_empty;
}

bool same_spec(const changelog_spec& a, const changelog_spec& b) {
  return a.kind == b.kind && a.codes == b.codes && a.column == b.column
         && a.keys == b.keys && a.table == b.table;
}

bool same_spec(const window_aggregate_spec& a, const window_aggregate_spec& b) {
  return a.keys == b.keys && a.window == b.window
         && a.time_column == b.time_column
         && a.window_start_column == b.window_start_column
         && a.window_end_column == b.window_end_column && a.outputs == b.outputs
         && a.emit == b.emit && a.late == b.late
         && same_calls(a.calls, b.calls);
}

bool same_spec(const normalize_spec& a, const normalize_spec& b) {
  return a.keys == b.keys && a.ttl_ms == b.ttl_ms;
}

bool same_spec(const group_aggregate_spec& a, const group_aggregate_spec& b) {
  return a.keys == b.keys && same_calls(a.calls, b.calls)
         && a.ttl_ms == b.ttl_ms && a.empty_sets == b.empty_sets;
}

bool same_spec(const join_spec& a, const join_spec& b) {
  return a.type == b.type && a.left_keys == b.left_keys
         && a.right_keys == b.right_keys && a.null_safe == b.null_safe
         && same(a.residual, b.residual) && a.bound == b.bound
         && a.versions == b.versions && a.left_life == b.left_life
         && a.right_life == b.right_life && a.left_ttl_ms == b.left_ttl_ms
         && a.right_ttl_ms == b.right_ttl_ms && a.broadcast == b.broadcast;
}

bool same_spec(const lookup_join_spec& a, const lookup_join_spec& b) {
  return a.keeps_left == b.keeps_left && a.target.table == b.target.table
         && a.target.paths == b.target.paths && a.target.keys == b.target.keys
         && a.left_keys == b.left_keys && same_all(a.columns, b.columns)
         && same(a.residual, b.residual) && a.policy == b.policy;
}

bool same_spec(const top_n_spec& a, const top_n_spec& b) {
  return a.keys == b.keys && a.order == b.order && a.ties == b.ties
         && a.rank == b.rank && a.first == b.first && a.last == b.last
         && a.rank_output == b.rank_output && a.window_end == b.window_end
         && a.ttl_ms == b.ttl_ms && a.late == b.late;
}

bool same_spec(const deduplicate_spec& a, const deduplicate_spec& b) {
  return a.keys == b.keys && a.time_column == b.time_column
         && a.keep_last == b.keep_last && a.processing_time == b.processing_time
         && a.ttl_ms == b.ttl_ms && a.late == b.late;
}

bool same_spec(const over_spec& a, const over_spec& b) {
  const auto same_function
      = [](const over_function& x, const over_function& y) {
          return x.kind == y.kind && equal(x.call, y.call)
                 && x.offset == y.offset && x.frame == y.frame;
        };
  return a.keys == b.keys && a.order == b.order && a.mode == b.mode
         && a.ttl_ms == b.ttl_ms && a.late == b.late
         && std::equal(a.calls.begin(), a.calls.end(), b.calls.begin(),
                       b.calls.end(), same_function);
}

bool same_spec(const sort_spec& a, const sort_spec& b) {
  return a.order == b.order && a.at_end == b.at_end && a.offset == b.offset
         && a.limit == b.limit && a.late == b.late;
}

bool same_spec(const limit_spec& a, const limit_spec& b) {
  return a.offset == b.offset && a.limit == b.limit;
}

bool same_node(const plan_node& a, const plan_node& b) {
  if (a.spec.index() != b.spec.index() || a.inputs != b.inputs)
    return false;
  return std::visit(
      [&](const auto& spec) {
        using type = std::decay_t<decltype(spec)>;
        return same_spec(spec, *b.as<type>());
      },
      a.spec);
}

} // namespace

std::vector<plan_ptr> share(const std::vector<plan_ptr>& roots) {
  std::map<const plan_node*, plan_ptr> done;
  std::vector<plan_ptr> distinct;
  for (const auto& node : topological(roots)) {
    std::vector<plan_ptr> inputs;
    for (const auto& input : node->inputs)
      inputs.push_back(done.at(input.get()));
    auto rebuilt
        = inputs == node->inputs ? node : with_inputs(*node, std::move(inputs));
    const auto known
        = std::find_if(distinct.begin(), distinct.end(),
                       [&](const auto& x) { return same_node(*x, *rebuilt); });
    if (known != distinct.end()) {
      done[node.get()] = *known;
      continue;
    }
    distinct.push_back(rebuilt);
    done[node.get()] = std::move(rebuilt);
  }
  std::vector<plan_ptr> result;
  for (const auto& root : roots)
    result.push_back(done.at(root.get()));
  return result;
}

absl::StatusOr<std::vector<plan_ptr>>
optimise(const std::vector<plan_ptr>& roots, const sql_session& session) {
  std::vector<plan_ptr> plans;
  for (const auto& root : roots) {
    HERALD_ASSIGN(auto pushed, push_filters(root));
    plans.push_back(std::move(pushed));
  }
  HERALD_ASSIGN(plans, place_late_rows(plans, session));
  plans = merge_projects(plans);
  for (auto& plan : plans)
    plan = fuse_windows(plan);
  plans = merge_projects(plans);
  plans = use_scan_constants(share(plans), session.connectors());
  return share(merge_projects(prune(plans)));
}

} // namespace herald
