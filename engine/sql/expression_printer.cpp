#include "engine/sql/writer.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

using op = operator_kind;

/// How tightly something without operators binds.
constexpr auto primary = tighter_than(binding::sign);

binding binding_of(op kind) {
  if (kind == op::logical_or)
    return binding::disjunction;
  if (kind == op::logical_and)
    return binding::conjunction;
  if (kind == op::logical_not)
    return binding::negation;
  if (kind <= op::greater_or_equal || kind == op::is_distinct_from)
    return binding::comparison;
  if (kind <= op::subtract)
    return binding::sum;
  if (kind <= op::concatenate)
    return binding::product;
  if (kind <= op::minus || kind == op::match_final || kind == op::match_running)
    return binding::sign;
  if (kind <= op::is_json_scalar)
    return binding::is;
  if (kind <= op::similar_to)
    return binding::range;
  if (kind >= op::overlaps && kind <= op::immediately_succeeds)
    return binding::comparison;
  return primary;
}

binding binding_of(const expression& of) {
  const auto* operation_node = of.as<operation>();
  return operation_node ? binding_of(operation_node->op) : primary;
}

void print(std::string& out, const literal& of) {
  switch (of.kind) {
  case literal_kind::null:
    out += "NULL";
    return;
  case literal_kind::string:
    out += quote_text(of.text);
    return;
  case literal_kind::binary:
    out += fmt::format("X'{}'", of.text);
    return;
  case literal_kind::date:
    out += "DATE " + quote_text(of.text);
    return;
  case literal_kind::time:
    out += "TIME " + quote_text(of.text);
    return;
  case literal_kind::timestamp:
    out += "TIMESTAMP " + quote_text(of.text);
    return;
  case literal_kind::timestamp_ltz:
    out += "TIMESTAMP_LTZ " + quote_text(of.text);
    return;
  case literal_kind::interval:
    out += of.negative ? "INTERVAL -" : "INTERVAL ";
    out += quote_text(of.text) + " ";
    print(out, of.interval);
    return;
  case literal_kind::boolean:
  case literal_kind::integer:
  case literal_kind::decimal:
  case literal_kind::approximate:
    out += of.text;
  }
}

void print(std::string& out, const column_name& of) {
  out += quote_name(of.parts);
}

void print(std::string& out, const star& of) {
  if (!of.qualifier.empty())
    out += quote_name(of.qualifier) + ".";
  out += "*";
}

void print_in_brackets(std::string& out, const expression& of) {
  out += "(";
  print(out, of);
  out += ")";
}

void print(std::string& out, const field_access& of) {
  if (of.row->as<column_name>() || of.row->as<literal>())
    print_in_brackets(out, *of.row);
  else
    print(out, *of.row, primary);
  out += ".";
  print(out, of.field);
}

/// Prints a sign or word and its one argument.
void print_prefix(std::string& out, const operation& of) {
  std::string arg;
  print(arg, *of.args[0], binding_of(of.op));
  out += to_text(of.op);
  auto is_word = of.op != op::plus && of.op != op::minus;
  if (is_word || arg.starts_with('-'))
    out += " "; // two minus signs would be a comment
  out += arg;
}

void print_postfix(std::string& out, const operation& of) {
  print(out, *of.args[0], binding::is);
  auto text = to_text(of.op); // IS …
  out += of.negated ? fmt::format(" IS NOT{}", text.substr(2))
                    : fmt::format(" {}", text);
}

/// Prints `a + b + c`, `a = b`, `a = ANY (query)`.
void print_infix(std::string& out, const operation& of) {
  auto tightness = binding_of(of.op);
  print(out, *of.args[0], tightness);
  auto text = std::string(to_text(of.op));
  if (of.negated) // IS DISTINCT FROM is the only one
    text.insert(2, " NOT");
  for (std::size_t i = 1; i < of.args.size(); ++i) {
    out += fmt::format(" {} ", text);
    if (of.quantifier == comparison_quantifier::any)
      out += "ANY ";
    else if (of.quantifier == comparison_quantifier::all)
      out += "ALL ";
    print(out, *of.args[i], tighter_than(tightness));
  }
}

/// Prints BETWEEN, IN, LIKE and SIMILAR TO.
void print_range(std::string& out, const operation& of) {
  print(out, *of.args[0], binding::range);
  out += fmt::format(" {}{} ", of.negated ? "NOT " : "", to_text(of.op));
  auto is_query = of.args.size() == 2 && of.args[1]->as<subquery>();
  if (of.op == op::in && !is_query)
    out += "(";
  for (std::size_t i = 1; i < of.args.size(); ++i) {
    if (i > 1)
      out += of.op == op::in                                ? ", "
             : of.op == op::like || of.op == op::similar_to ? " ESCAPE "
                                                            : " AND ";
    print(out, *of.args[i],
          of.op == op::in ? binding::disjunction : binding::sum);
  }
  if (of.op == op::in && !is_query)
    out += ")";
}

/// Prints `(a - b) DAY` and INTERVAL x DAY.
void print_interval(std::string& out, const operation& of) {
  if (of.op == op::time_difference) {
    out += "(";
    print(out, *of.args[0], binding::product);
    out += " - ";
    print(out, *of.args[1], binding::product);
    out += ") ";
    print(out, *of.args[2]);
    return;
  }
  out += "INTERVAL ";
  const auto* number = of.args[0]->as<literal>();
  auto is_plain = of.args[0]->as<column_name>() || of.args[0]->as<call>()
                  || (number && number->kind == literal_kind::integer);
  if (is_plain) // text would make it a literal
    print(out, *of.args[0], binding::sign);
  else
    print_in_brackets(out, *of.args[0]);
  out += " ";
  print(out, *of.args[1]);
}

/// Prints ARRAY[…], rows, subscripts and what takes a query.
void print_constructor(std::string& out, const operation& of) {
  switch (of.op) {
  case op::subscript:
    print(out, *of.args[0], primary);
    out += "[";
    print(out, *of.args[1]);
    out += "]";
    return;
  case op::row:
    if (of.args.size() == 1)
      out += "ROW";
    out += "(";
    print_list(out, of.args);
    out += ")";
    return;
  case op::exists:
    out += "EXISTS ";
    print(out, *of.args[0]);
    return;
  case op::array_query:
  case op::map_query:
  case op::multiset_query:
    out += to_text(of.op);
    print(out, *of.args[0]);
    return;
  default:
    out += to_text(of.op);
    out += "[";
    print_list(out, of.args);
    out += "]";
  }
}

void print(std::string& out, const operation& of) {
  if (of.op == op::interval || of.op == op::time_difference)
    return print_interval(out, of);
  switch (binding_of(of.op)) {
  case binding::disjunction:
  case binding::conjunction:
  case binding::comparison:
  case binding::sum:
  case binding::product:
    return print_infix(out, of);
  case binding::negation:
  case binding::sign:
    return print_prefix(out, of);
  case binding::is:
    return print_postfix(out, of);
  case binding::range:
    return print_range(out, of);
  }
  print_constructor(out, of);
}

void print(std::string& out, const case_expression& of) {
  out += "CASE";
  print_clause(out, " ", of.operand);
  for (const auto& branch : of.branches) {
    print_clause(out, " WHEN ", branch.when);
    print_clause(out, " THEN ", branch.then);
  }
  print_clause(out, " ELSE ", of.otherwise);
  out += " END";
}

void print(std::string& out, const cast& of) {
  out += of.is_try ? "TRY_CAST(" : "CAST(";
  print(out, *of.value);
  out += " AS ";
  print(out, of.type);
  out += ")";
}

void print(std::string& out, const subquery& of) {
  out += "(";
  print(out, *of.query);
  out += ")";
}

void print(std::string& out, const keyword_argument& of) {
  out += of.word;
}

void print(std::string& out, const named_argument& of) {
  print(out, of.name);
  out += " => ";
  print(out, *of.value);
}

void print(std::string& out, const descriptor& of) {
  print_clause(out, "DESCRIPTOR(", of.columns, ")");
}

void print(std::string& out, const table_argument& of) {
  out += "TABLE ";
  if (of.query) {
    out += "(";
    print(out, *of.query);
    out += ")";
  } else {
    out += quote_name(of.table);
  }
  print_clause(out, " PARTITION BY (", of.partition_by, ")");
  print_clause(out, " ORDER BY (", of.order_by, ")");
}

} // namespace

void print(std::string& out, const expression& of, binding loosest) {
  if (binding_of(of) < loosest)
    return print_in_brackets(out, of);
  std::visit([&out](const auto& node) { print(out, node); }, of.node);
}

void print(std::string& out, const order_item& of) {
  print(out, *of.value);
  if (of.descending)
    out += " DESC";
  if (of.nulls_first)
    out += *of.nulls_first ? " NULLS FIRST" : " NULLS LAST";
}

std::string to_sql(const expression& of) {
  std::string result;
  print(result, of);
  return result;
}

} // namespace herald::sql
