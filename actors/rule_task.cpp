#include "actors/rule_task.hpp"

#include "actors/task_compiler.hpp"
#include "cep/match_operator.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/plan/planner.hpp"
#include "engine/sql/parser.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// A matcher that shows its figures.
class rule_operator final : public stream_operator {
public:
  explicit rule_operator(std::shared_ptr<rule_cell> cell)
      : inner_(cell->rule()), cell_(std::move(cell)) {}

  ~rule_operator() override {
    cell_->partial_matches -= shown_.partial_matches;
  }

  absl::Status open(const operator_context& context) override {
    HERALD_TRY(stream_operator::open(context));
    return inner_.open(context);
  }

  absl::Status process(int input, const batch_ptr& rows, output& out) override {
    inner_.set_time(context_.eval.now_ms);
    HERALD_TRY(inner_.process(input, rows, out));
    return show();
  }

  absl::Status advance(event_time t, output& out) override {
    inner_.set_time(context_.eval.now_ms);
    HERALD_TRY(inner_.advance(t, out));
    return show();
  }

  absl::Status write(state_writer& writer) const override {
    return inner_.write(writer);
  }

  absl::Status read(const state_reader& reader) override {
    return inner_.read(reader);
  }

  std::int64_t state_bytes() const override {
    return inner_.state_bytes();
  }

  absl::Status replace(compiled_rule_ptr rule) {
    HERALD_TRY(inner_.replace(std::move(rule)));
    return show();
  }

private:
  absl::Status show() {
    auto now = inner_.match_counters();
    cell_->matches += now.matches - shown_.matches;
    cell_->partial_matches += now.partial_matches - shown_.partial_matches;
    shown_ = now;
    counters_ = inner_.counters();
    return absl::OkStatus();
  }

  match_operator inner_;
  std::shared_ptr<rule_cell> cell_;
  matcher_counters shown_;
};

/// The session with the rule's tables declared.
absl::Status declare(const rule_file& rule, sql_session& session) {
  if (rule.tables.empty())
    return absl::OkStatus();
  HERALD_ASSIGN(auto script, sql::parse_script(rule.tables));
  for (auto& x : script) {
    auto where = x.where;
    auto statement = std::make_shared<const sql::statement>(std::move(x));
    HERALD_ASSIGN(auto planned, plan_statement(statement, session));
    if (std::holds_alternative<planned_job>(planned))
      return user_error(where, "'tables' only declares tables",
                        "a rule reads its 'source' and writes to 'emit'");
  }
  return absl::OkStatus();
}

absl::StatusOr<bound_table_ptr> find_table(const sql::identifier& name,
                                           const sql_session& session) {
  HERALD_ASSIGN(const auto* found, session.find({name}));
  if (found->is_view())
    return user_error(name.where, fmt::format("'{}' is a view", name.name),
                      "a rule needs a table here");
  return std::get<bound_table_ptr>(found->value);
}

/// A plan that reads `columns` of the source.
absl::StatusOr<job_graph> plan_scan(const rule_file& rule,
                                    const std::vector<field>& columns,
                                    sql_session& session) {
  std::string text = "SELECT ";
  for (const auto& x : columns)
    text += fmt::format("{}`{}`", &x == columns.data() ? "" : ", ", x.name);
  text += fmt::format(" FROM `{}`", rule.source.name);
  HERALD_ASSIGN(auto parsed, sql::parse_statement(text));
  auto statement = std::make_shared<const sql::statement>(std::move(parsed));
  HERALD_ASSIGN(auto planned, plan_statement(statement, session));
  return std::move(std::get<planned_job>(planned).graph);
}

/// The emitted columns as the sink's table wants them: by name, cast.
absl::StatusOr<std::vector<expr_ptr>>
fit_to_table(const rule_file& rule, const schema& matches,
             const table_definition& table, schema& layout) {
  std::vector<expr_ptr> result;
  std::size_t used = 0;
  for (const auto& column : table.columns) {
    if (column.is_virtual)
      continue;
    layout.fields.push_back({column.name, column.type});
    auto at = matches.find(column.name);
    if (!at) {
      if (!column.type.nullable())
        return user_error(
            rule.into.where,
            fmt::format("'{}' needs column '{}'", table.name, column.name),
            "add it to emit.columns");
      result.push_back(make_literal({column.type, {}}));
      continue;
    }
    ++used;
    auto value = make_column(static_cast<int>(*at), matches.fields[*at].type,
                             column.name);
    HERALD_ASSIGN(auto cast, make_cast(value, column.type));
    result.push_back(std::move(cast));
  }
  if (used == matches.fields.size())
    return result;
  std::vector<std::string> names;
  for (const auto& x : layout.fields)
    names.push_back(x.name);
  for (const auto& x : rule.columns)
    if (!layout.find(x.name.name))
      return user_error(
          x.name.where,
          fmt::format("'{}' has no column '{}'", table.name, x.name.name),
          fmt::format("did you mean '{}'?", nearest_name(x.name.name, names)));
  return result;
}

void redirect(std::vector<target>& targets, int edge) {
  for (auto& x : targets)
    if (x.to == target::kind::sink)
      x = {target::kind::edge, edge, 0};
}

/// Puts the matcher between the scan's plan and the table.
void add_matcher(job_graph& graph, const rule_task& made,
                 std::vector<expr_ptr> columns, schema_ptr layout,
                 std::shared_ptr<const table_definition> into,
                 int parallelism) {
  auto edge_number = static_cast<int>(graph.edges.size());
  edge to_matcher;
  for (std::size_t i = 0; i < graph.stages.size(); ++i) {
    auto& x = graph.stages[i];
    if (!x.sink)
      continue;
    to_matcher.from_stage = static_cast<int>(i);
    x.sink.reset();
    if (x.scan)
      redirect(x.scan->targets, edge_number);
    for (auto& port : x.inputs)
      redirect(port, edge_number);
    for (auto& op : x.operators)
      redirect(op.targets, edge_number);
  }
  const auto& rule = *made.rule;
  to_matcher.to_stage = static_cast<int>(graph.stages.size());
  to_matcher.kind
      = rule.source_keys.empty() ? exchange::gather : exchange::hash;
  to_matcher.keys = rule.source_keys;
  to_matcher.layout = rule.source_layout;
  graph.edges.push_back(std::move(to_matcher));
  stage matcher;
  matcher.name = "match " + rule.name;
  matcher.parallelism = rule.source_keys.empty() ? 1 : parallelism;
  matcher.inputs = {{target{target::kind::operation, 0, 0}}};
  custom_spec custom{matcher.name, [cell = made.cell] {
                       return std::make_unique<rule_operator>(cell);
                     }};
  matcher.operators.push_back(
      {custom, rule.layout, 1, {{target::kind::operation, 1, 0}}, "match"});
  matcher.operators.push_back({project_spec{std::move(columns)},
                               layout,
                               1,
                               {{target::kind::sink, 0, 0}},
                               "project"});
  matcher.sink = sink_spec{std::move(into), std::move(layout), false};
  graph.stages.push_back(std::move(matcher));
}

} // namespace

absl::StatusOr<rule_task> compile_rule_task(const std::string& name,
                                            std::string_view yaml) {
  HERALD_ASSIGN(auto rule, parse_rule(yaml));
  sql_session session(known_connectors());
  HERALD_TRY(declare(rule, session));
  HERALD_ASSIGN(auto source, find_table(rule.source, session));
  HERALD_ASSIGN(auto into, find_table(rule.into, session));
  if (source->rowtime < 0)
    return user_error(rule.source.where,
                      fmt::format("'{}' has no WATERMARK", rule.source.name),
                      "a rule matches in event time: declare WATERMARK FOR "
                      "column AS column - INTERVAL '5' SECOND");
  HERALD_TRY(known_connectors().check_sink(*into->definition));
  schema all;
  for (const auto& x : source->columns)
    all.fields.push_back({x.name, x.type});
  HERALD_ASSIGN(auto wide, compile_rule(rule, all, source->rowtime));
  // The scan gives only what the rule reads.
  schema narrow;
  int time_column = 0;
  for (auto i : wide->reads) {
    if (i == source->rowtime)
      time_column = static_cast<int>(narrow.fields.size());
    narrow.fields.push_back(all.fields[static_cast<std::size_t>(i)]);
  }
  rule_task result;
  result.tables = rule.tables;
  HERALD_ASSIGN(result.rule, compile_rule(rule, narrow, time_column));
  result.cell = std::make_shared<rule_cell>(result.rule);
  HERALD_ASSIGN(auto graph, plan_scan(rule, narrow.fields, session));
  auto layout = std::make_shared<schema>();
  HERALD_ASSIGN(auto columns, fit_to_table(rule, *result.rule->layout,
                                           *into->definition, *layout));
  add_matcher(graph, result, std::move(columns), std::move(layout),
              into->definition, session.options().parallelism());
  result.spec = std::make_shared<const task_spec>(
      make_spec(name, std::move(graph), session.options()));
  return result;
}

bool fits_in_place(const rule_task& from, const rule_task& to) {
  return from.tables == to.tables && from.rule->source == to.rule->source
         && from.rule->source_keys == to.rule->source_keys
         && *from.rule->source_layout == *to.rule->source_layout
         && from.rule->into == to.rule->into
         && *from.rule->layout == *to.rule->layout;
}

operator_change change_rule(rule_cell& running, const rule_task& to) {
  running.set_rule(to.rule);
  auto apply = [rule = to.rule](stream_operator& x) {
    if (auto* matcher = dynamic_cast<rule_operator*>(&x))
      return matcher->replace(rule);
    return absl::OkStatus();
  };
  return {std::make_shared<const std::function<absl::Status(stream_operator&)>>(
      apply)};
}

} // namespace herald
