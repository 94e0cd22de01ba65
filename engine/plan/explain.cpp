#include "engine/plan/explain.hpp"

#include "engine/expr/json_text.hpp"
#include "engine/plan/explain_tree.hpp"
#include "engine/plan/planner.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace herald {

namespace {

/// "12", "1.5K", "100M".
std::string short_number(double x) {
  constexpr std::array<std::string_view, 5> units = {"", "K", "M", "G", "T"};
  std::size_t unit = 0;
  for (; x >= 1000 && unit + 1 < units.size(); ++unit)
    x /= 1000;
  return fmt::format("{:.3g}{}", x, units[unit]);
}

/// Everything that EXPLAIN may say of a statement.
struct explained {
  std::vector<plan_ptr> before;
  std::vector<plan_ptr> after;
  std::vector<std::string> sinks;
  std::vector<planned_sink> planned;
  job_graph graph;
  plan_facts facts;
};

absl::StatusOr<explained> look_at(const sql::statement& statement,
                                  const sql_session& session) {
  explained result;
  HERALD_ASSIGN(const auto bound, bind_statement(statement, session));
  for (const auto& sink : bound.sinks) {
    result.before.push_back(sink.plan);
    result.sinks.push_back(
        sink.table
            ? fmt::format("insert {} {}", sink.overwrite ? "overwrite" : "into",
                          sink.table->name)
            : "select");
  }
  HERALD_ASSIGN(result.planned, plan_sinks(bound, session));
  for (const auto& sink : result.planned)
    result.after.push_back(sink.plan);
  HERALD_ASSIGN(result.graph, build_job(result.planned, session));
  result.facts = facts_of(result.planned, session);
  return result;
}

std::string advice_text(const std::vector<plan_advice>& list) {
  std::string result;
  for (std::size_t i = 0; i < list.size(); ++i)
    result += fmt::format("{}. {}\n   {}\n   try: {}\n", i + 1, list[i].about,
                          list[i].problem, list[i].suggestion);
  return list.empty() ? "nothing to say\n" : result;
}

std::string advice_json(const std::vector<plan_advice>& list) {
  std::vector<std::string> parts;
  for (const auto& x : list) {
    std::string text = "{\"about\":";
    append_json_string(text, x.about);
    text += ",\"problem\":";
    append_json_string(text, x.problem);
    text += ",\"suggestion\":";
    append_json_string(text, x.suggestion);
    parts.push_back(text + "}");
  }
  return "[" + joined(parts, ",") + "]";
}

} // namespace

absl::StatusOr<std::string> explain(const sql::statement& statement,
                                    const std::vector<std::string>& details,
                                    const sql_session& session) {
  HERALD_ASSIGN(const auto x, look_at(statement, session));
  const auto wants = [&](std::string_view detail) {
    return std::find(details.begin(), details.end(), detail) != details.end();
  };
  const bool kinds = wants("CHANGELOG_MODE");
  const bool costs = wants("ESTIMATED_COST");
  const auto note = [&](const plan_node& node) {
    const auto& facts = x.facts.at(&node);
    std::string result;
    if (kinds)
      result += fmt::format("  [{}]", joined(facts.changes));
    if (costs)
      result += fmt::format("  ~{} rows", short_number(facts.rows));
    if (costs && facts.state_rows > 0)
      result += fmt::format(", keeps ~{}", short_number(facts.state_rows));
    return result;
  };
  auto result = fmt::format("== Logical plan ==\n{}\n== Optimised plan ==\n{}\n"
                            "== Physical plan ==\n{}",
                            tree_text(x.before, x.sinks),
                            tree_text(x.after, x.sinks, note),
                            explain_physical(x.graph));
  if (wants("JSON_EXECUTION_PLAN"))
    result += fmt::format("\n== Physical plan as JSON ==\n{}\n",
                          stages_json(x.graph));
  auto advice = advise(x.planned, x.facts, session);
  const bool wants_all = wants("PLAN_ADVICE");
  if (!wants_all) // wrong results are said without being asked for
    std::erase_if(advice, [](const auto& entry) { return !entry.is_wrong; });
  if (wants_all || !advice.empty())
    result += fmt::format("\n== Advice ==\n{}", advice_text(advice));
  return result;
}

absl::StatusOr<std::string> explain_json(const sql::statement& statement,
                                         const sql_session& session) {
  HERALD_ASSIGN(const auto x, look_at(statement, session));
  auto stages = stages_json(x.graph);
  std::erase(stages, '\n');
  return fmt::format(
      "{{\"logical\":{},\"optimised\":{},\"physical\":{},\"advice\":{}}}",
      tree_json(x.before, x.sinks, nullptr),
      tree_json(x.after, x.sinks, &x.facts), stages,
      advice_json(advise(x.planned, x.facts, session)));
}

} // namespace herald
