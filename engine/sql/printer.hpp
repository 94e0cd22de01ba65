#pragma once

#include "engine/sql/ast_statement.hpp"

#include <string>
#include <string_view>

// Prints the AST as canonical SQL on one line: the same tree always gives the
// same text, and parsing the text gives a tree that prints the same. Words in
// capitals, names in backquotes where they need them, brackets only where the
// tree needs them. Pure functions, safe on any thread; linear in the tree.

namespace herald::sql {

std::string to_sql(const expression& of);
std::string to_sql(const type_name& of);
std::string to_sql(const query& of);
std::string to_sql(const table_reference& of);
std::string to_sql(const statement& of);

/// CREATE TABLE for people: an element a line. Without LIKE and AS.
std::string to_lines(const create_table& of);

/// Returns the name as SQL: in backquotes unless it is a plain word that the
/// grammar does not use.
std::string quote_name(std::string_view name);

/// Returns the names joined with dots, each as `quote_name` gives it.
std::string quote_name(const qualified_name& name);

/// Returns the text between single quotes, those inside doubled.
std::string quote_text(std::string_view text);

} // namespace herald::sql
