#include "engine/plan/explain_tree.hpp"

#include "engine/expr/json_text.hpp"
#include "engine/plan/explain.hpp"
#include "engine/plan/optimiser.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::string pushed_text(const std::vector<pushed_condition>& pushed) {
  std::vector<std::string> parts;
  for (const auto& x : pushed)
    parts.push_back(
        fmt::format("{} {} {}", path_text(x.path), x.op, to_string(x.value)));
  return joined(parts, " AND ");
}

/// The columns that are computed and not just read.
std::string computed_text(const std::vector<expr_ptr>& columns,
                          const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i]->kind != expr_kind::column)
      parts.push_back(fmt::format("{} = {}", names[i], to_string(*columns[i])));
  return joined(parts);
}

std::string scan_text(const scan_node& x) {
  std::vector<std::string> paths;
  for (const auto& path : x.paths)
    paths.push_back(path_text(path));
  auto result
      = fmt::format("scan {}: {}", x.table->definition->name, joined(paths));
  if (!x.pushed.empty())
    result += fmt::format("; only {}", pushed_text(x.pushed));
  if (const auto computed = computed_text(x.columns, names_of(x.names));
      !computed.empty())
    result += fmt::format("; {}", computed);
  if (x.watermark)
    result += fmt::format("; watermark {}", to_string(*x.watermark));
  return result;
}

/// Writes plans as trees, line by line.
class tree_writer {
public:
  tree_writer(const std::vector<plan_ptr>& roots, const node_note& note)
      : uses_(count_uses(roots)), note_(note) {}

  void write(const plan_ptr& node, int depth) {
    out_ += std::string(static_cast<std::size_t>(2 * depth), ' ');
    const auto known = numbers_.find(node.get());
    if (known != numbers_.end()) {
      out_ += fmt::format("as #{}\n", known->second);
      return;
    }
    if (uses_.at(node.get()) > 1) {
      const auto number = static_cast<int>(numbers_.size()) + 1;
      numbers_[node.get()] = number;
      out_ += fmt::format("#{} ", number);
    }
    out_ += describe_node(*node);
    if (note_)
      out_ += note_(*node);
    out_ += '\n';
    for (const auto& input : node->inputs)
      write(input, depth + 1);
  }

  std::string take() {
    return std::move(out_);
  }

private:
  use_counts uses_;
  node_note note_;
  std::map<const plan_node*, int> numbers_;
  std::string out_;
};

std::string json_text(std::string_view text) {
  std::string result;
  append_json_string(result, text);
  return result;
}

template <class List, class Text>
std::string array_of(const List& list, Text text) {
  std::vector<std::string> parts;
  for (const auto& x : list)
    parts.push_back(text(x));
  return "[" + joined(parts, ",") + "]";
}

std::string facts_json(const node_facts& x) {
  return fmt::format(",\"changes\":{},\"rows\":{:.0f},\"state_rows\":{:.0f}",
                     array_of(x.changes, json_text), x.rows, x.state_rows);
}

std::string_view exchange_name(exchange x) {
  constexpr std::string_view names[]
      = {"forward", "hash", "gather", "broadcast"};
  return names[static_cast<std::size_t>(x)];
}

std::string edge_json(const edge& x) {
  const auto name = [&](int key) {
    return json_text(x.layout->fields[static_cast<std::size_t>(key)].name);
  };
  return fmt::format("{{\"stage\":{},\"exchange\":{},\"keys\":{}}}",
                     x.from_stage, json_text(exchange_name(x.kind)),
                     array_of(x.keys, name));
}

} // namespace

std::string describe_node(const plan_node& node) {
  return std::visit(
      [&](const auto& spec) -> std::string {
        using type = std::decay_t<decltype(spec)>;
        if constexpr (std::is_same_v<type, scan_node>) {
          return scan_text(spec);
        } else if constexpr (std::is_same_v<type, union_node>) {
          return "union all";
        } else {
          std::vector<std::string> inputs;
          int right = 0;
          for (const auto& input : node.inputs) {
            const auto names = names_of(input->columns);
            inputs.insert(inputs.end(), names.begin(), names.end());
            right = static_cast<int>(names.size());
          }
          return describe_operator(spec, inputs, names_of(node.columns),
                                   node.inputs.size() > 1 ? right : 0);
        }
      },
      node.spec);
}

std::string tree_text(const std::vector<plan_ptr>& roots,
                      const std::vector<std::string>& sinks,
                      const node_note& note) {
  tree_writer writer(roots, note);
  std::string result;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    writer.write(roots[i], 1);
    result += fmt::format("{}\n{}", sinks[i], writer.take());
  }
  return result;
}

std::string tree_json(const std::vector<plan_ptr>& roots,
                      const std::vector<std::string>& sinks,
                      const plan_facts* facts) {
  std::map<const plan_node*, int> numbers;
  std::vector<std::string> nodes;
  for (const auto& node : topological(roots)) {
    const auto id = static_cast<int>(numbers.size()) + 1;
    numbers[node.get()] = id;
    const auto number = [&](const plan_ptr& x) {
      return std::to_string(numbers.at(x.get()));
    };
    nodes.push_back(fmt::format(
        "{{\"id\":{},\"operator\":{},\"inputs\":{}{}}}", id,
        json_text(describe_node(*node)), array_of(node->inputs, number),
        facts ? facts_json(facts->at(node.get())) : ""));
  }
  std::vector<std::string> ends;
  for (std::size_t i = 0; i < roots.size(); ++i)
    ends.push_back(fmt::format("{{\"sink\":{},\"node\":{}}}",
                               json_text(sinks[i]),
                               numbers.at(roots[i].get())));
  return fmt::format("{{\"sinks\":[{}],\"nodes\":[{}]}}", joined(ends, ","),
                     joined(nodes, ","));
}

std::string stages_json(const job_graph& graph) {
  std::vector<std::string> stages;
  for (int i = 0; i < static_cast<int>(graph.stages.size()); ++i) {
    const auto& x = graph.stages[static_cast<std::size_t>(i)];
    std::vector<std::string> inputs;
    for (const auto& edge : graph.edges)
      if (edge.to_stage == i)
        inputs.push_back(edge_json(edge));
    auto text = fmt::format("{{\"id\":{},\"name\":{},\"parallelism\":{}", i,
                            json_text(x.name), x.parallelism);
    if (x.scan)
      text += fmt::format(",\"table\":{}", json_text(x.scan->table->name));
    text += fmt::format(",\"operators\":{},\"inputs\":[{}]",
                        array_of(operator_lines(graph, i), json_text),
                        joined(inputs, ","));
    if (x.sink)
      text += fmt::format(
          ",\"sink\":{}",
          json_text(x.sink->table ? x.sink->table->name : "client"));
    stages.push_back(text + "}");
  }
  return "[" + joined(stages, ",\n") + "]";
}

} // namespace herald
