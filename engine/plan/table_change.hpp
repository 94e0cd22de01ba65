#pragma once

#include "engine/common/error.hpp"
#include "engine/sql/ast_statement.hpp"

// Declarations of tables, changed: LIKE and ALTER TABLE. The catalog keeps a
// table's declaration as canonical SQL; here it is parsed, changed and given
// back, to be bound anew, so that whatever a change breaks is found by the
// same checks as in CREATE TABLE. Pure functions.

namespace herald {

/// The declaration as its tree again. Positions point into `text`.
sql::create_table read_declaration(const std::string& text);

/// The declaration of CREATE TABLE `x` with the parts that its LIKE takes from
/// `base`, and without the LIKE. Errors: parts that both have, options that are
/// none.
absl::StatusOr<sql::create_table> with_like(const sql::statement& x,
                                            const std::string& base);

/// Carries out what ALTER TABLE `x` says: ADD, MODIFY, DROP, RENAME of columns,
/// SET and RESET. Errors: what is changed is not there (with the nearest name),
/// or there already.
absl::Status change_table(sql::create_table& table, const sql::statement& x);

/// Where `x` has what an error of the changed table is about: the option, or
/// the first part of the change whose name its message quotes, or else the
/// first; the table's name if the change has none.
text_position place_in(const sql::alter_table& x, const absl::Status& status,
                       const std::optional<std::string>& option);

/// `status` with its message at `where`: of a declaration that nobody wrote;
/// `context` comes before it.
absl::Status at_place(const absl::Status& status, text_position where,
                      std::string_view context = {});

} // namespace herald
