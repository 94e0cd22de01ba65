#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

using pattern_kind = pattern_node::kind_type;

pattern_node read_pattern(cursor& in);

/// Reads `{2}`, `{2,}`, `{,3}` or `{2,3}`.
pattern_quantifier read_range(cursor& in) {
  pattern_quantifier result;
  auto start = in.here();
  in.expect("{");
  if (!in.at(","))
    result.min = in.read_number("a number of rows");
  if (!in.accept(","))
    result.max = result.min;
  else if (!in.at("}"))
    result.max = in.read_number("a number of rows");
  in.expect("}");
  if (result.max && (*result.max < result.min || *result.max == 0))
    in.fail(in.since(start), "this range of rows is empty");
  return result;
}

void read_quantifier(cursor& in, pattern_node& into) {
  pattern_quantifier result;
  if (in.accept("*"))
    result = {0, std::nullopt, false};
  else if (in.accept("+"))
    result = {1, std::nullopt, false};
  else if (in.accept("?"))
    result = {0, 1, false};
  else if (in.at("{") && in.peek(1).what != term("-"))
    result = read_range(in);
  else
    return;
  result.reluctant = in.accept("?");
  into.quantifier = result;
}

/// Reads a variable, a group, PERMUTE(…), {- … -}, ^ or $.
pattern_node read_pattern_primary(cursor& in) {
  pattern_node result;
  if (in.accept("^")) {
    result.kind = pattern_kind::start;
  } else if (in.accept("$")) {
    result.kind = pattern_kind::end;
  } else if (in.accept("(", ")")) {
    result.kind = pattern_kind::empty;
  } else if (in.accept("(")) {
    result = read_pattern(in);
    in.expect(")");
  } else if (in.accept("{", "-")) {
    result.kind = pattern_kind::exclusion;
    result.children.push_back(read_pattern(in));
    in.expect("-", "}");
  } else if (in.accept("PERMUTE")) {
    result.kind = pattern_kind::permutation;
    in.expect("(");
    do {
      result.children.push_back(read_pattern(in));
    } while (in.accept(","));
    in.expect(")");
  } else {
    result.kind = pattern_kind::variable;
    result.variable = in.read_name("a variable of the pattern");
  }
  return result;
}

pattern_node read_quantified(cursor& in) {
  auto start = in.here();
  auto result = read_pattern_primary(in);
  if (result.quantifier) { // ((A+)?): a group with a quantifier of its own
    pattern_node group;
    group.kind = pattern_kind::sequence;
    group.where = result.where;
    group.children.push_back(std::move(result));
    result = std::move(group);
    in.grow();
  }
  read_quantifier(in, result);
  if (result.kind == pattern_kind::sequence && !result.quantifier
      && result.children.size() == 1) {
    auto only = std::move(result.children[0]);
    result = std::move(only);
  }
  result.where = in.since(start);
  return result;
}

bool at_pattern(cursor& in) {
  return in.at_name() || in.at_any("(", "^", "$", "{", "PERMUTE");
}

/// Reads children until `more` says no; one alone stands for itself.
template <class ReadChild, class More>
pattern_node read_list(cursor& in, pattern_kind kind, ReadChild read_child,
                       More more) {
  auto start = in.here();
  pattern_node result;
  result.kind = kind;
  do {
    result.children.push_back(read_child(in));
  } while (more(in));
  if (result.children.size() == 1) {
    auto only = std::move(result.children[0]);
    return only;
  }
  result.where = in.since(start);
  return result;
}

pattern_node read_sequence(cursor& in) {
  return read_list(in, pattern_kind::sequence, read_quantified, at_pattern);
}

pattern_node read_pattern(cursor& in) {
  nesting_level level(in);
  return read_list(in, pattern_kind::alternation, read_sequence,
                   [](cursor& from) { return from.accept("|"); });
}

void read_rows_per_match(cursor& in, match_table& into) {
  using rows = match_table::rows_type;
  if (in.accept("ONE")) {
    in.expect("ROW", "PER", "MATCH");
    into.rows_per_match = rows::one_row;
  } else if (in.accept("ALL")) {
    in.expect("ROWS", "PER", "MATCH");
    into.rows_per_match = rows::all_rows;
    if (in.accept("SHOW", "EMPTY", "MATCHES"))
      into.rows_per_match = rows::all_rows_show_empty;
    else if (in.accept("OMIT", "EMPTY", "MATCHES"))
      into.rows_per_match = rows::all_rows_omit_empty;
    else if (in.accept("WITH", "UNMATCHED", "ROWS"))
      into.rows_per_match = rows::all_rows_with_unmatched;
  }
}

void read_skip(cursor& in, match_table& into) {
  using skip = match_table::skip_type;
  if (!in.accept("AFTER"))
    return;
  in.expect("MATCH", "SKIP");
  if (in.accept("PAST")) {
    in.expect("LAST", "ROW");
    into.skip = skip::past_last_row;
    return;
  }
  in.expect("TO");
  if (in.accept("NEXT", "ROW")) {
    into.skip = skip::to_next_row;
    return;
  }
  auto has_variable_behind = in.peek(1).is_name();
  into.skip = skip::to_last;
  if (has_variable_behind && in.accept("FIRST"))
    into.skip = skip::to_first;
  else if (has_variable_behind)
    in.accept("LAST");
  into.skip_variable = in.read_name("a variable of the pattern");
}

void read_measures(cursor& in, match_table& into) {
  if (!in.accept("MEASURES"))
    return;
  do {
    named_expression measure;
    measure.value = read_expression(in);
    in.expect("AS");
    measure.name = in.read_name("a column name");
    into.measures.push_back(std::move(measure));
  } while (in.accept(","));
}

void read_subsets(cursor& in, match_table& into) {
  if (!in.accept("SUBSET"))
    return;
  do {
    match_table::subset_type subset;
    subset.name = in.read_name("a name of the subset");
    in.expect("=");
    subset.variables = in.read_names_in_brackets("a variable of the pattern");
    into.subsets.push_back(std::move(subset));
  } while (in.accept(","));
}

void read_define(cursor& in, match_table& into) {
  in.expect("DEFINE");
  do {
    named_expression definition;
    definition.name = in.read_name("a variable of the pattern");
    in.expect("AS");
    definition.value = read_expression(in);
    into.define.push_back(std::move(definition));
  } while (in.accept(","));
}

} // namespace

table_ptr read_match(cursor& in, text_position start, table_ptr input) {
  match_table result;
  result.input = std::move(input);
  in.expect("MATCH_RECOGNIZE", "(");
  if (in.accept("PARTITION", "BY"))
    result.partition_by = read_expressions(in);
  if (in.accept("ORDER", "BY"))
    result.order_by = read_order_items(in);
  read_measures(in, result);
  read_rows_per_match(in, result);
  read_skip(in, result);
  in.expect("PATTERN", "(");
  result.pattern = read_pattern(in);
  in.expect(")");
  if (in.accept("WITHIN"))
    result.within = read_expression(in);
  read_subsets(in, result);
  read_define(in, result);
  in.expect(")");
  auto table = std::make_unique<table_reference>();
  table->node = std::move(result);
  table->where = in.since(start);
  return table;
}

} // namespace herald::sql
