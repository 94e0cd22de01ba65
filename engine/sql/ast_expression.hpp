#pragma once

#include "engine/sql/ast_type.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Expressions of the AST: a position and a variant of few node types, to be
// taken apart with std::visit. No pointer is null unless its comment says so.
// Trees are at most `max_nesting` high, so functions over them may recurse.
// Long chains of one operator are one node with many arguments. Include
// ast_table.hpp where nodes are made or destroyed.

namespace herald::sql {

struct expression;
struct query;
struct window_specification;
struct json_clauses;
using expression_ptr = std::unique_ptr<expression>;
using query_ptr = std::unique_ptr<query>;

enum class literal_kind : std::uint8_t {
  null,
  boolean,     // text: TRUE, FALSE or UNKNOWN
  integer,     // text: digits, any number of them, no sign
  decimal,     // text: digits with a point
  approximate, // text: 1.5E3
  string,      // text: the characters, escapes resolved, UTF-8
  binary,      // text: an even number of lower-case hex digits
  date,        // text: between the quotes, unchecked, as are:
  time,
  timestamp,
  timestamp_ltz,
  interval, // text: between the quotes; see `interval`
};

struct literal {
  literal_kind kind = literal_kind::null;
  std::string text;
  interval_qualifier interval; // of `interval`
  bool negative = false;       // of `interval`: INTERVAL - '1' DAY
};

/// `a.b.c`: a column, or a column and fields of it; the binder finds out.
struct column_name {
  qualified_name parts;
};

/// `*` or `t.*`, in a select list and in COUNT(*).
struct star {
  qualified_name qualifier; // may be empty
};

/// `f(x).y`, `(a).b`, `x[1].y`: a field of a row that is not a plain name.
struct field_access {
  expression_ptr row;
  identifier field;
};

/// Operators. The comment gives the arguments; n-ary ones fold from the left:
/// `subtract` of a, b, c is (a - b) - c.
enum class operator_kind : std::uint8_t {
  logical_or,  // 2 or more
  logical_and, // 2 or more
  logical_not, // 1
  equal,       // 2, as are the next five; see `quantifier`
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  add, // 2 or more, as are the next five
  subtract,
  multiply,
  divide,
  modulo,
  concatenate,
  plus,    // 1
  minus,   // 1
  is_null, // 1, as are the next three; see `negated`
  is_true,
  is_false,
  is_unknown,
  is_distinct_from, // 2
  is_json,          // 1; IS JSON [VALUE]
  is_json_object,   // 1
  is_json_array,    // 1
  is_json_scalar,   // 1
  between,          // x, low, high
  between_symmetric,
  in,         // x and the values, or x and one `subquery`
  like,       // text, pattern [, escape]
  similar_to, // text, pattern [, escape]
  exists,     // one `subquery`
  overlaps,   // 2 rows or periods, as are the next six
  contains,
  equals,
  precedes,
  succeeds,
  immediately_precedes,
  immediately_succeeds,
  subscript,       // array or map, index or key
  row,             // ROW(a, b) or (a, b): 1 or more
  array,           // ARRAY[…]: 0 or more
  map,             // MAP[…]: key, value, key, value, …
  multiset,        // MULTISET[…]
  array_query,     // ARRAY(SELECT …): one `subquery`
  map_query,       // MAP(SELECT …): one `subquery`
  multiset_query,  // MULTISET(SELECT …): one `subquery`
  interval,        // INTERVAL x DAY: x and a `keyword`
  match_final,     // FINAL f(x) in MATCH_RECOGNIZE: 1
  match_running,   // RUNNING f(x): 1
  time_difference, // (a - b) DAY: a, b and a `keyword`
};

/// Returns the operator as SQL spells it: "+", "IS NULL", "BETWEEN", …
std::string_view to_text(operator_kind op);

enum class comparison_quantifier : std::uint8_t { none, any, all };

/// An operator with its arguments. `negated` stands for a NOT inside (IS NOT
/// NULL, NOT BETWEEN, NOT IN, NOT LIKE); the result is NOT of the positive
/// form in all cases.
struct operation {
  operator_kind op = operator_kind::logical_not;
  bool negated = false;
  comparison_quantifier quantifier = comparison_quantifier::none;
  std::vector<expression_ptr> args;
};

/// `CASE operand WHEN … THEN …`. In the simple form a branch may list several
/// values; in the searched form it has one condition.
struct case_expression {
  struct branch {
    std::vector<expression_ptr> when; // 1 or more
    expression_ptr then;
  };

  expression_ptr operand; // null: the searched form
  std::vector<branch> branches;
  expression_ptr otherwise; // null: no ELSE
};

/// CAST(value AS type), TRY_CAST(value AS type).
struct cast {
  expression_ptr value;
  type_name type;
  bool is_try = false;
};

/// A query in brackets where a value, or the right side of IN, EXISTS, ANY or
/// ALL, is expected.
struct subquery {
  query_ptr query;
};

/// A keyword as an argument: the unit of EXTRACT, DEFAULT, LEADING, …
struct keyword_argument {
  std::string word; // in capitals
};

/// `name => value`.
struct named_argument {
  identifier name;
  expression_ptr value;
};

/// `DESCRIPTOR(a, b)`: 1 or more columns.
struct descriptor {
  std::vector<identifier> columns;
};

/// `x DESC NULLS LAST`.
struct order_item {
  expression_ptr value;
  bool descending = false;
  std::optional<bool> nulls_first; // empty: not said
};

/// `TABLE t` or a query as an argument of a table function, with the
/// partitioning of a table function that wants one.
struct table_argument {
  qualified_name table; // empty: `query` is set
  query_ptr query;      // null: `table` is set
  std::vector<expression_ptr> partition_by;
  std::vector<order_item> order_by;
};

enum class null_treatment : std::uint8_t { none, ignore, respect };

/// A call of a function or aggregate. Functions with a syntax of their own
/// come with their arguments in this order:
/// EXTRACT(unit, x); FLOOR, CEIL(x [, unit]); TIMESTAMPADD, TIMESTAMPDIFF
/// (unit, a, b); POSITION(part, text [, start]); SUBSTRING(text, start
/// [, length]); OVERLAY(text, new, start [, length]); TRIM(text) or
/// TRIM(BOTH|LEADING|TRAILING, characters, text); JSON_OBJECT(key, value, …);
/// JSON_OBJECTAGG(key, value). Units and words are `keyword_argument`.
struct call {
  qualified_name function; // as written; functions ignore case
  std::vector<expression_ptr> args;
  bool niladic = false; // CURRENT_DATE: no brackets
  bool distinct = false;
  null_treatment nulls = null_treatment::none;
  std::vector<order_item> order_by;           // ARRAY_AGG(x ORDER BY y)
  std::vector<order_item> within_group;       // WITHIN GROUP (ORDER BY …)
  expression_ptr filter;                      // null: none
  std::unique_ptr<window_specification> over; // null: none
  std::unique_ptr<json_clauses> json;         // null: none said

  /// Returns the parts of the name in capitals, joined with dots.
  std::string upper_name() const;

  call();
  call(call&&) noexcept;
  call& operator=(call&&) noexcept;
  ~call();
};

struct expression {
  using node_type
      = std::variant<literal, column_name, star, field_access, operation,
                     case_expression, cast, subquery, keyword_argument,
                     named_argument, descriptor, table_argument, call>;

  text_position where;
  node_type node;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }

  expression(text_position position, node_type value);
  ~expression();
};

/// Makes an expression of one node.
template <class T>
expression_ptr make_expression(text_position where, T node) {
  return std::make_unique<expression>(where, std::move(node));
}

} // namespace herald::sql
