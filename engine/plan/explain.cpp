#include "engine/plan/explain.hpp"

#include "engine/plan/optimiser.hpp"
#include "engine/plan/planner.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::string pushed_text(const std::vector<pushed_equality>& pushed) {
  std::vector<std::string> parts;
  for (const auto& x : pushed)
    parts.push_back(
        fmt::format("{} = {}", path_text(x.path), to_string(x.value)));
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

/// Writes plans as trees: one operator a line, inputs below and further in.
/// What is shared has a number and is written once.
class tree_writer {
public:
  explicit tree_writer(const std::vector<plan_ptr>& roots)
      : uses_(count_uses(roots)) {}

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
    out_ += text_of(*node);
    out_ += '\n';
    for (const auto& input : node->inputs)
      write(input, depth + 1);
  }

  std::string take() {
    return std::move(out_);
  }

private:
  static std::string text_of(const plan_node& node) {
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

  use_counts uses_;
  std::map<const plan_node*, int> numbers_;
  std::string out_;
};

/// What stands behind EXPLAIN, one root after the other.
std::string trees(const std::vector<plan_ptr>& roots,
                  const std::vector<std::string>& sinks) {
  tree_writer writer(roots);
  std::string result;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    writer.write(roots[i], 1);
    result += fmt::format("{}\n{}", sinks[i], writer.take());
  }
  return result;
}

} // namespace

absl::StatusOr<std::string> explain(const sql::statement& statement,
                                    const sql_session& session) {
  HERALD_ASSIGN(const auto bound, bind_statement(statement, session));
  std::vector<plan_ptr> before;
  std::vector<std::string> sinks;
  for (const auto& sink : bound.sinks) {
    before.push_back(sink.plan);
    sinks.push_back(sink.table ? fmt::format("insert into {}", sink.table->name)
                               : "select");
  }
  HERALD_ASSIGN(const auto planned, plan_sinks(bound));
  std::vector<plan_ptr> after;
  for (const auto& sink : planned)
    after.push_back(sink.plan);
  HERALD_ASSIGN(const auto graph, build_job(planned, session));
  return fmt::format("== Logical plan ==\n{}\n== Optimised plan ==\n{}\n"
                     "== Physical plan ==\n{}",
                     trees(before, sinks), trees(after, sinks),
                     explain_physical(graph));
}

} // namespace herald
