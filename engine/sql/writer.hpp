#pragma once

#include "engine/sql/ast_statement.hpp"
#include "engine/sql/grammar.hpp"
#include "engine/sql/printer.hpp"

#include <string>
#include <string_view>
#include <vector>

// The parts of the printer: functions that append SQL to a text, one per kind
// of node, and what they share. Internal to engine/sql.

namespace herald::sql {

/// Prints an expression, in brackets if it binds more loosely than `loosest`.
void print(std::string& out, const expression& of,
           binding loosest = binding::disjunction);

void print(std::string& out, const type_name& of);
void print(std::string& out, const type_field& of);
void print(std::string& out, const interval_qualifier& of);
void print(std::string& out, const order_item& of);
void print(std::string& out, const window_specification& of);
void print(std::string& out, const query& of);
void print(std::string& out, const select_item& of);
void print(std::string& out, const grouping_element& of);
void print(std::string& out, const named_window& of);
void print(std::string& out, const common_table& of);
void print(std::string& out, const values_block::row_type& of);
void print(std::string& out, const hint& of);
void print(std::string& out, const table_reference& of);
void print(std::string& out, const match_table& of);
void print(std::string& out, const match_table::subset_type& of);
void print(std::string& out, const pattern_node& of);
void print(std::string& out, const call& of);
void print(std::string& out, const json_clauses& of);
void print(std::string& out, const statement& of);
void print(std::string& out, const insert_statement& of);
void print(std::string& out, const table_option& of);
void print(std::string& out, const column_definition& of);
void print(std::string& out, const create_view::column_type& of);
void print(std::string& out, const create_table& of);
void print(std::string& out, const create_view& of);
void print(std::string& out, const create_function& of);
void print(std::string& out, const create_catalog& of);
void print(std::string& out, const create_database& of);
void print(std::string& out, const drop_statement& of);
void print(std::string& out, const alter_table& of);
void print(std::string& out, const alter_object& of);

inline void print(std::string& out, const identifier& of) {
  out += quote_name(of.name);
}

inline void print(std::string& out, const expression_ptr& of) {
  print(out, *of);
}

/// Prints items with commas between them.
template <class Items>
void print_list(std::string& out, const Items& items) {
  std::string_view comma;
  for (const auto& item : items) {
    out += comma;
    print(out, item);
    comma = ", ";
  }
}

/// Prints `before` and the items, or nothing if there are none.
template <class Items>
void print_clause(std::string& out, std::string_view before, const Items& items,
                  std::string_view after = {}) {
  if (items.empty())
    return;
  out += before;
  print_list(out, items);
  out += after;
}

/// Prints `before` and the expression, or nothing if there is none.
inline void print_clause(std::string& out, std::string_view before,
                         const expression_ptr& of,
                         std::string_view after = {}) {
  if (!of)
    return;
  out += before;
  print(out, *of);
  out += after;
}

} // namespace herald::sql
