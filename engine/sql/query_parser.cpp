#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

query_ptr make_query(text_position where) {
  auto result = std::make_unique<query>();
  result->where = where;
  return result;
}

std::optional<identifier> accept_item_alias(cursor& in) {
  if (in.accept("AS") || in.at_name())
    return in.read_name("a column name");
  return std::nullopt;
}

select_item read_select_item(cursor& in) {
  select_item result;
  result.value = accept_star(in);
  if (result.value)
    return result;
  result.value = read_expression(in);
  result.alias = accept_item_alias(in);
  return result;
}

grouping_element read_grouping_element(cursor& in);

/// Reads `(element, …)` of ROLLUP, CUBE and GROUPING SETS.
void read_grouping_sets(cursor& in, grouping_element& into) {
  in.expect("(");
  do {
    into.sets.push_back(read_grouping_element(in));
  } while (in.accept(","));
  in.expect(")");
}

grouping_element read_grouping_element(cursor& in) {
  using kind = grouping_element::kind_type;
  nesting_level level(in);
  grouping_element result;
  auto start = in.here();
  if (in.accept("ROLLUP")) {
    result.kind = kind::rollup;
    read_grouping_sets(in, result);
  } else if (in.accept("CUBE")) {
    result.kind = kind::cube;
    read_grouping_sets(in, result);
  } else if (in.accept("GROUPING", "SETS")) {
    result.kind = kind::grouping_sets;
    read_grouping_sets(in, result);
  } else if (in.accept("(", ")")) {
    result.kind = kind::set;
  } else {
    auto value = read_expression(in);
    auto* list = std::get_if<operation>(&value->node);
    if (list && list->op == operator_kind::row) {
      result.kind = kind::set;
      result.values = std::move(list->args);
    } else {
      result.values.push_back(std::move(value));
    }
  }
  result.where = in.since(start);
  return result;
}

void read_group_by(cursor& in, select_block& into) {
  if (!in.accept("GROUP"))
    return;
  in.expect("BY");
  into.group_by_distinct = in.accept("DISTINCT");
  if (!into.group_by_distinct)
    in.accept("ALL");
  do {
    into.group_by.push_back(read_grouping_element(in));
  } while (in.accept(","));
}

void read_windows(cursor& in, select_block& into) {
  if (!in.accept("WINDOW"))
    return;
  do {
    named_window window;
    window.name = in.read_name("a window");
    in.expect("AS");
    window.window = read_window_in_brackets(in);
    into.windows.push_back(std::move(window));
  } while (in.accept(","));
}

select_block read_select(cursor& in) {
  select_block result;
  in.expect("SELECT");
  result.hints = read_hints(in);
  result.distinct = in.accept("DISTINCT");
  if (!result.distinct)
    in.accept("ALL");
  do {
    result.items.push_back(read_select_item(in));
  } while (in.accept(","));
  if (in.accept("FROM"))
    result.from = read_tables(in);
  if (in.accept("WHERE"))
    result.where = read_expression(in);
  read_group_by(in, result);
  if (in.accept("HAVING"))
    result.having = read_expression(in);
  read_windows(in, result);
  if (in.accept("QUALIFY"))
    result.qualify = read_expression(in);
  return result;
}

values_block read_values(cursor& in) {
  values_block result;
  in.expect("VALUES");
  do {
    values_block::row_type row;
    auto start = in.here();
    auto value = read_expression(in);
    auto* list = std::get_if<operation>(&value->node);
    if (list && list->op == operator_kind::row)
      row.values = std::move(list->args);
    else
      row.values.push_back(std::move(value));
    row.where = in.since(start);
    result.rows.push_back(std::move(row));
  } while (in.accept(","));
  return result;
}

/// Reads a query without set operations, or one in brackets.
query_ptr read_simple_query(cursor& in) {
  nesting_level level(in);
  auto start = in.here();
  if (in.accept("(")) {
    auto result = read_query(in);
    in.expect(")");
    return result;
  }
  auto result = make_query(start);
  if (in.at("SELECT")) {
    result->body = read_select(in);
  } else if (in.at("VALUES")) {
    result->body = read_values(in);
  } else if (in.accept("TABLE")) {
    result->body = table_block{in.read_qualified_name("a table")};
  } else {
    in.fail_expected("a query");
  }
  result->where = in.since(start);
  return result;
}

/// Reads the set operations behind `left`; INTERSECT binds tighter.
query_ptr read_set_operations(cursor& in, text_position start, query_ptr left,
                              bool only_intersect) {
  set_operation* chain = nullptr; // of `left`, if it was made here
  for (;;) {
    auto op = set_operator::intersect;
    if (in.at("UNION"))
      op = set_operator::union_;
    else if (in.at_any("EXCEPT", "MINUS"))
      op = set_operator::except;
    else if (!in.at("INTERSECT"))
      return left;
    if (only_intersect && op != set_operator::intersect)
      return left;
    in.skip();
    auto all = in.accept("ALL");
    if (!all)
      in.accept("DISTINCT");
    auto right_start = in.here();
    auto right = read_simple_query(in);
    if (op != set_operator::intersect)
      right = read_set_operations(in, right_start, std::move(right), true);
    if (!chain || chain->op != op || chain->all != all) {
      auto outer = make_query(start);
      auto& body = outer->body.emplace<set_operation>();
      body.op = op;
      body.all = all;
      body.inputs.push_back(std::move(left));
      chain = &body;
      left = std::move(outer);
      in.grow();
    }
    chain->inputs.push_back(std::move(right));
    left->where = in.since(start);
  }
}

std::vector<common_table> read_with(cursor& in) {
  std::vector<common_table> result;
  if (!in.accept("WITH"))
    return result;
  if (in.at("RECURSIVE"))
    in.fail(in.here(), "WITH RECURSIVE is not supported");
  do {
    common_table table;
    table.name = in.read_name("a name");
    if (in.at("("))
      table.columns = in.read_names_in_brackets("a column name");
    in.expect("AS");
    table.query = read_query_in_brackets(in);
    result.push_back(std::move(table));
  } while (in.accept(","));
  return result;
}

/// Reads LIMIT, OFFSET and FETCH, each at most once.
void read_limits(cursor& in, query& into) {
  for (;;) {
    if (!into.limit && in.accept("LIMIT")) {
      if (!in.accept("ALL"))
        into.limit = read_expression(in, binding::sum);
    } else if (!into.offset && in.accept("OFFSET")) {
      into.offset = read_expression(in, binding::sum);
      if (!in.accept("ROWS"))
        in.accept("ROW");
    } else if (!into.limit && in.accept("FETCH")) {
      if (!in.accept("FIRST"))
        in.expect("NEXT");
      auto is_one = in.at_any("ROW", "ROWS");
      into.limit
          = is_one ? make_expression(
                in.here(), literal{literal_kind::integer, "1", {}, false})
                   : read_expression(in, binding::sum);
      if (!in.accept("ROWS"))
        in.expect("ROW");
      in.expect("ONLY");
    } else {
      return;
    }
  }
}

/// Reads the clauses behind `left` and puts all around it.
query_ptr finish_query(cursor& in, text_position start,
                       std::vector<common_table> with, query_ptr left) {
  auto has_clauses = !left->with.empty() || !left->order_by.empty()
                     || left->limit || left->offset;
  auto gets_clauses
      = !with.empty() || in.at_any("ORDER", "LIMIT", "OFFSET", "FETCH");
  if (has_clauses && gets_clauses) {
    auto outer = make_query(start);
    auto& body = outer->body.emplace<set_operation>();
    body.inputs.push_back(std::move(left));
    left = std::move(outer);
    in.grow();
  }
  if (!gets_clauses)
    return left;
  left->with = std::move(with);
  if (in.accept("ORDER")) {
    in.expect("BY");
    left->order_by = read_order_items(in);
  }
  read_limits(in, *left);
  left->where = in.since(start);
  return left;
}

void read_hint_argument(cursor& in, hint& into) {
  auto start = in.here();
  auto next = in.peek();
  std::string text;
  if (in.at_string()) {
    text = in.read_string("text");
  } else if (next.kind == token_kind::integer) {
    text = next.text;
    in.skip();
  } else {
    text = to_text(in.read_qualified_name("an option"));
  }
  if (!in.accept("=")) {
    into.arguments.push_back({std::move(text), in.since(start)});
    return;
  }
  auto value_start = in.here();
  auto value = in.read_string("a value between single quotes");
  into.options.push_back({std::move(text), std::move(value), in.since(start),
                          in.since(value_start)});
}

} // namespace

bool at_query(cursor& in) {
  return in.at_any("SELECT", "WITH", "VALUES")
         || (in.at("TABLE") && in.peek(1).is_name());
}

bool at_query_continuation(cursor& in) {
  return in.at_any("UNION", "INTERSECT", "EXCEPT", "MINUS")
         || in.at_any("ORDER", "LIMIT", "OFFSET", "FETCH");
}

query_ptr read_query(cursor& in) {
  nesting_level level(in);
  auto start = in.here();
  auto with = read_with(in);
  auto body_start = in.here();
  auto left = read_set_operations(in, body_start, read_simple_query(in), false);
  return finish_query(in, start, std::move(with), std::move(left));
}

query_ptr continue_query(cursor& in, text_position start, query_ptr first) {
  nesting_level level(in);
  auto left = read_set_operations(in, start, std::move(first), false);
  return finish_query(in, start, {}, std::move(left));
}

std::vector<hint> read_hints(cursor& in) {
  std::vector<hint> result;
  while (in.accept("/*+")) {
    while (!in.at("*/") && !in.at_end()) {
      hint next;
      next.name = in.read_name("a hint");
      if (in.accept("(")) {
        do {
          read_hint_argument(in, next);
        } while (in.accept(","));
        in.expect(")");
      }
      result.push_back(std::move(next));
      in.accept(",");
    }
    in.expect("*/");
  }
  return result;
}

} // namespace herald::sql
