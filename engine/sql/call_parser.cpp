#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

expression_ptr read_unit_argument(cursor& in) {
  auto start = in.here();
  auto word = std::string(to_text(read_time_unit(in)));
  return make_expression(in.since(start), keyword_argument{std::move(word)});
}

/// Reads `PARTITION BY (a, b)`: behind BY one expression or a list in
/// brackets.
template <class Item, class ReadItem>
std::vector<Item> read_one_or_list(cursor& in, ReadItem read_item) {
  std::vector<Item> result;
  auto has_brackets = in.accept("(");
  do {
    result.push_back(read_item(in));
  } while (has_brackets && in.accept(","));
  if (has_brackets)
    in.expect(")");
  return result;
}

order_item read_order_item(cursor& in) {
  order_item result;
  result.value = read_expression(in);
  if (in.accept("DESC"))
    result.descending = true;
  else
    in.accept("ASC");
  if (in.accept("NULLS")) {
    result.nulls_first = in.accept("FIRST");
    if (!*result.nulls_first)
      in.expect("LAST");
  }
  return result;
}

/// Reads TABLE t or TABLE (query), with PARTITION BY and ORDER BY.
expression_ptr read_table_argument(cursor& in) {
  auto start = in.here();
  in.expect("TABLE");
  table_argument result;
  if (in.at("("))
    result.query = read_query_in_brackets(in);
  else
    result.table = in.read_qualified_name("a table");
  auto read_item = [](cursor& from) { return read_expression(from); };
  if (in.accept("PARTITION", "BY"))
    result.partition_by = read_one_or_list<expression_ptr>(in, read_item);
  if (in.accept("ORDER", "BY"))
    result.order_by = read_one_or_list<order_item>(in, read_order_item);
  return make_expression(in.since(start), std::move(result));
}

expression_ptr read_argument(cursor& in) {
  nesting_level level(in);
  auto start = in.here();
  if (in.at("TABLE"))
    return read_table_argument(in);
  if (in.accept("DEFAULT"))
    return make_expression(in.since(start), keyword_argument{"DEFAULT"});
  if (in.at_name() && in.peek(1).what == term("=>")) {
    auto name = in.read_name("a name");
    in.skip();
    auto value = read_argument(in);
    return make_expression(in.since(start),
                           named_argument{std::move(name), std::move(value)});
  }
  return read_expression(in);
}

void read_nulls(cursor& in, call& into) {
  if (in.accept("IGNORE", "NULLS"))
    into.nulls = null_treatment::ignore;
  else if (in.accept("RESPECT", "NULLS"))
    into.nulls = null_treatment::respect;
}

/// Reads the arguments of a function without a syntax of its own.
void read_plain_arguments(cursor& in, call& into) {
  if (in.at(")"))
    return;
  if (in.accept("DISTINCT"))
    into.distinct = true;
  else
    in.accept("ALL");
  if (auto star = accept_star(in)) {
    into.args.push_back(std::move(star));
    return;
  }
  do {
    into.args.push_back(read_argument(in));
  } while (in.accept(","));
  read_nulls(in, into);
  if (in.accept("ORDER", "BY"))
    into.order_by = read_order_items(in);
  read_nulls(in, into);
}

/// Reads TRIM's arguments; those with FROM come as word, characters, text.
void read_trim(cursor& in, call& into) {
  auto start = in.here();
  std::string word = "BOTH";
  auto has_word = in.at_any("BOTH", "LEADING", "TRAILING");
  if (has_word) {
    word = in.peek().what.text();
    in.skip();
  }
  auto flag = make_expression(in.since(start), keyword_argument{word});
  if (has_word && in.at("FROM")) {
    into.args.push_back(std::move(flag));
    into.args.push_back(make_expression(
        in.since(start), literal{literal_kind::string, " ", {}, false}));
  } else {
    auto first = read_expression(in);
    if (!has_word && !in.at("FROM")) {
      into.args.push_back(std::move(first));
      return;
    }
    into.args.push_back(std::move(flag));
    into.args.push_back(std::move(first));
  }
  in.expect("FROM");
  into.args.push_back(read_expression(in));
}

/// Reads `x FROM a FOR b` or `x, a, b`.
void read_substring(cursor& in, call& into) {
  into.args.push_back(read_expression(in));
  auto has_words = in.accept("FROM");
  if (!has_words)
    in.expect(",");
  into.args.push_back(read_expression(in));
  if (has_words ? in.accept("FOR") : in.accept(","))
    into.args.push_back(read_expression(in));
}

void read_overlay(cursor& in, call& into) {
  into.args.push_back(read_expression(in));
  in.expect("PLACING");
  into.args.push_back(read_expression(in));
  in.expect("FROM");
  into.args.push_back(read_expression(in));
  if (in.accept("FOR"))
    into.args.push_back(read_expression(in));
}

void read_position(cursor& in, call& into) {
  into.args.push_back(read_expression(in, binding::sum));
  in.expect("IN");
  into.args.push_back(read_expression(in));
  if (in.accept("FROM"))
    into.args.push_back(read_expression(in));
}

bool is_json_function(term what) {
  return what.kind() == word_class::callable
         && what.text().starts_with("JSON_");
}

void read_arguments(cursor& in, term what, call& into) {
  if (is_json_function(what)) {
    read_json_arguments(in, what, into);
  } else if (what == term("EXTRACT")) {
    into.args.push_back(read_unit_argument(in));
    in.expect("FROM");
    into.args.push_back(read_expression(in));
  } else if (what == term("FLOOR") || what == term("CEIL")
             || what == term("CEILING")) {
    into.args.push_back(read_expression(in));
    if (in.accept("TO"))
      into.args.push_back(read_unit_argument(in));
  } else if (what == term("TIMESTAMPADD") || what == term("TIMESTAMPDIFF")) {
    into.args.push_back(read_unit_argument(in));
    in.expect(",");
    into.args.push_back(read_expression(in));
    in.expect(",");
    into.args.push_back(read_expression(in));
  } else if (what == term("TRIM")) {
    read_trim(in, into);
  } else if (what == term("SUBSTRING")) {
    read_substring(in, into);
  } else if (what == term("OVERLAY")) {
    read_overlay(in, into);
  } else if (what == term("POSITION")) {
    read_position(in, into);
  } else {
    read_plain_arguments(in, into);
  }
}

/// Reads what may follow the brackets of an aggregate.
void read_suffixes(cursor& in, call& into) {
  if (into.nulls == null_treatment::none)
    read_nulls(in, into);
  if (in.accept("WITHIN", "GROUP")) {
    in.expect("(", "ORDER", "BY");
    into.within_group = read_order_items(in);
    in.expect(")");
  }
  if (in.accept("FILTER")) {
    in.expect("(", "WHERE");
    into.filter = read_expression(in);
    in.expect(")");
  }
  if (into.nulls == null_treatment::none)
    read_nulls(in, into);
  if (in.accept("OVER"))
    into.over = std::make_unique<window_specification>(read_window(in));
}

frame_bound read_bound(cursor& in) {
  using kind = frame_bound::kind_type;
  frame_bound result;
  if (in.accept("CURRENT", "ROW"))
    return result;
  if (in.accept("UNBOUNDED")) {
    auto precedes = in.accept("PRECEDING");
    if (!precedes)
      in.expect("FOLLOWING");
    result.kind
        = precedes ? kind::unbounded_preceding : kind::unbounded_following;
    return result;
  }
  result.value = read_expression(in, binding::sum);
  auto precedes = in.accept("PRECEDING");
  if (!precedes)
    in.expect("FOLLOWING");
  result.kind = precedes ? kind::preceding : kind::following;
  return result;
}

} // namespace

expression_ptr accept_star(cursor& in) {
  auto start = in.here();
  std::size_t parts = 0;
  while (in.peek(2 * parts).is_name()
         && in.peek(2 * parts + 1).what == term("."))
    ++parts;
  if (in.peek(2 * parts).what != term("*"))
    return nullptr;
  star result;
  for (; parts > 0; --parts) {
    result.qualifier.push_back(in.read_name("a table"));
    in.expect(".");
  }
  in.expect("*");
  return make_expression(in.since(start), std::move(result));
}

expression_ptr read_call(cursor& in, text_position start,
                         qualified_name function, term what) {
  in.expect("(");
  if (what == term("DESCRIPTOR")) {
    descriptor result;
    do {
      result.columns.push_back(in.read_name("a column"));
    } while (in.accept(","));
    in.expect(")");
    return make_expression(in.since(start), std::move(result));
  }
  call result;
  result.function = std::move(function);
  read_arguments(in, what, result);
  in.expect(")");
  read_suffixes(in, result);
  return make_expression(in.since(start), std::move(result));
}

window_specification read_window(cursor& in) {
  if (in.at("("))
    return read_window_in_brackets(in);
  window_specification result;
  result.base = in.read_name("a window");
  result.where = result.base->where;
  result.is_reference = true;
  return result;
}

window_specification read_window_in_brackets(cursor& in) {
  window_specification result;
  auto start = in.here();
  in.expect("(");
  if (in.at_name())
    result.base = in.read_name("a window");
  if (in.accept("PARTITION", "BY"))
    result.partition_by = read_expressions(in);
  if (in.accept("ORDER", "BY"))
    result.order_by = read_order_items(in);
  if (in.at_any("ROWS", "RANGE")) {
    result.frame.emplace();
    result.frame->rows = in.at("ROWS");
    in.skip();
    result.frame->between = in.accept("BETWEEN");
    result.frame->start = read_bound(in);
    if (result.frame->between) {
      in.expect("AND");
      result.frame->end = read_bound(in);
    }
  }
  in.expect(")");
  result.where = in.since(start);
  return result;
}

std::vector<order_item> read_order_items(cursor& in) {
  std::vector<order_item> result;
  do {
    result.push_back(read_order_item(in));
  } while (in.accept(","));
  return result;
}

} // namespace herald::sql
