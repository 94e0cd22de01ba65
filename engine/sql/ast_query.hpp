#pragma once

#include "engine/sql/ast_expression.hpp"

// Queries of the AST: select blocks, set operations, tables in FROM, windows,
// grouping. The same rules as for expressions: no null pointer unless said,
// at most `max_nesting` high.

namespace herald::sql {

struct table_reference;
using table_ptr = std::unique_ptr<table_reference>;

/// `'key' = 'value'` in WITH and in hints, both resolved.
struct table_option {
  std::string key;
  std::string value;
  text_position where;       // of both
  text_position value_where; // of the value
};

/// `/*+ NAME('key'='value') */` or `/*+ NAME(t1, 'x') */`.
struct hint {
  identifier name;
  std::vector<table_option> options;
  std::vector<identifier> arguments; // words and texts alike
};

struct frame_bound {
  enum class kind_type : std::uint8_t {
    unbounded_preceding,
    preceding, // has a value
    current_row,
    following, // has a value
    unbounded_following,
  };

  kind_type kind = kind_type::current_row;
  expression_ptr value; // null unless the kind has one
};

struct window_frame {
  bool rows = false; // false: RANGE
  frame_bound start;
  frame_bound end; // CURRENT ROW when not written
  bool between = false;
};

/// `OVER w`, `OVER (w PARTITION BY …)`.
struct window_specification {
  std::optional<identifier> base; // a window of the WINDOW clause
  bool is_reference = false;      // OVER w: there is nothing but `base`
  std::vector<expression_ptr> partition_by;
  std::vector<order_item> order_by;
  std::optional<window_frame> frame;
  text_position where;
};

struct named_window {
  identifier name;
  window_specification window;
};

/// `DEFAULT x ON EMPTY`, `ERROR ON ERROR`, …
struct json_behaviour {
  enum class kind_type : std::uint8_t {
    null,
    error,
    empty,
    empty_array,
    empty_object,
    value, // DEFAULT: has a value
    true_value,
    false_value,
    unknown,
  };

  kind_type kind = kind_type::null;
  expression_ptr value; // null unless the kind has one
};

/// The clauses that only the JSON functions have.
struct json_clauses {
  enum class wrapper_type : std::uint8_t {
    without,
    conditional,
    unconditional,
  };
  enum class null_type : std::uint8_t { keep, leave_out };

  std::optional<type_name> returning;
  std::optional<json_behaviour> on_empty;
  std::optional<json_behaviour> on_error;
  std::optional<wrapper_type> wrapper; // of JSON_QUERY
  std::optional<null_type> on_null;    // NULL ON NULL, ABSENT ON NULL
};

/// An entry of the select list.
struct select_item {
  expression_ptr value;
  std::optional<identifier> alias;
};

struct grouping_element {
  enum class kind_type : std::uint8_t {
    expression,    // one value
    set,           // (a, b) or (): any number of values
    rollup,        // sets, each `expression` or `set`
    cube,          // the same
    grouping_sets, // any elements
  };

  kind_type kind = kind_type::expression;
  std::vector<expression_ptr> values;
  std::vector<grouping_element> sets;
  text_position where;
};

struct select_block {
  std::vector<hint> hints;
  bool distinct = false;
  std::vector<select_item> items; // 1 or more
  table_ptr from;                 // null: SELECT without FROM
  expression_ptr where;           // null: none, as are the next two
  std::vector<grouping_element> group_by;
  bool group_by_distinct = false;
  expression_ptr having;
  std::vector<named_window> windows;
  expression_ptr qualify;
};

enum class set_operator : std::uint8_t { union_, intersect, except };

/// Two or more inputs, folded from the left. One alone is a query in brackets
/// with its own ORDER BY or LIMIT, around which there are others.
struct set_operation {
  set_operator op = set_operator::union_;
  bool all = false;
  std::vector<query_ptr> inputs;
};

/// VALUES (1, 'a'), (2, 'b'): 1 or more rows of 1 or more values; the binder
/// compares their lengths.
struct values_block {
  struct row_type {
    std::vector<expression_ptr> values;
    text_position where;
  };

  std::vector<row_type> rows;
};

/// `TABLE t` as a query.
struct table_block {
  qualified_name table;
};

/// `WITH name (columns) AS (query)`.
struct common_table {
  identifier name;
  std::vector<identifier> columns; // may be empty
  query_ptr query;
};

struct query {
  std::vector<common_table> with;
  std::variant<select_block, set_operation, values_block, table_block> body;
  std::vector<order_item> order_by;
  expression_ptr limit;  // LIMIT or FETCH FIRST; null: all rows
  expression_ptr offset; // null: from the first
  text_position where;
};

} // namespace herald::sql
