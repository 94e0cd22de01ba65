#include "engine/sql/grammar.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

expression_ptr make_literal(cursor& in, text_position start, literal_kind kind,
                            std::string text) {
  return make_expression(in.since(start),
                         literal{kind, std::move(text), {}, false});
}

expression_ptr read_number_literal(cursor& in, literal_kind kind) {
  auto next = in.peek();
  in.skip();
  return make_literal(in, next.where, kind, std::string(next.text));
}

/// Reads X'01', or several of them on lines of their own.
expression_ptr read_binary_literal(cursor& in) {
  auto start = in.here();
  std::string digits;
  for (auto line = start.line - 1;
       in.peek().kind == token_kind::binary && in.here().line > line;) {
    line = in.here().line;
    auto decoded = decode_binary(in.peek());
    if (decoded.ok())
      digits += *decoded;
    else
      in.fail(decoded.status());
    in.skip();
  }
  return make_literal(in, start, literal_kind::binary, std::move(digits));
}

expression_ptr read_text_literal(cursor& in, literal_kind kind,
                                 text_position start) {
  auto text = in.read_string("text between single quotes");
  return make_literal(in, start, kind, std::move(text));
}

/// Reads DATE '…', TIME '…', TIMESTAMP '…' and its zones; null if there is
/// something else.
expression_ptr accept_time_literal(cursor& in) {
  auto start = in.here();
  auto kind = literal_kind::date;
  std::size_t words = 1;
  if (in.at("TIME"))
    kind = literal_kind::time;
  else if (in.at("TIMESTAMP_LTZ"))
    kind = literal_kind::timestamp_ltz;
  else if (in.at("TIMESTAMP"))
    kind = literal_kind::timestamp;
  else if (!in.at("DATE"))
    return nullptr;
  if (in.at("TIMESTAMP", "WITH", "LOCAL", "TIME")) {
    kind = literal_kind::timestamp_ltz;
    words = 5;
  }
  auto kind_of_text = in.peek(words).kind;
  if (kind_of_text != token_kind::string && kind_of_text != token_kind::unicode)
    return nullptr;
  in.skip(words);
  return read_text_literal(in, kind, start);
}

/// Reads the escapes of JDBC for times: {d '…'}, {t '…'}, {ts '…'}.
expression_ptr read_jdbc_escape(cursor& in) {
  const auto start = in.here();
  in.expect("{");
  const auto word = in.peek().text;
  auto kind = literal_kind::date;
  if (word == "t" || word == "T")
    kind = literal_kind::time;
  else if (word == "ts" || word == "TS")
    kind = literal_kind::timestamp;
  else if (word != "d" && word != "D")
    in.fail_expected("d, t or ts");
  in.skip();
  auto result = read_text_literal(in, kind, start);
  in.expect("}");
  return result;
}

/// Reads INTERVAL '1' DAY or INTERVAL x DAY.
expression_ptr read_interval(cursor& in) {
  auto start = in.here();
  in.expect("INTERVAL");
  literal result;
  result.kind = literal_kind::interval;
  auto has_sign = in.at_any("+", "-")
                  && (in.peek(1).kind == token_kind::string
                      || in.peek(1).kind == token_kind::unicode);
  if (has_sign) {
    result.negative = in.at("-");
    in.skip();
  }
  if (in.at_string()) {
    result.text = in.read_string("text");
    result.interval = read_interval_qualifier(in);
    return make_expression(in.since(start), std::move(result));
  }
  std::vector<expression_ptr> args;
  args.push_back(read_expression(in, binding::sign));
  auto unit = in.here();
  auto word = std::string(to_text(read_time_unit(in)));
  args.push_back(
      make_expression(in.since(unit), keyword_argument{std::move(word)}));
  return make_expression(
      in.since(start),
      operation{operator_kind::interval, false, {}, std::move(args)});
}

expression_ptr read_case(cursor& in) {
  auto start = in.here();
  in.expect("CASE");
  case_expression result;
  if (!in.at("WHEN"))
    result.operand = read_expression(in);
  do {
    in.expect("WHEN");
    case_expression::branch branch;
    branch.when.push_back(read_expression(in));
    while (result.operand && in.accept(","))
      branch.when.push_back(read_expression(in));
    in.expect("THEN");
    branch.then = read_expression(in);
    result.branches.push_back(std::move(branch));
  } while (in.at("WHEN"));
  if (in.accept("ELSE"))
    result.otherwise = read_expression(in);
  in.expect("END");
  return make_expression(in.since(start), std::move(result));
}

expression_ptr read_cast(cursor& in) {
  auto start = in.here();
  cast result;
  result.is_try = in.at("TRY_CAST");
  in.skip();
  in.expect("(");
  result.value = read_expression(in);
  in.expect("AS");
  result.type = read_type(in, false);
  in.expect(")");
  return make_expression(in.since(start), std::move(result));
}

expression_ptr make_operation(cursor& in, text_position start, operator_kind op,
                              std::vector<expression_ptr> args) {
  return make_expression(in.since(start),
                         operation{op, false, {}, std::move(args)});
}

/// Reads ARRAY[…] or ARRAY(SELECT …), from behind the word.
expression_ptr read_collection(cursor& in, text_position start,
                               operator_kind list, operator_kind query) {
  std::vector<expression_ptr> args;
  if (in.at("(")) {
    auto where = in.here();
    auto inner = read_query_in_brackets(in);
    args.push_back(
        make_expression(in.since(where), subquery{std::move(inner)}));
    return make_operation(in, start, query, std::move(args));
  }
  in.expect("[");
  if (!in.at("]"))
    args = read_expressions(in);
  in.expect("]");
  return make_operation(in, start, list, std::move(args));
}

/// Puts the unit behind `(a - b)` around the two, if there is one.
expression_ptr accept_difference_unit(cursor& in, text_position start,
                                      expression_ptr inner) {
  auto* difference = std::get_if<operation>(&inner->node);
  auto next = in.peek();
  // WEEK and QUARTER are names elsewhere, but no aliases here.
  const auto may_be_unit = !next.is_name() || next.what == term("WEEK")
                           || next.what == term("QUARTER");
  auto has_unit = difference && difference->op == operator_kind::subtract
                  && difference->args.size() == 2 && may_be_unit
                  && find_unit(next.what);
  if (!has_unit)
    return inner;
  auto args = std::move(difference->args);
  auto word = std::string(to_text(read_time_unit(in)));
  if (in.accept("TO")) // the shorter unit says enough
    word = std::string(to_text(read_time_unit(in)));
  args.push_back(
      make_expression(next.where, keyword_argument{std::move(word)}));
  return make_operation(in, start, operator_kind::time_difference,
                        std::move(args));
}

/// Reads `(a)`, `(a, b)` or `(query)`.
expression_ptr read_brackets(cursor& in) {
  auto start = in.here();
  in.expect("(");
  if (at_query(in)) {
    auto query = read_query(in);
    in.expect(")");
    return make_expression(in.since(start), subquery{std::move(query)});
  }
  auto args = read_expressions(in);
  if (args.size() == 1 && args[0]->as<subquery>()
      && at_query_continuation(in)) {
    auto where = args[0]->where;
    auto first = std::move(std::get<subquery>(args[0]->node).query);
    auto query = continue_query(in, where, std::move(first));
    in.expect(")");
    return make_expression(in.since(start), subquery{std::move(query)});
  }
  in.expect(")");
  if (args.size() == 1)
    return accept_difference_unit(in, start, std::move(args[0]));
  return make_operation(in, start, operator_kind::row, std::move(args));
}

/// Reads CURRENT_DATE, LOCALTIMESTAMP(3), …
expression_ptr read_niladic(cursor& in) {
  call result;
  auto next = in.peek();
  in.skip();
  result.function.push_back({std::string(next.text), next.where});
  result.niladic = true;
  auto has_precision = next.what == term("CURRENT_TIME")
                       || next.what == term("CURRENT_TIMESTAMP")
                       || next.what == term("LOCALTIME")
                       || next.what == term("LOCALTIMESTAMP");
  if (has_precision && in.accept("(")) {
    result.args.push_back(read_expression(in));
    in.expect(")");
  }
  return make_expression(in.since(next.where), std::move(result));
}

/// Reads a column, or a call if a bracket follows the name.
expression_ptr read_name(cursor& in) {
  auto start = in.here();
  auto parts = in.read_qualified_name("an expression");
  if (in.at("(")) {
    auto what = parts.size() == 1 ? find_term(parts[0].name) : term();
    return read_call(in, start, std::move(parts), what);
  }
  return make_expression(in.since(start), column_name{std::move(parts)});
}

/// Reads what starts with a reserved word.
expression_ptr read_reserved(cursor& in) {
  auto next = in.peek();
  auto start = next.where;
  if (auto result = accept_time_literal(in))
    return result;
  if (next.what == term("NULL") || next.what == term("TRUE")
      || next.what == term("FALSE") || next.what == term("UNKNOWN")) {
    in.skip();
    return make_literal(in, start,
                        next.what == term("NULL") ? literal_kind::null
                                                  : literal_kind::boolean,
                        std::string(next.what.text()));
  }
  if (next.what == term("INTERVAL"))
    return read_interval(in);
  if (next.what == term("CASE"))
    return read_case(in);
  if (next.what == term("CAST") || next.what == term("TRY_CAST"))
    return read_cast(in);
  if (in.accept("ARRAY"))
    return read_collection(in, start, operator_kind::array,
                           operator_kind::array_query);
  if (in.accept("MULTISET"))
    return read_collection(in, start, operator_kind::multiset,
                           operator_kind::multiset_query);
  if (in.accept("ROW") || in.accept("PERIOD")) {
    in.expect("(");
    auto args = read_expressions(in);
    in.expect(")");
    return make_operation(in, start, operator_kind::row, std::move(args));
  }
  if (next.what.kind() == word_class::niladic)
    return read_niladic(in);
  if (next.what.kind() == word_class::callable
      && in.peek(1).what == term("(")) {
    in.skip();
    qualified_name function{{std::string(next.text), next.where}};
    return read_call(in, start, std::move(function), next.what);
  }
  in.read_name("an expression"); // fails: it is reserved
  return no_expression(in);
}

expression_ptr read_simple(cursor& in) {
  switch (in.peek().kind) {
  case token_kind::integer:
    return read_number_literal(in, literal_kind::integer);
  case token_kind::decimal:
    return read_number_literal(in, literal_kind::decimal);
  case token_kind::approximate:
    return read_number_literal(in, literal_kind::approximate);
  case token_kind::string:
  case token_kind::unicode:
    return read_text_literal(in, literal_kind::string, in.here());
  case token_kind::binary:
    return read_binary_literal(in);
  case token_kind::quoted_name:
    return read_name(in);
  case token_kind::word:
    if (auto start = in.here();
        in.at("MAP", "[") || (in.at("MAP", "(") && in.accept("MAP"))) {
      in.accept("MAP");
      return read_collection(in, start, operator_kind::map,
                             operator_kind::map_query);
    }
    return in.at_name() ? read_name(in) : read_reserved(in);
  case token_kind::symbol:
    if (in.at("("))
      return read_brackets(in);
    if (in.at("{"))
      return read_jdbc_escape(in);
    if (in.at("?"))
      in.fail(in.here(), "there are no parameters here",
              "write the value itself");
    break;
  case token_kind::end:
    break;
  }
  in.fail_expected("an expression");
  return no_expression(in);
}

} // namespace

expression_ptr no_expression(cursor& in) {
  return make_expression(in.here(), literal{});
}

query_ptr read_query_in_brackets(cursor& in) {
  in.expect("(");
  auto result = read_query(in);
  in.expect(")");
  return result;
}

expression_ptr read_primary(cursor& in) {
  auto start = in.here();
  auto result = read_simple(in);
  for (;;) {
    if (in.accept("[")) {
      std::vector<expression_ptr> args;
      args.push_back(std::move(result));
      args.push_back(read_expression(in));
      in.expect("]");
      result = make_operation(in, start, operator_kind::subscript,
                              std::move(args));
    } else if (in.accept(".")) {
      auto field = in.read_name("a field name");
      result = make_expression(
          in.since(start), field_access{std::move(result), std::move(field)});
    } else {
      return result;
    }
    in.grow();
  }
}

} // namespace herald::sql
