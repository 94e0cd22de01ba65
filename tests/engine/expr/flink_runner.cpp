#include "tests/engine/expr/flink_runner.hpp"

#include "engine/columnar/ticks.hpp"
#include "engine/common/check.hpp"
#include "engine/formats/format.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/planner.hpp"
#include "engine/sql/parser.hpp"
#include "tests/support/local_runner.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace herald::testing {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::unique_ptr<decoder> decoder_of(const sql_session& session) {
  auto statement = sql::parse_statement("SELECT * FROM t");
  auto bound = *bind_statement(*statement, session);
  decoder_spec spec;
  auto layout = std::make_shared<schema>();
  for (const plan_column& column : bound.sinks[0].plan->columns) {
    spec.fields.push_back({column.name, column.type});
    spec.paths.push_back({column.name});
    layout->fields.push_back({column.name, column.type});
  }
  spec.layout = layout;
  spec.options["json.timestamp-format.standard"] = "SQL";
  return *make_decoder("json", std::move(spec));
}

/// Type texts as the corpus has them.
std::string type_text(const data_type& type) {
  auto result = type.to_string();
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"VARCHAR(2147483647)", "STRING"},
        {"VARBINARY(2147483647)", "BYTES"}})
    for (auto at = result.find(from); at != result.npos; at = result.find(from))
      result.replace(at, from.size(), to);
  return result;
}

/// Before 1970 in some zone of the corpus.
bool is_early(const scalar& x) {
  if (x.is_null())
    return false;
  if (x.type.kind() == type_kind::date)
    return std::get<std::int64_t>(x.value) < 0;
  if (!x.type.is_timestamp())
    return false;
  const auto day = seconds_per_day * x.type.ticks_per_second();
  return has_wide_ticks(x.type) ? std::get<int128>(x.value) < day
                                : std::get<std::int64_t>(x.value) < day;
}

/// Applies the changes of `part` to the table `rows`.
void apply(const batch& part, std::vector<std::vector<answer_value>>& rows) {
  for (std::int64_t row = 0; row < part.rows; ++row) {
    std::vector<answer_value> values;
    for (const auto& column : part.columns)
      values.push_back(render(value_at(*column, row)));
    if (!retracts(part.change_of(row))) {
      rows.push_back(std::move(values));
      continue;
    }
    auto is_it = [&](const auto& other) {
      for (std::size_t i = 0; i < values.size(); ++i)
        if (to_text(values[i]) != to_text(other[i]))
          return false;
      return true;
    };
    auto at = std::find_if(rows.begin(), rows.end(), is_it);
    HERALD_CHECK(at != rows.end(), "a row is taken back that was never there");
    rows.erase(at);
  }
}

} // namespace

flink_runner::flink_runner(const std::string& folder) {
  ddl_ = read_file(folder + "table.sql");
  ddl_.resize(ddl_.rfind(';'));
  ddl_ += " WITH ('connector' = 'filesystem', 'path' = 'x', "
          "'format' = 'json');";
  sql_session session(connectors_);
  auto made = run_script(ddl_, session);
  HERALD_CHECK(made.ok(), made.status().ToString());
  auto decode = decoder_of(session);
  std::ifstream file(folder + "rows.jsonl");
  std::string line;
  std::vector<batch_ptr> parts;
  while (std::getline(file, line)) {
    documents one;
    one.append(line);
    auto decoded = decode->decode(one);
    HERALD_CHECK(decoded.bad.empty(), line);
    parts.push_back(decoded.rows);
  }
  rows_ = concat(parts);
  for (std::int64_t row = 0; row < rows_->rows; ++row)
    for (const auto& column : rows_->columns)
      if (is_early(value_at(*column, row)))
        early_.insert(
            std::get<std::int64_t>(value_at(*rows_->columns[0], row).value));
}

batch_ptr flink_runner::input_of(const scan_spec& scan) const {
  if (scan.table->name != "t")
    return make_batch(scan.layout,
                      std::vector<column_ptr>(
                          scan.layout->fields.size(),
                          null_column(data_type::of(type_kind::integer), 1)),
                      1);
  std::vector<column_ptr> columns;
  for (const auto& path : scan.paths) {
    const auto index = *rows_->layout->find(path[0]);
    auto x = make_column(static_cast<int>(index),
                         rows_->layout->fields[index].type, path[0]);
    for (std::size_t i = 1; i < path.size(); ++i)
      x = *make_field(x, {path[i], {}});
    columns.push_back(*evaluate_column(*x, *rows_, {}));
  }
  return make_batch(scan.layout, std::move(columns), rows_->rows);
}

absl::Status flink_runner::run_into(const std::string& statement,
                                    const std::string& zone,
                                    herald_answer& to) {
  to.outcome = "refused";
  sql_session session(connectors_);
  HERALD_TRY(run_script(ddl_, session).status());
  HERALD_TRY(session.options().set("table.local-time-zone", zone));
  HERALD_ASSIGN(auto parsed, sql::parse_statement(statement));
  auto shared = std::make_shared<const sql::statement>(std::move(parsed));
  HERALD_ASSIGN(auto planned, plan_statement(shared, session));
  auto* job = std::get_if<planned_job>(&planned);
  if (job == nullptr)
    return absl::InternalError("this is no query");
  for (const auto& field : job->columns->fields)
    to.types.push_back(type_text(field.type));
  to.outcome = "failed";
  split_rows input;
  for (std::size_t i = 0; i < job->graph.stages.size(); ++i)
    if (const auto& scan = job->graph.stages[i].scan)
      input[static_cast<int>(i)] = {input_of(*scan)};
  run_options options;
  options.time_zone = zone;
  local_runner runner(job->graph, std::move(input), options);
  HERALD_TRY(runner.open());
  HERALD_TRY(runner.run());
  for (const auto& part : runner.results())
    apply(*part, to.rows);
  to.outcome = "rows";
  return absl::OkStatus();
}

herald_answer flink_runner::run(const std::string& statement,
                                const std::string& zone) {
  herald_answer result;
  auto status = run_into(statement, zone, result);
  result.message = message_of(status);
  return result;
}

} // namespace herald::testing
