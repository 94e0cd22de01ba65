#include "engine/plan/explain_tree.hpp"
#include "engine/plan/optimiser.hpp"
#include "engine/plan/table_options.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// The hint that lets state of the rows of `x` be forgotten, if they are those
/// of one table: it calls it as FROM does, unless a subquery stands between.
std::string ttl_hint(const plan_node& x) {
  const auto* from = &x;
  while (from->as<filter_spec>() || from->as<project_spec>()
         || from->as<normalize_spec>())
    from = from->inputs[0].get();
  const auto* scan = from->as<scan_node>();
  return scan ? fmt::format("/*+ STATE_TTL('{}' = '1 d') */, or ",
                            scan->table->definition->name)
              : "";
}

/// Looks at one node after the other.
class adviser {
public:
  adviser(const plan_facts& facts, const sql_session& session)
      : facts_(facts), session_(session) {}

  void look(const plan_node& node) {
    if (const auto* scan = node.as<scan_node>())
      look(node, *scan);
    look_at_sums(node);
    if (facts_.at(&node).bounded)
      return;
    if (const auto* group = node.as<group_aggregate_spec>())
      look(node, *group);
    if (const auto* join = node.as<join_spec>())
      look(node, *join);
    const auto* top = node.as<top_n_spec>();
    const auto* first = node.as<deduplicate_spec>();
    if ((top && !top->window_end && !top->keys.empty() && !forgets(top->ttl_ms))
        || (first && !first->keys.empty() && !forgets(first->ttl_ms)))
      add(node, "every key that ever came is remembered",
          "rank within windows, so that keys are forgotten with them, or SET "
          "'table.exec.state.ttl' = '1 d'");
  }

  std::vector<plan_advice> take() {
    return std::move(result_);
  }

private:
  void add(const plan_node& node, std::string problem, std::string suggestion) {
    result_.push_back(
        {describe_node(node), std::move(problem), std::move(suggestion)});
  }

  /// SUM is of its argument's type, as in Flink: of small integers it wraps.
  void look_at_sums(const plan_node& node) {
    if (const auto* group = node.as<group_aggregate_spec>())
      for (const auto& call : group->calls)
        look(node, call);
    if (const auto* window = node.as<window_aggregate_spec>())
      for (const auto& call : window->calls)
        look(node, call);
    if (const auto* over = node.as<over_spec>())
      for (const auto& function : over->calls)
        look(node, function.call);
  }

  void look(const plan_node& node, const aggregate_call& call) {
    if (call.user || (call.name != "SUM" && call.name != "$SUM0")
        || !call.type.is_integer() || call.type.kind() == type_kind::bigint)
      return;
    const auto value = to_string(*call.args[0]);
    add(node,
        fmt::format("SUM({}) is {} as its argument is, and wraps: it has no "
                    "room for larger sums",
                    value, call.type.with_nullable(true).to_short_string()),
        fmt::format("SUM(CAST({} AS BIGINT))", value));
    result_.back().is_wrong = true;
  }

  bool forgets(const std::optional<std::int64_t>& hint) const {
    return hint.value_or(session_.options().state_ttl_ms()) > 0;
  }

  void look(const plan_node& node, const scan_node& scan) {
    const auto& table = *scan.table->definition;
    if (facts_.at(&node).bounded)
      return;
    const bool waits = scan.watermark && !session_.options().idle_timeout_ms()
                       && !table.option(std::string(idle_timeout_option))
                       && session_.connectors().splits_max(table) != 1;
    if (waits)
      add(node,
          "a partition without rows holds the watermark back, and with it all "
          "windows",
          fmt::format("'{}' = '1 min' in the table's options, or SET "
                      "'table.exec.source.idle-timeout' = '1 min'",
                      idle_timeout_option));
    if (scan.table->rowtime >= 0)
      return;
    for (const auto& column : scan.table->columns)
      if (column.type.is_timestamp()) {
        add(node, "no watermark: its rows cannot close windows of event time",
            fmt::format("WATERMARK FOR `{0}` AS `{0}` - INTERVAL '5' SECOND",
                        column.name));
        return;
      }
  }

  void look(const plan_node& node, const group_aggregate_spec& group) {
    if (!group.keys.empty() && !forgets(group.ttl_ms))
      add(node, "every key that ever came is remembered",
          fmt::format("group by a window, or {}SET "
                      "'table.exec.state.ttl' = '1 d'",
                      ttl_hint(*node.inputs[0])));
    if (!session_.options().mini_batch())
      add(node, "gives a change for nearly every row",
          "SET 'table.exec.mini-batch.enabled' = 'true' and "
          "'table.exec.mini-batch.allow-latency' = '1 s'");
  }

  void look(const plan_node& node, const join_spec& join) {
    if (join.versions)
      return;
    const auto look_at = [&](std::size_t side, bool ends) {
      if (ends || facts_.at(node.inputs[side].get()).bounded)
        return;
      add(node,
          fmt::format("every row of the {} side is remembered",
                      side == 0 ? "left" : "right"),
          fmt::format("bound the times of both sides, or {}SET "
                      "'table.exec.state.ttl' = '1 d'",
                      ttl_hint(*node.inputs[side])));
    };
    look_at(0, join.left_life || forgets(join.left_ttl_ms));
    look_at(1, join.right_life || forgets(join.right_ttl_ms));
    if (join.left_keys.empty() && !gives_one_row(*node.inputs[1])
        && !gives_one_row(*node.inputs[0]))
      add(node,
          "no equality: each row is compared with all of the other side, "
          "in one subtask",
          "add an equality to the condition if there is one");
  }

  const plan_facts& facts_;
  const sql_session& session_;
  std::vector<plan_advice> result_;
};

} // namespace

std::vector<plan_advice> advise(const std::vector<planned_sink>& sinks,
                                const plan_facts& facts,
                                const sql_session& session) {
  std::vector<plan_ptr> roots;
  for (const auto& sink : sinks)
    roots.push_back(sink.plan);
  adviser result(facts, session);
  for (const auto& node : topological(roots))
    result.look(*node);
  return result.take();
}

} // namespace herald
