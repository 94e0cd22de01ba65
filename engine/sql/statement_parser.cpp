#include "engine/sql/grammar.hpp"

#include <array>

#include <fmt/format.h>

namespace herald::sql {

namespace {

/// What a statement may start with and Herald has not.
constexpr std::array<std::string_view, 14> unsupported
    = {"UPDATE",  "DELETE", "MERGE", "TRUNCATE", "CALL",    "LOAD",   "UNLOAD",
       "COMPILE", "GRANT",  "ADD",   "ANALYZE",  "PREPARE", "REVOKE", "UPSERT"};

bool changes_rows(std::string_view word) {
  return word == "UPDATE" || word == "DELETE" || word == "MERGE"
         || word == "UPSERT" || word == "TRUNCATE";
}

std::vector<named_expression> read_partition(cursor& in) {
  std::vector<named_expression> result;
  in.expect("PARTITION", "(");
  do {
    auto name = in.read_name("a partition column");
    in.expect("=");
    result.push_back({std::move(name), read_expression(in)});
  } while (in.accept(","));
  in.expect(")");
  return result;
}

statement_set read_statement_set(cursor& in, bool from_begin) {
  if (from_begin)
    in.expect("BEGIN", "STATEMENT", "SET", ";");
  else
    in.expect("STATEMENT", "SET", "BEGIN");
  statement_set result;
  do {
    result.inserts.push_back(read_insert(in));
    in.expect(";");
    while (in.accept(";")) {
      // an empty statement
    }
  } while (!in.at("END") && !in.at_end());
  in.expect("END");
  return result;
}

/// Reads what stands behind EXECUTE.
void read_executed(cursor& in, statement& into) {
  if (in.at("STATEMENT"))
    into.node = read_statement_set(in, false);
  else if (in.at("INSERT"))
    into.node = read_insert(in);
  else if (at_query(in))
    into.node = read_query(in);
  else
    in.fail_expected("STATEMENT SET, INSERT or a query");
}

/// Reads CREATE TABLE … AS SELECT, the one declaration with a plan.
void read_explained_table(cursor& in, statement& into) {
  const auto start = in.here();
  in.expect("CREATE");
  read_create(in, into);
  const auto* table = into.as<create_table>();
  if (!table || !table->query)
    in.fail(in.since(start), "a declaration has no plan",
            "EXPLAIN a query, INSERT, STATEMENT SET or CREATE TABLE … AS");
}

bool at_detail(cursor& in) {
  return in.at_any("ANALYZE", "ESTIMATED_COST", "CHANGELOG_MODE", "PLAN_ADVICE",
                   "JSON_EXECUTION_PLAN");
}

/// EXPLAIN is followed by a word that is none of its own, or lacks a comma.
void fail_detail(cursor& in) {
  // Statements, too: EXPLAIN SELCT 1.
  static const std::vector<std::string> words = {"ANALYZE",
                                                 "ESTIMATED_COST",
                                                 "CHANGELOG_MODE",
                                                 "PLAN_ADVICE",
                                                 "JSON_EXECUTION_PLAN",
                                                 "SELECT",
                                                 "INSERT",
                                                 "WITH",
                                                 "VALUES",
                                                 "EXECUTE",
                                                 "STATEMENT",
                                                 "CREATE",
                                                 "PLAN",
                                                 "BEGIN"};
  std::string word(in.peek().text);
  for (auto& c : word)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (at_detail(in))
    return in.fail(in.here(), "EXPLAIN's details have commas between them",
                   fmt::format("write ', {}'", word));
  const auto near = nearest_name(word, words);
  in.fail(in.here(), fmt::format("EXPLAIN has no detail '{}'", in.peek().text),
          near.empty() ? "ANALYZE, ESTIMATED_COST, CHANGELOG_MODE, "
                         "JSON_EXECUTION_PLAN or PLAN_ADVICE"
                       : fmt::format("did you mean {}?", near));
}

explain_statement read_explain(cursor& in) {
  explain_statement result;
  in.expect("EXPLAIN");
  if (in.accept("PLAN")) {
    in.expect("FOR");
  } else {
    while (at_detail(in)) {
      result.details.emplace_back(in.peek().what.text());
      in.skip();
      if (!in.accept(","))
        break;
    }
  }
  auto start = in.here();
  result.statement = std::make_unique<statement>();
  if (in.at("INSERT"))
    result.statement->node = read_insert(in);
  else if (in.accept("EXECUTE"))
    read_executed(in, *result.statement);
  else if (in.at("STATEMENT"))
    result.statement->node = read_statement_set(in, false);
  else if (in.at("BEGIN"))
    result.statement->node = read_statement_set(in, true);
  else if (in.at("CREATE"))
    read_explained_table(in, *result.statement);
  else if (at_query(in) || in.at("("))
    result.statement->node = read_query(in);
  else if (in.at_name())
    fail_detail(in);
  else
    in.fail_expected("a query, INSERT, STATEMENT SET or CREATE TABLE … AS");
  result.statement->where = in.since(start);
  return result;
}

describe_statement read_describe(cursor& in) {
  describe_statement result;
  in.skip();
  auto has_name_behind = in.peek(1).is_name() || in.at("FUNCTION")
                         || in.peek(1).what == term("EXTENDED");
  if (in.accept("TABLE"))
    result.kind = object_kind::table;
  else if (has_name_behind && in.accept("CATALOG"))
    result.kind = object_kind::catalog;
  else if (has_name_behind && in.accept("DATABASE"))
    result.kind = object_kind::database;
  else if (in.accept("FUNCTION"))
    result.kind = object_kind::function;
  result.extended = in.accept("EXTENDED");
  // Many built-in functions are called by a reserved word.
  const auto word = in.peek();
  if (result.kind == object_kind::function && word.kind == token_kind::word
      && in.peek(1).text != ".") {
    result.name = {{std::string(word.text), word.where}};
    in.skip();
    return result;
  }
  result.name = in.read_qualified_name("a name");
  return result;
}

/// Reads what SHOW is to show, in capitals.
std::string read_show_kind(cursor& in) {
  if (in.accept("CURRENT", "CATALOG"))
    return "CURRENT CATALOG";
  if (in.accept("CURRENT", "DATABASE"))
    return "CURRENT DATABASE";
  if (in.accept("CREATE", "TABLE"))
    return "CREATE TABLE";
  if (in.accept("CREATE", "VIEW"))
    return "CREATE VIEW";
  if (in.accept("CREATE", "CATALOG"))
    return "CREATE CATALOG";
  if (in.accept("CREATE")) {
    in.fail_expected("TABLE, VIEW or CATALOG");
    return {};
  }
  if (in.accept("USER", "FUNCTIONS"))
    return "USER FUNCTIONS";
  if (in.accept("FULL", "MODULES"))
    return "FULL MODULES";
  if (in.at_any("CATALOGS", "DATABASES", "TABLES", "VIEWS")
      || in.at_any("FUNCTIONS", "COLUMNS", "PARTITIONS", "JOBS")
      || in.at_any("MODULES", "JARS", "PROCEDURES")) {
    std::string word(in.peek().what.text());
    in.skip();
    return word;
  }
  in.fail_expected("TABLES, VIEWS, DATABASES, CATALOGS, FUNCTIONS, COLUMNS, "
                   "PARTITIONS, MODULES, JARS, PROCEDURES, JOBS, CURRENT … or "
                   "CREATE …");
  return {};
}

show_statement read_show(cursor& in) {
  show_statement result;
  in.expect("SHOW");
  result.what = read_show_kind(in);
  auto is_create = result.what.starts_with("CREATE ");
  if (is_create || result.what == "PARTITIONS" || in.accept("FROM")
      || in.accept("IN"))
    result.name = in.read_qualified_name("a name");
  if (result.what == "PARTITIONS" && in.at("PARTITION"))
    result.partition = read_partition(in);
  if (is_create || result.what == "PARTITIONS")
    return result;
  result.not_like = in.accept("NOT");
  result.like_ignores_case = in.at("ILIKE");
  if (result.like_ignores_case || in.at("LIKE") || result.not_like) {
    if (!in.accept("ILIKE"))
      in.expect("LIKE");
    result.like = in.read_string("a pattern between single quotes");
  }
  return result;
}

use_statement read_use(cursor& in) {
  use_statement result;
  in.expect("USE");
  if (in.at("MODULES") && in.peek(1).is_name())
    in.fail(in.here(), "modules cannot be chosen",
            "there is one, core, and it is in use");
  result.catalog = in.peek(1).is_name() && in.accept("CATALOG");
  result.name = in.read_qualified_name("a database");
  return result;
}

/// Reads a key or value: text between quotes, or all up to `end`, as it is.
std::string read_setting(cursor& in, bool is_key) {
  if (in.at_string())
    return in.read_string("text");
  auto start = in.here();
  auto is_empty = true;
  for (; !in.at_statement_end() && !(is_key && in.at("=")); is_empty = false)
    in.skip();
  if (is_empty)
    in.fail_expected(is_key ? "a key" : "a value");
  return std::string(in.text_of(in.since(start)));
}

set_statement read_set(cursor& in) {
  set_statement result;
  in.expect("SET");
  if (in.at_statement_end())
    return result;
  table_option option;
  auto start = in.here();
  option.key = read_setting(in, true);
  in.expect("=");
  auto value_start = in.here();
  option.value = read_setting(in, false);
  option.where = in.since(start);
  option.value_where = in.since(value_start);
  result.option = std::move(option);
  return result;
}

reset_statement read_reset(cursor& in) {
  reset_statement result;
  in.expect("RESET");
  if (!in.at_statement_end()) {
    const auto start = in.here();
    result.key = read_setting(in, true);
    result.key_where = in.since(start);
  }
  return result;
}

void fail_unknown(cursor& in) {
  auto next = in.peek();
  for (auto word : unsupported) {
    if (next.what == term::of(word))
      in.fail(next.where, fmt::format("{} is not supported", word),
              changes_rows(word) ? "tables are streams: INSERT INTO adds rows"
                                 : "");
  }
  in.fail_expected("a statement");
}

} // namespace

statement read_statement(cursor& in) {
  statement result;
  auto start = in.here();
  if (at_query(in) || in.at("("))
    result.node = read_query(in);
  else if (in.at("INSERT"))
    result.node = read_insert(in);
  else if (in.accept("CREATE"))
    read_create(in, result);
  else if (in.accept("REPLACE"))
    read_replace(in, result);
  else if (in.accept("ALTER"))
    read_alter(in, result);
  else if (in.accept("DROP"))
    read_drop(in, result);
  else if (in.at("BEGIN"))
    result.node = read_statement_set(in, true);
  else if (in.accept("EXECUTE"))
    read_executed(in, result);
  else if (in.at("EXPLAIN"))
    result.node = read_explain(in);
  else if (in.at_any("DESCRIBE", "DESC"))
    result.node = read_describe(in);
  else if (in.at("SHOW"))
    result.node = read_show(in);
  else if (in.at("USE"))
    result.node = read_use(in);
  else if (in.at("SET"))
    result.node = read_set(in);
  else if (in.at("RESET"))
    result.node = read_reset(in);
  else
    fail_unknown(in);
  result.where = in.since(start);
  return result;
}

conflict_rule read_conflict_rule(cursor& in) {
  in.expect("ON");
  in.expect("CONFLICT");
  in.expect("DO");
  if (in.accept("DEDUPLICATE"))
    return conflict_rule::deduplicate;
  if (in.accept("NOTHING"))
    return conflict_rule::nothing;
  if (in.accept("ERROR"))
    return conflict_rule::error;
  in.fail_expected("DEDUPLICATE, NOTHING or ERROR");
  return conflict_rule::none;
}

insert_statement read_insert(cursor& in) {
  insert_statement result;
  in.expect("INSERT");
  result.overwrite = in.accept("OVERWRITE");
  if (!result.overwrite)
    in.expect("INTO");
  in.accept("TABLE");
  result.table = in.read_qualified_name("a table");
  result.hints = read_hints(in);
  if (in.at("PARTITION"))
    result.partition = read_partition(in);
  if (in.at("(") && in.peek(1).is_name())
    result.columns = in.read_names_in_brackets("a column");
  result.query = read_query(in);
  if (in.at("ON")) {
    auto start = in.here();
    result.on_conflict = read_conflict_rule(in);
    result.conflict_where = in.since(start);
  }
  return result;
}

std::vector<table_option> read_options(cursor& in) {
  std::vector<table_option> result;
  in.expect("(");
  if (in.accept(")"))
    return result;
  do {
    auto start = in.here();
    auto key = in.read_string("an option between single quotes");
    in.expect("=");
    auto value_start = in.here();
    auto value = in.read_string("a value between single quotes");
    result.push_back({std::move(key), std::move(value), in.since(start),
                      in.since(value_start)});
  } while (in.accept(","));
  in.expect(")");
  return result;
}

} // namespace herald::sql
