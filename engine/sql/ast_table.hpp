#pragma once

#include "engine/sql/ast_query.hpp"

// What stands in FROM: tables, joins, table functions, MATCH_RECOGNIZE. The
// same rules as for queries.

namespace herald::sql {

/// A table or view of the catalog, or a name of WITH.
struct named_table {
  qualified_name name;
  std::vector<hint> hints;
  expression_ptr as_of; // FOR SYSTEM_TIME AS OF; null: none
};

/// A query in brackets.
struct derived_table {
  query_ptr query;
  bool lateral = false;
};

/// TABLE(f(…)), LATERAL TABLE(f(…)) or f(…); `function` is a `call`.
struct table_function {
  expression_ptr function;
  bool lateral = false;
};

/// UNNEST(a [, b]) [WITH ORDINALITY].
struct unnest_table {
  std::vector<expression_ptr> arrays;
  bool with_ordinality = false;
  bool lateral = false;
};

enum class join_kind : std::uint8_t {
  inner,
  left,
  right,
  full,
  cross, // CROSS JOIN and the comma; no condition
};

/// At most one of `on`, `using_columns` and `natural` is there.
struct join_table {
  join_kind kind = join_kind::inner;
  bool natural = false;
  bool comma = false; // a, b: binds weaker than the other joins
  table_ptr left;
  table_ptr right;
  expression_ptr on; // null: none
  std::vector<identifier> using_columns;
};

/// How often a part of a pattern occurs: `*`, `+`, `?`, `{2,5}`.
struct pattern_quantifier {
  std::uint32_t min = 0;
  std::optional<std::uint32_t> max; // empty: no limit
  bool reluctant = false;
};

/// A pattern of MATCH_RECOGNIZE.
struct pattern_node {
  enum class kind_type : std::uint8_t {
    variable,
    sequence,    // A B
    alternation, // A | B
    permutation, // PERMUTE(A, B)
    exclusion,   // {- A -}: one child
    start,       // ^
    end,         // $
    empty,       // ()
  };

  kind_type kind = kind_type::empty;
  identifier variable; // of `variable`
  std::vector<pattern_node> children;
  std::optional<pattern_quantifier> quantifier;
  text_position where;
};

/// `x AS name` in MEASURES, `name AS x` in DEFINE.
struct named_expression {
  identifier name;
  expression_ptr value;
};

struct match_table {
  enum class rows_type : std::uint8_t {
    one_row, // the default
    all_rows,
    all_rows_show_empty,
    all_rows_omit_empty,
    all_rows_with_unmatched,
  };
  enum class skip_type : std::uint8_t {
    past_last_row, // the default
    to_next_row,
    to_first, // of `skip_variable`
    to_last,  // of `skip_variable`
  };

  struct subset_type {
    identifier name;
    std::vector<identifier> variables;
  };

  table_ptr input;
  std::vector<expression_ptr> partition_by;
  std::vector<order_item> order_by;
  std::vector<named_expression> measures;
  std::optional<rows_type> rows_per_match;
  std::optional<skip_type> skip;
  std::optional<identifier> skip_variable;
  pattern_node pattern;
  expression_ptr within; // an interval; null: none
  std::vector<subset_type> subsets;
  std::vector<named_expression> define;
};

struct table_reference {
  std::variant<named_table, derived_table, table_function, unnest_table,
               join_table, match_table>
      node;
  std::optional<identifier> alias;
  std::vector<identifier> columns; // of the alias; may be empty
  text_position where;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

} // namespace herald::sql
