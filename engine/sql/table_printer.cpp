#include "engine/sql/writer.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

void print_lateral(std::string& out, bool lateral) {
  if (lateral)
    out += "LATERAL ";
}

void print(std::string& out, const named_table& of) {
  out += quote_name(of.name);
  print_clause(out, " /*+ ", of.hints, " */");
  print_clause(out, " FOR SYSTEM_TIME AS OF ", of.as_of);
}

void print(std::string& out, const derived_table& of) {
  print_lateral(out, of.lateral);
  out += "(";
  print(out, *of.query);
  out += ")";
}

void print(std::string& out, const table_function& of) {
  print_lateral(out, of.lateral);
  print_clause(out, "TABLE(", of.function, ")");
}

void print(std::string& out, const unnest_table& of) {
  print_lateral(out, of.lateral);
  print_clause(out, "UNNEST(", of.arrays, ")");
  if (of.with_ordinality)
    out += " WITH ORDINALITY";
}

void print_side(std::string& out, const table_reference& of, bool brackets) {
  if (brackets)
    out += "(";
  print(out, of);
  if (brackets)
    out += ")";
}

std::string_view words_of(const join_table& of) {
  switch (of.kind) {
  case join_kind::inner:
    return " JOIN ";
  case join_kind::left:
    return " LEFT JOIN ";
  case join_kind::right:
    return " RIGHT JOIN ";
  case join_kind::full:
    return " FULL JOIN ";
  case join_kind::cross:
    break;
  }
  return of.comma ? ", " : " CROSS JOIN ";
}

void print(std::string& out, const join_table& of) {
  const auto* left = of.left->as<join_table>();
  const auto* right = of.right->as<join_table>();
  print_side(out, *of.left, left && left->comma && !of.comma);
  if (of.natural)
    out += " NATURAL";
  out += words_of(of);
  print_side(out, *of.right, right && (right->comma || !of.comma));
  print_clause(out, " ON ", of.on);
  print_clause(out, " USING (", of.using_columns, ")");
}

void print_quantifier(std::string& out, const pattern_quantifier& of) {
  if (of.min == 0 && !of.max)
    out += "*";
  else if (of.min == 1 && !of.max)
    out += "+";
  else if (of.min == 0 && of.max == 1U)
    out += "?";
  else if (of.max == of.min)
    out += fmt::format("{{{}}}", of.min);
  else
    out += fmt::format("{{{},{}}}", of.min,
                       of.max ? std::to_string(*of.max) : "");
  if (of.reluctant)
    out += "?";
}

void print_children(std::string& out, const pattern_node& of,
                    std::string_view between) {
  for (std::size_t i = 0; i < of.children.size(); ++i) {
    const auto& child = of.children[i];
    auto is_list = !child.quantifier
                   && (child.kind == pattern_node::kind_type::sequence
                       || child.kind == pattern_node::kind_type::alternation);
    if (i > 0)
      out += between;
    if (is_list)
      out += "(";
    print(out, child);
    if (is_list)
      out += ")";
  }
}

std::string_view words_of(match_table::rows_type rows) {
  switch (rows) {
  case match_table::rows_type::one_row:
    return "ONE ROW PER MATCH ";
  case match_table::rows_type::all_rows:
    return "ALL ROWS PER MATCH ";
  case match_table::rows_type::all_rows_show_empty:
    return "ALL ROWS PER MATCH SHOW EMPTY MATCHES ";
  case match_table::rows_type::all_rows_omit_empty:
    return "ALL ROWS PER MATCH OMIT EMPTY MATCHES ";
  case match_table::rows_type::all_rows_with_unmatched:
    break;
  }
  return "ALL ROWS PER MATCH WITH UNMATCHED ROWS ";
}

std::string_view words_of(match_table::skip_type skip) {
  switch (skip) {
  case match_table::skip_type::past_last_row:
    return "PAST LAST ROW";
  case match_table::skip_type::to_next_row:
    return "TO NEXT ROW";
  case match_table::skip_type::to_first:
    return "TO FIRST ";
  case match_table::skip_type::to_last:
    break;
  }
  return "TO LAST ";
}

} // namespace

void print(std::string& out, const pattern_node& of) {
  using kind = pattern_node::kind_type;
  auto is_list = of.kind == kind::sequence || of.kind == kind::alternation;
  if (is_list && of.quantifier)
    out += "(";
  switch (of.kind) {
  case kind::variable:
    print(out, of.variable);
    break;
  case kind::sequence:
    print_children(out, of, " ");
    break;
  case kind::alternation:
    print_children(out, of, " | ");
    break;
  case kind::permutation:
    out += "PERMUTE(";
    print_children(out, of, ", ");
    out += ")";
    break;
  case kind::exclusion:
    out += "{- ";
    print_children(out, of, " ");
    out += " -}";
    break;
  case kind::start:
    out += "^";
    break;
  case kind::end:
    out += "$";
    break;
  case kind::empty:
    out += "()";
  }
  if (is_list && of.quantifier)
    out += ")";
  if (of.quantifier)
    print_quantifier(out, *of.quantifier);
}

void print(std::string& out, const match_table::subset_type& of) {
  print(out, of.name);
  print_clause(out, " = (", of.variables, ")");
}

void print(std::string& out, const match_table& of) {
  print(out, *of.input);
  out += " MATCH_RECOGNIZE (";
  print_clause(out, "PARTITION BY ", of.partition_by, " ");
  print_clause(out, "ORDER BY ", of.order_by, " ");
  for (std::size_t i = 0; i < of.measures.size(); ++i) {
    out += i > 0 ? ", " : "MEASURES ";
    print(out, *of.measures[i].value);
    out += " AS " + quote_name(of.measures[i].name.name);
  }
  if (!of.measures.empty())
    out += " ";
  if (of.rows_per_match)
    out += words_of(*of.rows_per_match);
  if (of.skip) {
    out += fmt::format("AFTER MATCH SKIP {}", words_of(*of.skip));
    if (of.skip_variable)
      print(out, *of.skip_variable);
    out += " ";
  }
  out += "PATTERN (";
  print(out, of.pattern);
  out += ")";
  print_clause(out, " WITHIN ", of.within);
  print_clause(out, " SUBSET ", of.subsets);
  for (std::size_t i = 0; i < of.define.size(); ++i) {
    out += i > 0 ? ", " : " DEFINE ";
    print(out, of.define[i].name);
    print_clause(out, " AS ", of.define[i].value);
  }
  out += ")";
}

void print(std::string& out, const table_reference& of) {
  std::visit([&out](const auto& node) { print(out, node); }, of.node);
  if (!of.alias)
    return;
  out += " AS " + quote_name(of.alias->name);
  print_clause(out, " (", of.columns, ")");
}

std::string to_sql(const table_reference& of) {
  std::string result;
  print(result, of);
  return result;
}

} // namespace herald::sql
