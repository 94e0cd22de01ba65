#include "tests/engine/plan/plan_support.hpp"

#include "engine/plan/explain.hpp"
#include "engine/sql/parser.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace herald::testing {

namespace {

const std::vector<std::string> connector_names
    = {"kafka", "filesystem", "generator", "print", "append_only", "upserts"};

std::string name_of(const table_definition& table) {
  return table.option("connector").value_or("");
}

/// The column of 'key.fields' has to be there, 'format' is JSON or CSV.
absl::Status check(const table_definition& table) {
  const auto name = name_of(table);
  if (std::find(connector_names.begin(), connector_names.end(), name)
      == connector_names.end()) {
    const auto near = nearest_name(name, connector_names);
    return option_error(
        "connector", fmt::format("there is no connector '{}'", name),
        near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  const auto format = table.option("format").value_or("json");
  if (format != "json" && format != "csv" && format != "parquet")
    return option_error("format",
                        fmt::format("there is no format '{}'", format));
  const auto key = table.option("key.fields");
  for (const auto& column : table.columns)
    if (!key || column.name == *key)
      return absl::OkStatus();
  return key ? option_error("key.fields",
                            fmt::format("the key's '{}' is no column", *key))
             : absl::OkStatus();
}

/// The part of an EXPLAIN under "== NAME plan ==".
std::string section(const std::string& text, std::string_view name) {
  auto title = fmt::format("== {} plan ==\n", name);
  title[3] = static_cast<char>(std::toupper(title[3]));
  const auto begin = text.find(title) + title.size();
  const auto end = text.find("\n== ", begin);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string table_text(const text_table& table) {
  auto result = joined(table.columns, " | ") + "\n";
  for (const auto& row : table.rows)
    result += joined(row, " | ") + "\n";
  return result;
}

} // namespace

absl::Status
fake_connectors::check_source(const table_definition& table) const {
  return check(table);
}

absl::Status fake_connectors::check_sink(const table_definition& table) const {
  return check(table);
}

bool fake_connectors::bounded(const table_definition& table) const {
  return name_of(table) == "filesystem";
}

int fake_connectors::splits_max(const table_definition& table) const {
  const auto name = name_of(table);
  return name == "filesystem"                   ? 1
         : name == "kafka" || name == "upserts" ? 8
                                                : 0;
}

std::vector<field>
fake_connectors::metadata_of(const table_definition& table) const {
  if (name_of(table) != "kafka")
    return {};
  return {{"topic", data_type::of(type_kind::varchar).with_nullable(false)},
          {"partition", data_type::of(type_kind::integer).with_nullable(false)},
          {"offset", data_type::of(type_kind::bigint).with_nullable(false)},
          {"timestamp", data_type::timestamp_ltz(3).with_nullable(false)}};
}

absl::Status
fake_connectors::check_lookup(const table_definition& table,
                              const std::vector<std::string>&) const {
  if (name_of(table) != "filesystem")
    return user_error(fmt::format("connector '{}' cannot look up rows by key",
                                  name_of(table)));
  return absl::OkStatus();
}

lookup_maker fake_connectors::lookups_of(const table_definition&) const {
  return {};
}

table_definition fake_connectors::one_row() const {
  table_definition result;
  result.name = "one row";
  result.columns = {{"row", data_type::of(type_kind::integer), {}, false}};
  result.options = {{"connector", "filesystem"}};
  return result;
}

changelog_kind
fake_connectors::changes_of(const table_definition& table) const {
  return name_of(table) == "upserts" ? changelog_kind::upserts
                                     : changelog_kind::inserts;
}

absl::Status
fake_connectors::check_changes(const table_definition& table) const {
  if (name_of(table) == "print" || takes_upserts(table))
    return absl::OkStatus();
  return user_error("it only takes new rows",
                    "group by a window, or write to a sink that takes changes");
}

absl::Status
fake_connectors::check_overwrite(const table_definition& table) const {
  if (name_of(table) == "filesystem")
    return absl::OkStatus();
  return user_error("it cannot replace what it has", "INSERT INTO");
}

bool fake_connectors::takes_upserts(const table_definition& table) const {
  return name_of(table) == "upserts";
}

bool fake_connectors::skips_by_range(const table_definition& table) const {
  return table.option("format") == "parquet" || !table.partitioned_by.empty();
}

bool fake_connectors::has_one_writer(const table_definition& table) const {
  return table.option("sink.partition-commit.policy.kind").has_value();
}

std::vector<std::filesystem::path> plan_case_files() {
  std::vector<std::filesystem::path> result;
  for (const auto& entry :
       std::filesystem::directory_iterator("tests/cases/plan"))
    if (entry.path().extension() == ".case")
      result.push_back(entry.path());
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<case_block> read_case_blocks(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<case_block> result;
  std::string line;
  while (std::getline(in, line)) {
    if (line.rfind("--- ", 0) == 0)
      result.push_back({line.substr(4), ""});
    else if (!result.empty())
      result.back().text += line + "\n";
  }
  // One empty line after a block is for the eye.
  for (auto& x : result)
    while (x.text.size() > 1 && x.text.ends_with("\n\n"))
      x.text.pop_back();
  return result;
}

std::string with_examples(std::string text) {
  constexpr std::string_view name = "$EXAMPLES";
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at))
    text.replace(at, name.size(), HERALD_EXAMPLE_FUNCTIONS);
  return text;
}

absl::StatusOr<planned_statement> run_script(std::string_view text,
                                             sql_session& session) {
  HERALD_ASSIGN(auto statements, sql::parse_script(text));
  planned_statement last = statement_done{};
  for (auto& x : statements) {
    auto statement = std::make_shared<const sql::statement>(std::move(x));
    HERALD_ASSIGN(last, plan_statement(std::move(statement), session));
  }
  return last;
}

namespace {

absl::StatusOr<std::string>
text_of(std::string_view text, std::string_view what, sql_session& session) {
  HERALD_ASSIGN(auto statements, sql::parse_script(text));
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const bool last = i + 1 == statements.size();
    auto statement
        = std::make_shared<const sql::statement>(std::move(statements[i]));
    HERALD_ASSIGN(const auto planned, plan_statement(statement, session));
    if (!last)
      continue;
    if (const auto* table = std::get_if<text_table>(&planned))
      return table_text(*table);
    if (const auto* done = std::get_if<statement_done>(&planned))
      return done->message + "\n";
    HERALD_ASSIGN(auto plan, explain(*statement, {}, session));
    return what == "all" ? plan : section(plan, what);
  }
  return std::string("nothing\n");
}

} // namespace

std::string run_to_text(std::string_view text, std::string_view what,
                        sql_session& session) {
  const auto result = text_of(text, what, session);
  if (result.ok())
    return *result;
  return render_error(text, result.status()) + "\n";
}

} // namespace herald::testing
