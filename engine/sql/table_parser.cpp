#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

template <class Node>
table_ptr make_table(cursor& in, text_position start, Node node) {
  auto result = std::make_unique<table_reference>();
  result->node = std::move(node);
  result->where = in.since(start);
  return result;
}

/// Reads `(query)`, `(table)` or `(a JOIN b …)`.
table_ptr read_table_in_brackets(cursor& in, bool lateral) {
  auto start = in.here();
  in.expect("(");
  if (at_query(in)) {
    auto query = read_query(in);
    in.expect(")");
    return make_table(in, start, derived_table{std::move(query), lateral});
  }
  auto inner = read_tables(in);
  auto* derived = std::get_if<derived_table>(&inner->node);
  if (derived && !inner->alias && at_query_continuation(in)) {
    auto query = continue_query(in, inner->where, std::move(derived->query));
    in.expect(")");
    return make_table(in, start, derived_table{std::move(query), lateral});
  }
  in.expect(")");
  if (lateral && !derived)
    in.fail(in.since(start), "LATERAL needs a query or a table function");
  if (derived)
    derived->lateral = lateral;
  return inner;
}

/// Reads `f(…)`, which must be a call.
table_ptr read_function(cursor& in, text_position start, bool lateral) {
  auto where = in.here();
  auto function = read_expression(in);
  if (!function->as<call>())
    in.fail(in.since(where), "expected a table function",
            "such as TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)");
  return make_table(in, start, table_function{std::move(function), lateral});
}

/// Reads TABLE(f(…)), TABLE(t) or TABLE t, from TABLE on.
table_ptr read_explicit_table(cursor& in, text_position start, bool lateral) {
  in.expect("TABLE");
  if (in.at("(") && !(in.peek(1).is_name() && in.peek(2).what == term(")"))) {
    in.skip();
    auto result = read_function(in, start, lateral);
    in.expect(")");
    result->where = in.since(start);
    return result;
  }
  auto has_brackets = in.accept("(");
  auto query = std::make_unique<sql::query>();
  auto name_start = in.here();
  query->body = table_block{in.read_qualified_name("a table")};
  query->where = in.since(name_start);
  if (has_brackets)
    in.expect(")");
  return make_table(in, start, derived_table{std::move(query), lateral});
}

table_ptr read_unnest(cursor& in, text_position start, bool lateral) {
  in.expect("UNNEST", "(");
  unnest_table result;
  result.lateral = lateral;
  result.arrays = read_expressions(in);
  in.expect(")");
  result.with_ordinality = in.accept("WITH", "ORDINALITY");
  return make_table(in, start, std::move(result));
}

table_ptr read_named_table(cursor& in, text_position start) {
  named_table result;
  std::size_t dots = 0;
  while (in.peek(2 * dots + 1).what == term("."))
    ++dots;
  if (in.peek(2 * dots + 1).what == term("("))
    return read_function(in, start, false);
  result.name = in.read_qualified_name("a table");
  result.hints = read_hints(in);
  if (in.accept("FOR")) {
    in.expect("SYSTEM_TIME", "AS", "OF");
    result.as_of = read_expression(in);
  }
  return make_table(in, start, std::move(result));
}

table_ptr read_table(cursor& in) {
  nesting_level level(in);
  auto start = in.here();
  auto lateral = in.accept("LATERAL");
  table_ptr result;
  if (in.at("("))
    result = read_table_in_brackets(in, lateral);
  else if (in.at("TABLE"))
    result = read_explicit_table(in, start, lateral);
  else if (in.at("UNNEST"))
    result = read_unnest(in, start, lateral);
  else if (lateral)
    result = read_function(in, start, true);
  else
    result = read_named_table(in, start);
  if (result->as<join_table>())
    return result;
  if (!result->alias)
    read_alias(in, *result);
  if (in.at("MATCH_RECOGNIZE")) {
    result->where = in.since(start);
    result = read_match(in, start, std::move(result));
    read_alias(in, *result);
  }
  result->where = in.since(start);
  return result;
}

/// Reads the words of a join up to JOIN; false if there is none.
bool accept_join(cursor& in, join_table& into) {
  into.natural = in.accept("NATURAL");
  if (in.accept("CROSS", "JOIN")) {
    into.kind = join_kind::cross;
    return true;
  }
  if (in.accept("JOIN") || in.accept("INNER", "JOIN"))
    return true;
  auto is_outer = in.at_any("LEFT", "RIGHT", "FULL");
  if (is_outer) {
    into.kind = in.at("LEFT")    ? join_kind::left
                : in.at("RIGHT") ? join_kind::right
                                 : join_kind::full;
    in.skip();
    in.accept("OUTER");
  }
  if (is_outer || into.natural)
    in.expect("JOIN");
  return is_outer || into.natural;
}

/// True for a table that may be joined without a condition: it depends on the
/// left side by itself.
bool is_lateral(const table_reference& table) {
  if (const auto* query = table.as<derived_table>())
    return query->lateral;
  if (const auto* function = table.as<table_function>())
    return function->lateral;
  return table.as<unnest_table>() != nullptr;
}

void read_join_condition(cursor& in, join_table& into) {
  if (into.kind == join_kind::cross || into.natural)
    return;
  if (in.accept("ON"))
    into.on = read_expression(in);
  else if (in.accept("USING"))
    into.using_columns = in.read_names_in_brackets("a column");
  else if (!is_lateral(*into.right))
    in.fail_expected("ON and a condition of the join");
}

/// Reads tables with JOIN between them.
table_ptr read_joins(cursor& in) {
  auto start = in.here();
  auto left = read_table(in);
  for (;;) {
    join_table join;
    if (!accept_join(in, join))
      return left;
    join.left = std::move(left);
    join.right = read_table(in);
    read_join_condition(in, join);
    left = make_table(in, start, std::move(join));
    in.grow();
  }
}

} // namespace

table_ptr read_tables(cursor& in) {
  nesting_level level(in);
  auto start = in.here();
  auto left = read_joins(in);
  while (in.accept(",")) {
    join_table join;
    join.kind = join_kind::cross;
    join.comma = true;
    join.left = std::move(left);
    join.right = read_joins(in);
    left = make_table(in, start, std::move(join));
    in.grow();
  }
  return left;
}

void read_alias(cursor& in, table_reference& into) {
  if (!in.accept("AS") && !in.at_name())
    return;
  into.alias = in.read_name("an alias");
  if (in.at("("))
    into.columns = in.read_names_in_brackets("a column name");
}

} // namespace herald::sql
