#include "engine/sql/writer.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

bool has_clauses(const query& of) {
  return !of.with.empty() || !of.order_by.empty() || of.limit || of.offset;
}

void print_in_brackets(std::string& out, const query& of) {
  out += "(";
  print(out, of);
  out += ")";
}

void print(std::string& out, const select_block& of) {
  out += "SELECT ";
  print_clause(out, "/*+ ", of.hints, " */ ");
  if (of.distinct)
    out += "DISTINCT ";
  print_list(out, of.items);
  if (of.from) {
    out += " FROM ";
    print(out, *of.from);
  }
  print_clause(out, " WHERE ", of.where);
  print_clause(out, of.group_by_distinct ? " GROUP BY DISTINCT " : " GROUP BY ",
               of.group_by);
  print_clause(out, " HAVING ", of.having);
  print_clause(out, " WINDOW ", of.windows);
  print_clause(out, " QUALIFY ", of.qualify);
}

void print(std::string& out, const set_operation& of) {
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    if (i > 0) {
      out += of.op == set_operator::union_      ? " UNION "
             : of.op == set_operator::intersect ? " INTERSECT "
                                                : " EXCEPT ";
      if (of.all)
        out += "ALL ";
    }
    const auto& input = *of.inputs[i];
    if (has_clauses(input) || std::holds_alternative<set_operation>(input.body))
      print_in_brackets(out, input);
    else
      print(out, input);
  }
}

void print(std::string& out, const values_block& of) {
  print_clause(out, "VALUES ", of.rows);
}

void print(std::string& out, const table_block& of) {
  out += "TABLE " + quote_name(of.table);
}

} // namespace

void print(std::string& out, const select_item& of) {
  print(out, *of.value);
  if (of.alias)
    out += " AS " + quote_name(of.alias->name);
}

void print(std::string& out, const grouping_element& of) {
  using kind = grouping_element::kind_type;
  switch (of.kind) {
  case kind::expression:
    print(out, *of.values[0]);
    return;
  case kind::set:
    if (of.values.size() == 1)
      out += "ROW";
    out += "(";
    print_list(out, of.values);
    out += ")";
    return;
  case kind::rollup:
    out += "ROLLUP (";
    break;
  case kind::cube:
    out += "CUBE (";
    break;
  case kind::grouping_sets:
    out += "GROUPING SETS (";
  }
  print_list(out, of.sets);
  out += ")";
}

void print(std::string& out, const named_window& of) {
  print(out, of.name);
  out += " AS ";
  print(out, of.window);
}

void print(std::string& out, const common_table& of) {
  print(out, of.name);
  print_clause(out, " (", of.columns, ")");
  out += " AS ";
  print_in_brackets(out, *of.query);
}

void print(std::string& out, const values_block::row_type& of) {
  print_clause(out, "(", of.values, ")");
}

void print(std::string& out, const hint& of) {
  print(out, of.name);
  if (of.options.empty() && of.arguments.empty())
    return;
  out += "(";
  print_list(out, of.options);
  for (std::size_t i = 0; i < of.arguments.size(); ++i) {
    if (i > 0 || !of.options.empty())
      out += ", ";
    out += quote_text(of.arguments[i].name);
  }
  out += ")";
}

void print(std::string& out, const query& of) {
  print_clause(out, "WITH ", of.with, " ");
  std::visit([&out](const auto& body) { print(out, body); }, of.body);
  print_clause(out, " ORDER BY ", of.order_by);
  if (of.limit) {
    out += " LIMIT ";
    print(out, *of.limit, binding::sum);
  }
  if (of.offset) {
    out += " OFFSET ";
    print(out, *of.offset, binding::sum);
  }
}

std::string to_sql(const query& of) {
  std::string result;
  print(result, of);
  return result;
}

} // namespace herald::sql
