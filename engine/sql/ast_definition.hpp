#pragma once

#include "engine/sql/ast_table.hpp"

// Statements that define, change and drop the objects of the catalog. The
// same rules as for queries.

namespace herald::sql {

enum class object_kind : std::uint8_t {
  table,
  view,
  function,
  catalog,
  database,
};

/// Returns "TABLE", "VIEW", …
std::string_view to_text(object_kind kind);

/// METADATA [FROM 'key'] [VIRTUAL].
struct column_metadata {
  std::optional<std::string> key; // empty: the column's name
  bool is_virtual = false;
};

/// A column of CREATE TABLE: exactly one of `type` alone, `computed` alone, or
/// `type` with `metadata` is meant.
struct column_definition {
  identifier name;
  std::optional<type_name> type;
  expression_ptr computed; // `name AS expression`; null: none
  std::optional<column_metadata> metadata;
  std::optional<std::string> comment;
  text_position where;
};

/// WATERMARK FOR a.b AS expression.
struct watermark_definition {
  qualified_name column;
  expression_ptr value;
  text_position where;
};

/// [CONSTRAINT name] PRIMARY KEY (a, b) [NOT] ENFORCED, as an element of its
/// own or said at its one column.
struct key_definition {
  std::optional<identifier> name;
  bool unique = false; // UNIQUE instead of PRIMARY KEY
  std::vector<identifier> columns;
  std::optional<bool> enforced; // empty: not said
  text_position where;
};

/// What CREATE TABLE and ALTER TABLE ADD list between brackets.
struct table_schema {
  std::vector<column_definition> columns;
  std::vector<watermark_definition> watermarks;
  std::vector<key_definition> keys;
};

/// DISTRIBUTED [BY] [HASH | RANGE] (a) [INTO 4 BUCKETS].
struct table_distribution {
  std::optional<std::string> method; // HASH or RANGE
  std::vector<identifier> columns;
  std::optional<std::uint32_t> buckets;
  text_position where;
};

/// LIKE table (INCLUDING ALL EXCLUDING WATERMARKS).
struct like_clause {
  struct option_type {
    std::string rule; // INCLUDING, EXCLUDING, OVERWRITING
    std::string what; // ALL, OPTIONS, GENERATED, …
  };

  qualified_name table;
  std::vector<option_type> options;
};

struct create_table {
  bool temporary = false;
  bool or_replace = false;
  bool if_not_exists = false;
  qualified_name name;
  table_schema schema;
  /// CREATE TABLE t (a, b) AS …: an order of the query's columns.
  std::vector<identifier> column_order;
  std::optional<std::string> comment;
  std::optional<table_distribution> distribution;
  std::vector<identifier> partitioned_by;
  std::vector<table_option> options;
  std::optional<like_clause> like;
  query_ptr query; // AS query; null: none
};

/// `text_position` of the query gives the text that a catalog keeps.
struct create_view {
  struct column_type {
    identifier name;
    std::optional<std::string> comment;
  };

  bool temporary = false;
  bool or_replace = false;
  bool if_not_exists = false;
  qualified_name name;
  std::vector<column_type> columns; // may be empty
  std::optional<std::string> comment;
  query_ptr query;
};

/// CREATE or ALTER [TEMPORARY [SYSTEM]] FUNCTION f, then `(x INT) [RETURNS t]
/// RETURN value`, or `AS 'definition' LANGUAGE x USING LIBRARY 'file'` without
/// `value`.
struct create_function {
  struct parameter {
    identifier name;
    type_name type;
  };

  struct file {
    bool is_jar = false; // JAR instead of LIBRARY
    std::string path;
    text_position where;
  };

  bool alter = false; // ALTER [IF EXISTS] instead of CREATE
  bool if_exists = false;
  bool temporary = false;
  bool system = false;
  bool or_replace = false;
  bool if_not_exists = false;
  qualified_name name;
  std::vector<parameter> parameters;
  std::optional<type_name> returns;
  expression_ptr value; // null: the function is in a file
  std::string definition;
  text_position definition_where;
  std::optional<std::string> language; // in capitals
  std::vector<file> files;
};

struct create_catalog {
  bool if_not_exists = false;
  identifier name;
  std::optional<std::string> comment;
  std::vector<table_option> options;
};

struct create_database {
  bool if_not_exists = false;
  qualified_name name;
  std::optional<std::string> comment;
  std::vector<table_option> options;
};

/// DROP [TEMPORARY [SYSTEM]] kind [IF EXISTS] name [CASCADE | RESTRICT].
struct drop_statement {
  object_kind kind = object_kind::table;
  bool temporary = false;
  bool system = false;
  bool if_exists = false;
  qualified_name name;
  bool cascade = false;
};

/// Where ADD and MODIFY put a column.
struct column_place {
  bool first = false;
  std::optional<identifier> after;
};

struct add_or_modify_schema {
  bool modify = false;
  table_schema schema;
  std::vector<column_place> places; // one for each column of `schema`
};

struct drop_columns {
  std::vector<identifier> columns;
};

struct drop_table_part {
  enum class kind_type : std::uint8_t {
    watermark,
    primary_key,
    constraint, // has a name
    distribution,
  };

  kind_type kind = kind_type::watermark;
  std::optional<identifier> name;
};

struct rename_column {
  identifier from;
  identifier to;
};

struct rename_object {
  qualified_name to;
};

struct set_options {
  std::vector<table_option> options; // 1 or more
};

struct reset_options {
  std::vector<std::string> keys; // 1 or more
};

/// ALTER TABLE [IF EXISTS] name action.
struct alter_table {
  bool if_exists = false;
  qualified_name name;
  std::variant<rename_object, set_options, reset_options, add_or_modify_schema,
               drop_columns, drop_table_part, rename_column>
      action;
};

/// COMMENT 'text'.
struct object_comment {
  std::string text;
};

/// ALTER VIEW, DATABASE, CATALOG: what they have of actions.
struct alter_object {
  object_kind kind = object_kind::view;
  bool if_exists = false;
  qualified_name name;
  /// A view takes a query, the others options, a catalog a comment, too.
  std::variant<rename_object, query_ptr, set_options, reset_options,
               object_comment>
      action;
};

} // namespace herald::sql
