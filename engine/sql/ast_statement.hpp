#pragma once

#include "engine/sql/ast_definition.hpp"

// Statements of the AST. A script is a vector of them. The same rules as for
// queries. ast_definition.hpp has those that define and change objects.

namespace herald::sql {

struct statement;
using statement_ptr = std::unique_ptr<statement>;

/// INSERT INTO | OVERWRITE table [PARTITION (…)] [(columns)] query.
/// What becomes of rows that share a primary key (Flink's FLIP-558).
enum class conflict_rule { none, deduplicate, nothing, error };

struct insert_statement {
  qualified_name table;
  std::vector<hint> hints;
  bool overwrite = false;
  std::vector<named_expression> partition; // may be empty
  std::vector<identifier> columns;         // empty: all, in their order
  query_ptr query;
  conflict_rule on_conflict = conflict_rule::none; // ON CONFLICT DO …
  text_position conflict_where = {};
};

/// EXECUTE STATEMENT SET BEGIN …; END, or BEGIN STATEMENT SET; …; END.
struct statement_set {
  std::vector<insert_statement> inserts; // 1 or more
};

/// EXPLAIN [PLAN FOR | detail, …] statement.
struct explain_statement {
  std::vector<std::string> details; // in capitals: ANALYZE, ESTIMATED_COST, …
  statement_ptr statement;
};

/// DESCRIBE | DESC [kind] [EXTENDED] name.
struct describe_statement {
  object_kind kind = object_kind::table;
  bool extended = false;
  qualified_name name;
};

/// SHOW what [FROM | IN name] [[NOT] LIKE 'pattern']; SHOW PARTITIONS name
/// [PARTITION (…)].
struct show_statement {
  std::string what;    // in capitals: TABLES, CREATE TABLE, FULL MODULES, …
  qualified_name name; // of CREATE TABLE t, of FROM; may be empty
  std::vector<named_expression> partition; // may be empty
  std::optional<std::string> like;
  bool like_ignores_case = false; // ILIKE
  bool not_like = false;
};

/// USE [CATALOG] name.
struct use_statement {
  bool catalog = false;
  qualified_name name;
};

/// SET 'key' = 'value'; without a key it lists all options.
struct set_statement {
  std::optional<table_option> option;
};

/// RESET 'key'; without a key it resets all.
struct reset_statement {
  std::optional<std::string> key;
  text_position key_where;
};

struct statement {
  std::variant<query_ptr, insert_statement, statement_set, explain_statement,
               create_table, create_view, create_function, create_catalog,
               create_database, drop_statement, alter_table, alter_object,
               describe_statement, show_statement, use_statement, set_statement,
               reset_statement>
      node;
  text_position where;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

} // namespace herald::sql
