#include "actors/task_compiler.hpp"

#include "engine/connectors/registry.hpp"
#include "engine/plan/planner.hpp"
#include "engine/sql/parser.hpp"

namespace herald {

namespace {

void shift(std::vector<target>& targets, int edges) {
  for (auto& x : targets)
    if (x.to == target::kind::edge)
      x.index += edges;
}

} // namespace

job_graph merge_graphs(std::vector<job_graph> parts) {
  job_graph result;
  for (auto& part : parts) {
    auto stages = static_cast<int>(result.stages.size());
    auto edges = static_cast<int>(result.edges.size());
    for (auto& x : part.stages) {
      if (x.scan)
        shift(x.scan->targets, edges);
      for (auto& port : x.inputs)
        shift(port, edges);
      for (auto& op : x.operators) {
        shift(op.targets, edges);
        if (op.late)
          shift(op.late->targets, edges);
      }
      result.stages.push_back(std::move(x));
    }
    for (auto& x : part.edges) {
      x.from_stage += stages;
      x.to_stage += stages;
      result.edges.push_back(std::move(x));
    }
  }
  return result;
}

task_spec make_spec(std::string name, job_graph graph,
                    const session_options& options) {
  task_spec result;
  result.name = std::move(name);
  result.graph = std::make_shared<const job_graph>(std::move(graph));
  result.eval.time_zone = options.time_zone();
  result.batch_rows = options.batch_rows();
  return result;
}

absl::StatusOr<std::shared_ptr<const task_spec>>
compile_task(const std::string& name, const std::string& sql,
             const std::map<std::string, std::string>& options) {
  sql_session session(known_connectors());
  for (const auto& [key, value] : options) {
    auto status = session.options().set(key, value);
    if (!status.ok())
      return annotate(status, "option");
  }
  HERALD_ASSIGN(auto script, sql::parse_script(sql));
  std::vector<job_graph> parts;
  for (auto& x : script) {
    auto where = x.where;
    auto statement = std::make_shared<const sql::statement>(std::move(x));
    HERALD_ASSIGN(auto planned, plan_statement(statement, session));
    auto* job = std::get_if<planned_job>(&planned);
    if (!job)
      continue;
    if (job->is_select)
      return user_error(where, "a task has no client to show a SELECT to",
                        "write INSERT INTO table SELECT …");
    parts.push_back(std::move(job->graph));
  }
  if (parts.empty())
    return user_error("the script has nothing to run",
                      "a task needs at least one INSERT INTO");
  return std::make_shared<const task_spec>(
      make_spec(name, merge_graphs(std::move(parts)), session.options()));
}

} // namespace herald
