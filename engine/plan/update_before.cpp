#include "engine/plan/update_before.hpp"

#include "engine/plan/optimiser.hpp"

namespace herald {

namespace {

/// True if what is said of the node's rows holds for those of its inputs.
bool passes_on(const plan_node& x) {
  return x.as<project_spec>() || x.as<union_node>();
}

} // namespace

std::set<const plan_node*>
without_update_before(const std::vector<planned_sink>& sinks,
                      const sql_session& session) {
  std::vector<plan_ptr> roots;
  std::set<const plan_node*> needed;
  for (const auto& x : sinks) {
    roots.push_back(x.plan);
    if (!x.sink.table
        || session.connectors().needs_update_before(*x.sink.table))
      needed.insert(x.plan.get());
  }
  const auto nodes = topological(roots);
  std::set<const plan_node*> result;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool spared = !needed.contains(node->get());
    if (spared)
      result.insert(node->get());
    for (const auto& input : (*node)->inputs)
      if (!spared || !passes_on(**node))
        needed.insert(input.get());
  }
  return result;
}

} // namespace herald
