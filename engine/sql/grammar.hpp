#pragma once

#include "engine/sql/ast_statement.hpp"
#include "engine/sql/cursor.hpp"

// The functions of the grammar: each reads its construct from a cursor and
// returns its AST. They recurse into each other. After an error what they
// return is complete but means nothing; the caller of the outermost one looks
// at the cursor's status. Internal to engine/sql.

namespace herald::sql {

// type_parser.cpp

/// Reads a type. With `may_say_null` a NOT NULL or NULL behind it belongs to
/// the type; CAST has no place for one.
type_name read_type(cursor& in, bool may_say_null);

/// Returns the unit that YEAR, DAYS, SQL_TSI_HOUR, … stand for.
std::optional<time_unit> find_unit(term word);

/// Reads YEAR, DAYS, SQL_TSI_HOUR, …
time_unit read_time_unit(cursor& in);

/// Reads DAY(3) TO SECOND(3).
interval_qualifier read_interval_qualifier(cursor& in);

// operator_parser.cpp

/// How tightly operators bind; the order is Calcite's.
enum class binding : std::uint8_t {
  disjunction,
  conjunction,
  negation,
  is,
  comparison,
  range, // BETWEEN, IN, LIKE, SIMILAR TO
  sum,
  product,
  sign,
};

constexpr binding tighter_than(binding x) {
  return static_cast<binding>(static_cast<std::uint8_t>(x) + 1);
}

/// Reads an expression whose outermost operators bind at least as tightly.
expression_ptr read_expression(cursor& in,
                               binding loosest = binding::disjunction);

/// Reads `a, b, c`.
std::vector<expression_ptr> read_expressions(cursor& in);

// primary_parser.cpp

/// Reads an expression without operators, with subscripts and fields.
expression_ptr read_primary(cursor& in);

/// Returns what stands in for an expression after an error.
expression_ptr no_expression(cursor& in);

/// Reads `(query)`.
query_ptr read_query_in_brackets(cursor& in);

// call_parser.cpp

/// Reads a call from its `(` on. `what` is the name as a word of the grammar,
/// which decides on its syntax.
expression_ptr read_call(cursor& in, text_position start,
                         qualified_name function, term what);

/// Reads `*` or `t.*` if one is at hand, else nothing.
expression_ptr accept_star(cursor& in);

/// Reads `OVER w` or `OVER (…)` behind OVER.
window_specification read_window(cursor& in);

/// Reads `(w PARTITION BY … ORDER BY … ROWS …)`.
window_specification read_window_in_brackets(cursor& in);

// json_parser.cpp

/// Reads the arguments and clauses of a JSON function, from behind `(` to
/// before `)`.
void read_json_arguments(cursor& in, term function, call& into);

// query_parser.cpp

/// True if a query is at hand that is not in brackets.
bool at_query(cursor& in);

/// Reads a query with WITH, set operations, ORDER BY and LIMIT.
query_ptr read_query(cursor& in);

/// True behind a query in brackets that is but the start of a query.
bool at_query_continuation(cursor& in);

/// Reads on behind a query in brackets that started at `start`.
query_ptr continue_query(cursor& in, text_position start, query_ptr first);

/// Reads what stands behind ORDER BY.
std::vector<order_item> read_order_items(cursor& in);

/// Reads `/*+ … */` blocks, if there are any.
std::vector<hint> read_hints(cursor& in);

// table_parser.cpp

/// Reads what stands behind FROM.
table_ptr read_tables(cursor& in);

/// Reads `AS name (a, b)` if it is there.
void read_alias(cursor& in, table_reference& into);

// match_parser.cpp

/// Reads MATCH_RECOGNIZE (…), which is at hand, over `input`.
table_ptr read_match(cursor& in, text_position start, table_ptr input);

// statement_parser.cpp

/// Reads a statement up to its `;` or the end.
statement read_statement(cursor& in);

/// Reads `INSERT …`.
insert_statement read_insert(cursor& in);

/// Reads `('a' = 'b', …)`.
std::vector<table_option> read_options(cursor& in);

// create_parser.cpp

/// Reads a statement from its CREATE on.
void read_create(cursor& in, statement& into);

/// Reads TABLE … AS query from behind REPLACE on.
void read_replace(cursor& in, statement& into);

/// Reads ALTER FUNCTION from behind ALTER on.
create_function read_alter_function(cursor& in);

/// Reads the columns, keys and watermarks of a table: one element.
void read_schema_element(cursor& in, table_schema& into);

/// Reads `COMMENT 'text'` if it is there.
std::optional<std::string> accept_comment(cursor& in);

// alter_parser.cpp

/// Reads a statement from its ALTER on.
void read_alter(cursor& in, statement& into);

/// Reads a statement from its DROP on.
void read_drop(cursor& in, statement& into);

} // namespace herald::sql
