#include "engine/columnar/scalar.hpp"
#include "engine/common/check.hpp"
#include "engine/plan/explain.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::vector<std::string> names_of(const schema& x) {
  std::vector<std::string> result;
  for (const auto& part : x.fields)
    result.push_back(part.name);
  return result;
}

std::string fields_text(const schema& x) {
  std::vector<std::string> result;
  for (const auto& part : x.fields)
    result.push_back(
        fmt::format("{} {}", part.name, part.type.to_short_string()));
  return joined(result);
}

/// Where rows go: "-> 3, edge 0".
std::string targets_text(const std::vector<target>& targets) {
  std::vector<std::string> parts;
  for (const auto& x : targets) {
    if (x.to == target::kind::sink)
      parts.emplace_back("sink");
    else if (x.to == target::kind::edge)
      parts.push_back(fmt::format("edge {}", x.index));
    else if (x.port > 0)
      parts.push_back(fmt::format("{} (input {})", x.index, x.port));
    else
      parts.push_back(fmt::format("{}", x.index));
  }
  return "-> " + joined(parts);
}

std::string scan_lines(const scan_spec& x) {
  std::string result
      = fmt::format("  scan {} {}\n", x.table->name, targets_text(x.targets));
  result += fmt::format("    reads {}\n", fields_text(*x.layout));
  for (const auto& pushed : x.pushed)
    result += fmt::format("    only {} {} {}\n", path_text(pushed.path),
                          pushed.op, to_string(pushed.value));
  for (std::size_t i = 0; i < x.computed.size(); ++i)
    if (x.computed[i]->kind != expr_kind::column)
      result += fmt::format("    computes {} = {}\n",
                            x.computed_layout->fields[i].name,
                            to_string(*x.computed[i]));
  if (x.watermark)
    result += fmt::format("    watermark {}\n", to_string(*x.watermark));
  if (x.idle_timeout_ms)
    result += fmt::format("    idle after {}\n",
                          duration_text(*x.idle_timeout_ms));
  if (x.dead_letters)
    result += fmt::format("    dead letters to {}\n", x.dead_letters->name);
  return result;
}

/// What arrives at each input of each operator of a stage.
class stage_layouts {
public:
  stage_layouts(const job_graph& graph, int index)
      : stage_(graph.stages[static_cast<std::size_t>(index)]),
        arriving_(stage_.operators.size()) {
    for (std::size_t i = 0; i < arriving_.size(); ++i)
      arriving_[i].resize(static_cast<std::size_t>(stage_.operators[i].inputs));
    if (stage_.scan)
      note(stage_.scan->targets, stage_.scan->computed.empty()
                                     ? stage_.scan->layout
                                     : stage_.scan->computed_layout);
    for (const auto& x : graph.edges)
      if (x.to_stage == index)
        note(stage_.inputs[static_cast<std::size_t>(x.to_port)], x.layout);
    for (const auto& x : stage_.operators)
      note(x.targets, x.layout);
  }

  std::string describe(std::size_t index) const {
    const auto& x = stage_.operators[index];
    std::vector<std::string> inputs;
    const auto& layouts = arriving_[index];
    const bool is_join = std::holds_alternative<join_spec>(x.spec);
    for (std::size_t i = 0; i < (is_join ? layouts.size() : 1); ++i) {
      const auto names = names_of(*layouts[i]);
      inputs.insert(inputs.end(), names.begin(), names.end());
    }
    if (!is_join && layouts.size() > 1)
      return fmt::format("union all of {} inputs", layouts.size());
    return describe_operator(
        x.spec, inputs, names_of(*x.layout),
        is_join ? static_cast<int>(layouts[1]->fields.size()) : 0);
  }

private:
  void note(const std::vector<target>& targets, const schema_ptr& layout) {
    for (const auto& x : targets)
      if (x.to == target::kind::operation)
        arriving_[static_cast<std::size_t>(x.index)]
                 [static_cast<std::size_t>(x.port)]
            = layout;
  }

  const stage& stage_;
  std::vector<std::vector<schema_ptr>> arriving_;
};

std::string edge_text(const edge& x) {
  std::vector<std::string> keys;
  for (const int key : x.keys)
    keys.push_back(x.layout->fields[static_cast<std::size_t>(key)].name);
  switch (x.kind) {
  case exchange::forward:
    return "forward";
  case exchange::gather:
    return "gather";
  case exchange::broadcast:
    return "broadcast";
  case exchange::hash:
    break;
  }
  return fmt::format("hash by {}", joined(keys));
}

std::string figures_line(const operator_figures& x) {
  auto result = fmt::format("    = {} rows in, {} out", x.rows_in, x.rows_out);
  if (x.rows_late > 0)
    result += fmt::format(", {} late", x.rows_late);
  if (x.state_bytes > 0)
    result += fmt::format(", {} bytes of state", x.state_bytes);
  return result + '\n';
}

std::string scan_figures_line(const stage_figures& x) {
  auto result = fmt::format("    = {} rows read", x.rows_read);
  if (x.malformed > 0)
    result += fmt::format(", {} malformed left out", x.malformed);
  if (!x.last_malformed.empty())
    result += fmt::format(" (the last: {})", x.last_malformed);
  return result + '\n';
}

std::string watermark_text(const stage_figures& x) {
  if (!x.watermark_ms)
    return {};
  return ", watermark "
         + to_string(scalar{data_type::timestamp(3),
                            scalar::value_type{*x.watermark_ms}});
}

/// `figures`: null before it runs.
std::string stage_text(const job_graph& graph, int index,
                       const stage_figures* figures) {
  const auto& x = graph.stages[static_cast<std::size_t>(index)];
  auto result = fmt::format("stage {} ({}), {} subtask{}{}\n", index, x.name,
                            x.parallelism, x.parallelism == 1 ? "" : "s",
                            figures ? watermark_text(*figures) : "");
  if (x.scan)
    result += scan_lines(*x.scan);
  if (x.scan && figures)
    result += scan_figures_line(*figures);
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const auto& edge = graph.edges[i];
    if (edge.to_stage == index)
      result += fmt::format(
          "  edge {} from stage {}, {} {}\n", i, edge.from_stage,
          edge_text(edge),
          targets_text(x.inputs[static_cast<std::size_t>(edge.to_port)]));
  }
  const stage_layouts layouts(graph, index);
  for (std::size_t i = 0; i < x.operators.size(); ++i) {
    const auto& op = x.operators[i];
    result += fmt::format("  {} {} {}\n", i, layouts.describe(i),
                          targets_text(op.targets));
    if (op.late)
      result
          += fmt::format("    late rows {}\n", targets_text(op.late->targets));
    if (figures)
      result += figures_line(figures->operators[i]);
  }
  if (x.sink)
    result += fmt::format("  sink {}: {}{}\n",
                          x.sink->table ? x.sink->table->name : "client",
                          fields_text(*x.sink->layout),
                          x.sink->overwrite  ? " (replaces what it has)"
                          : x.sink->retracts ? " (with changes)"
                                             : "");
  if (x.sink && figures)
    result += fmt::format("    = {} rows written\n", figures->rows_written);
  return result;
}

} // namespace

std::vector<std::string> operator_lines(const job_graph& graph, int stage) {
  const stage_layouts layouts(graph, stage);
  std::vector<std::string> result;
  const auto at = static_cast<std::size_t>(stage);
  for (std::size_t i = 0; i < graph.stages[at].operators.size(); ++i)
    result.push_back(layouts.describe(i));
  return result;
}

std::string explain_physical(const job_graph& graph) {
  std::string result;
  for (int i = 0; i < static_cast<int>(graph.stages.size()); ++i)
    result += stage_text(graph, i, nullptr);
  return result;
}

std::string explain_running(const job_graph& graph,
                            const std::vector<stage_figures>& figures) {
  HERALD_CHECK_EQ(graph.stages.size(), figures.size());
  std::string result;
  for (std::size_t i = 0; i < figures.size(); ++i)
    result += stage_text(graph, static_cast<int>(i), &figures[i]);
  return result;
}

} // namespace herald
