#include "engine/plan/job_builder.hpp"
#include "engine/plan/optimiser.hpp"
#include "engine/plan/query_binder.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

// The 'late-rows' option of a table: rows that an operator drops as late are
// kept in another table. It has columns of the operator's input, by name, and
// may have the watermark behind which they came.

namespace herald {

namespace {

constexpr std::string_view watermark_name = "watermark";

/// The table whose rows reach `node` one by one; null if there is none.
const table_definition* table_read(const plan_node& node) {
  const auto* at = &node;
  while (at->as<filter_spec>() || at->as<project_spec>()
         || at->as<expand_spec>() || at->as<window_assign_spec>())
    at = at->inputs[0].get();
  const auto* scan = at->as<scan_node>();
  return scan ? scan->table->definition.get() : nullptr;
}

/// A plan with columns behind those that were asked for.
struct extended {
  plan_ptr plan;
  std::vector<int> places; ///< of what was asked for; -1: not there
};

std::vector<int> find_all(const std::vector<std::string>& names,
                          const plan_node& plan) {
  std::vector<int> result;
  for (const auto& name : names) {
    const auto at = std::find_if(plan.columns.begin(), plan.columns.end(),
                                 [&](const auto& x) { return x.name == name; });
    result.push_back(at == plan.columns.end()
                         ? -1
                         : static_cast<int>(at - plan.columns.begin()));
  }
  return result;
}

/// `node` over an input that has columns behind those of its own.
plan_ptr rebuilt(const plan_ptr& node, plan_ptr input) {
  return map_expressions(node, {std::move(input)},
                         [](const expr_ptr& x) { return x; });
}

/// `node`, which passes its input's `before` columns on and adds some, over an
/// input that has more: its old columns come first again.
plan_ptr over_more(const plan_ptr& node, plan_ptr input, int before) {
  const auto more = static_cast<int>(input->columns.size()) - before;
  auto made = rebuilt(node, std::move(input));
  std::vector<expr_ptr> columns;
  const auto add = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      columns.push_back(column_of(made->columns, i));
  };
  add(0, before);
  add(before + more, static_cast<int>(made->columns.size()));
  auto names = names_of(node->columns);
  add(before, before + more);
  for (int i = before; i < before + more; ++i)
    names.push_back(made->columns[static_cast<std::size_t>(i)].name);
  return make_project(std::move(made), std::move(columns), names);
}

/// `plan` with the columns called `names`, which it may lack because nobody
/// selected them; as far as the table has them.
extended with_columns(const plan_ptr& plan,
                      const std::vector<std::string>& names) {
  extended result{plan, find_all(names, *plan)};
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (result.places[i] < 0)
      missing.push_back(names[i]);
  if (missing.empty() || plan->as<scan_node>())
    return result;
  const auto before = static_cast<int>(plan->inputs[0]->columns.size());
  auto below = with_columns(plan->inputs[0], missing);
  if (const auto* project = plan->as<project_spec>()) {
    auto columns = project->columns;
    auto labels = names_of(plan->columns);
    for (std::size_t i = 0; i < missing.size(); ++i)
      if (below.places[i] >= 0) {
        columns.push_back(column_of(below.plan->columns, below.places[i]));
        labels.push_back(missing[i]);
      }
    result.plan = make_project(below.plan, std::move(columns), labels);
  } else if (below.plan != plan->inputs[0]) {
    result.plan = over_more(plan, std::move(below.plan), before);
  }
  result.places = find_all(names, *result.plan);
  return result;
}

/// Why the table for late rows cannot have them; OK if it can. `at`: the
/// column called as `wanted`.
absl::Status check_column(const table_column& wanted, const plan_node& rows,
                          int at, const std::string& context,
                          text_position where) {
  if (at < 0)
    return user_error(
        where,
        fmt::format("{} has a column '{}', which the rows that come too late "
                    "have not",
                    context, wanted.name),
        "columns of the table that is read, by name, and `watermark` "
        "TIMESTAMP(3)");
  const auto& type = rows.columns[static_cast<std::size_t>(at)].type;
  if (type.same_kind(wanted.type))
    return absl::OkStatus();
  return user_error(where,
                    fmt::format("column '{}' of {} is {}, not {}", wanted.name,
                                context, wanted.type.to_short_string(),
                                type.to_short_string()));
}

// Where an operator keeps what it drops behind the watermark; null if it drops
// nothing.

template <class Spec>
std::optional<late_rows>* late_of(Spec&) {
  return nullptr;
}

std::optional<late_rows>* late_of(window_assign_spec& x) {
  return x.window.is_session() && !x.window.processing_time ? &x.late : nullptr;
}

/// Sessions are laid by their window function, which drops what is late.
std::optional<late_rows>* late_of(window_aggregate_spec& x) {
  return !x.window.is_session() && !x.window.processing_time ? &x.late
                                                             : nullptr;
}

std::optional<late_rows>* late_of(top_n_spec& x) {
  return x.window_end ? &x.late : nullptr;
}

std::optional<late_rows>* late_of(deduplicate_spec& x) {
  return !x.keep_last && !x.processing_time ? &x.late : nullptr;
}

std::optional<late_rows>* late_of(over_spec& x) {
  return x.mode == over_mode::with_watermark ? &x.late : nullptr;
}

std::optional<late_rows>* late_of(sort_spec& x) {
  return x.at_end ? nullptr : &x.late;
}

struct late_input {
  plan_ptr plan;                 ///< with all columns that are kept
  std::optional<late_rows> late; ///< empty: they are only counted
};

/// Where the late rows of `input` go.
absl::StatusOr<late_input> find_late_rows(const plan_ptr& input,
                                          const sql_session& session) {
  const auto* from = input->retracts ? nullptr : table_read(*input);
  const auto name = from ? from->option("late-rows") : std::nullopt;
  if (!name)
    return late_input{input, std::nullopt};
  const auto context
      = fmt::format("the table '{}' for late rows of '{}'", *name, from->name);
  HERALD_ASSIGN(auto table, side_table(*name, *from, context, session));
  std::vector<std::string> names;
  for (const auto& column : table->columns)
    names.push_back(column.name);
  auto found = with_columns(input, names);
  late_rows result{table, std::move(found.places)};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& column = table->columns[i];
    // `places` says -1 of the watermark, too.
    if (result.columns[i] < 0 && column.name == watermark_name
        && column.type.is_timestamp())
      continue;
    HERALD_TRY(check_column(column, *found.plan, result.columns[i], context,
                            from->where));
  }
  return late_input{std::move(found.plan), std::move(result)};
}

/// `node` over `inputs`, told where its late rows go.
absl::StatusOr<plan_ptr> tell_late_rows(const plan_ptr& node,
                                        std::vector<plan_ptr> inputs,
                                        const sql_session& session) {
  const auto told = std::make_shared<plan_node>(*node);
  auto* late = std::visit([](auto& x) { return late_of(x); }, told->spec);
  if (late) {
    HERALD_ASSIGN(auto found, find_late_rows(inputs[0], session));
    if (found.late) {
      *late = std::move(found.late);
      const auto before = static_cast<int>(inputs[0]->columns.size());
      if (found.plan == inputs[0] || node->as<window_aggregate_spec>())
        return rebuilt(told, std::move(found.plan));
      auto result = over_more(told, std::move(found.plan), before);
      // What is kept of late rows is nobody else's.
      auto columns = columns_of(node->columns);
      return make_project(std::move(result), std::move(columns),
                          names_of(node->columns));
    }
  }
  return inputs == node->inputs ? node : with_inputs(*node, std::move(inputs));
}

} // namespace

absl::StatusOr<std::vector<plan_ptr>>
place_late_rows(const std::vector<plan_ptr>& roots,
                const sql_session& session) {
  std::map<const plan_node*, plan_ptr> done;
  for (const auto& node : topological(roots)) {
    std::vector<plan_ptr> inputs;
    for (const auto& input : node->inputs)
      inputs.push_back(done.at(input.get()));
    HERALD_ASSIGN(done[node.get()],
                  tell_late_rows(node, std::move(inputs), session));
  }
  std::vector<plan_ptr> result;
  for (const auto& root : roots)
    result.push_back(done.at(root.get()));
  return result;
}

void job_builder::add_late_rows(const producer& of, const late_rows& late) {
  auto layout = std::make_shared<schema>();
  for (const auto& column : late.table->columns)
    layout->fields.push_back({column.name, column.type});
  const int at = new_stage("late rows", stage_at(of.stage).parallelism);
  stage_at(at).inputs.push_back({{target::kind::sink, 0, 0}});
  stage_at(at).sink = sink_spec{late.table, layout, false};
  const auto edge = static_cast<int>(graph_.edges.size());
  graph_.edges.push_back({of.stage, at, 0, exchange::forward, {}, layout});
  stage_at(of.stage).operators[static_cast<std::size_t>(of.index)].late
      = late_output{
          late.columns, std::move(layout), {{target::kind::edge, edge, 0}}};
}

} // namespace herald
