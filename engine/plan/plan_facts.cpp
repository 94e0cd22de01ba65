#include "engine/plan/plan_facts.hpp"

#include "engine/expr/null_check.hpp"
#include "engine/plan/changelog.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace herald {

namespace {

constexpr double equality_keeps = 0.15;
constexpr double condition_keeps = 0.5;
constexpr double rows_a_key = 10;

const std::vector<std::string> inserts = {"I"};
const std::vector<std::string> updates = {"I", "UB", "UA"};
const std::vector<std::string> everything = {"I", "UB", "UA", "D"};

double selectivity(const expr& x) {
  if (x.kind != expr_kind::call)
    return condition_keeps;
  if (is_null_check(x))
    return 1;
  if (x.name == "AND" || x.name == "OR") {
    double kept = 1;
    double lost = 1;
    for (const auto& arg : x.args) {
      const double one = selectivity(*arg);
      kept *= one;
      lost *= 1 - one;
    }
    return x.name == "AND" ? kept : 1 - lost;
  }
  return x.name == "=" ? equality_keeps : condition_keeps;
}

/// The kinds of changes of a node whose rows are not only inserted.
const std::vector<std::string>& kinds_of(const plan_node& node,
                                         const plan_facts& known) {
  const auto* join = node.as<join_spec>();
  if (join && !join->versions) {
    static const std::vector<std::string> pairs = {"I", "D"};
    return pairs;
  }
  if (node.as<group_aggregate_spec>())
    return node.inputs[0]->retracts && !gives_one_row(node) ? everything
                                                            : updates;
  if (const auto* window = node.as<window_aggregate_spec>())
    return node.inputs[0]->retracts || window->window.is_session() ? everything
                                                                   : updates;
  if (node.as<deduplicate_spec>())
    return updates;
  const bool passes = node.as<filter_spec>() || node.as<project_spec>()
                      || node.as<expand_spec>() || node.as<limit_spec>()
                      || node.as<unnest_spec>() || join;
  return passes ? known.at(node.inputs[0].get()).changes : everything;
}

/// The rows of the table, as its options say.
double rows_of(const scan_node& x) {
  for (const auto* key : {"number-of-rows", "events.num"})
    if (const auto text = x.table->definition->option(key)) {
      double rows = 0;
      const auto* end = text->data() + text->size();
      if (std::from_chars(text->data(), end, rows).ptr == end)
        return rows;
    }
  return rows_unknown;
}

/// Fills in rows and state.
class estimator {
public:
  estimator(const plan_node& node, const plan_facts& known, node_facts& result)
      : node_(node), known_(known), result_(result) {}

  void operator()(const scan_node& x) const {
    result_.rows = rows_of(x);
  }

  void operator()(const filter_spec& x) const {
    result_.rows = below() * selectivity(*x.condition);
  }

  void operator()(const union_node&) const {
    for (const auto& input : node_.inputs)
      result_.rows += known_.at(input.get()).rows;
  }

  void operator()(const window_assign_spec& x) const {
    result_.rows = below() * windows_a_row(x.window);
  }

  void operator()(const expand_spec& x) const {
    result_.rows = below() * static_cast<double>(x.sets.size());
  }

  void operator()(const window_aggregate_spec& x) const {
    const auto rows = below() * (x.time_column ? windows_a_row(x.window) : 1);
    result_.rows = std::ceil(rows / rows_a_key);
    result_.state_rows = result_.rows;
  }

  void operator()(const group_aggregate_spec& x) const {
    result_.state_rows = x.keys.empty() ? 1 : std::ceil(below() / rows_a_key);
    // Each row changes one result, which takes -U and +U.
    result_.rows = result_.bounded ? result_.state_rows : below();
  }

  void operator()(const join_spec& x) const {
    const auto right = known_.at(node_.inputs[1].get()).rows;
    const auto all = below() * right;
    result_.state_rows = below() + right;
    if (x.versions) {
      result_.rows = below();
      return;
    }
    if (is_filter(x.type))
      result_.rows = below() * condition_keeps;
    else
      result_.rows = x.left_keys.empty() ? all : std::max(below(), right);
    if (x.residual)
      result_.rows *= selectivity(*x.residual);
  }

  void operator()(const top_n_spec& x) const {
    const auto keys = x.keys.empty() ? 1 : std::ceil(below() / rows_a_key);
    result_.rows
        = std::min(below(), keys * static_cast<double>(x.last - x.first + 1));
    result_.state_rows = x.input_retracts ? below() : result_.rows;
  }

  void operator()(const deduplicate_spec& x) const {
    result_.rows = x.keys.empty() ? 1 : std::ceil(below() / rows_a_key);
    result_.state_rows = result_.rows;
  }

  void operator()(const limit_spec& x) const {
    result_.rows
        = x.limit ? std::min(below(), static_cast<double>(*x.limit)) : below();
  }

  void operator()(const sort_spec& x) const {
    result_.rows
        = x.limit ? std::min(below(), static_cast<double>(*x.limit)) : below();
    result_.state_rows = below();
  }

  void operator()(const normalize_spec&) const {
    result_.rows = below();
    result_.state_rows = std::ceil(below() / rows_a_key);
  }

  void operator()(const over_spec&) const {
    result_.rows = below();
    result_.state_rows = below();
  }

  template <class Other>
  void operator()(const Other&) const {
    result_.rows = below();
  }

private:
  double below() const {
    return known_.at(node_.inputs[0].get()).rows;
  }

  static double windows_a_row(const window_spec& x) {
    return x.slide_ms > 0 ? std::max(1.0, static_cast<double>(x.size_ms)
                                              / static_cast<double>(x.slide_ms))
                          : 1;
  }

  const plan_node& node_;
  const plan_facts& known_;
  node_facts& result_;
};

} // namespace

plan_facts facts_of(const std::vector<planned_sink>& sinks,
                    const sql_session& session) {
  std::vector<plan_ptr> roots;
  for (const auto& sink : sinks)
    roots.push_back(sink.plan);
  const auto terse = without_update_before(sinks, session.connectors());
  plan_facts result;
  for (const auto& node : topological(roots)) {
    node_facts facts;
    facts.bounded = true;
    for (const auto& input : node->inputs)
      facts.bounded &= result.at(input.get()).bounded;
    if (const auto* scan = node->as<scan_node>())
      facts.bounded = session.connectors().bounded(*scan->table->definition);
    facts.changes = node->retracts ? kinds_of(*node, result) : inserts;
    if (terse.contains(node.get()))
      std::erase(facts.changes, "UB");
    std::visit(estimator(*node, result, facts), node->spec);
    result.emplace(node.get(), std::move(facts));
  }
  return result;
}

} // namespace herald
