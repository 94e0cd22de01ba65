#pragma once

#include "engine/sql/ast_statement.hpp"

#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

// The parser of Flink's streaming SQL: text in, AST out. Nothing is looked up;
// names, types of expressions and options are checked by the binder. Errors
// are `user_error`s with the place, what stands there and what should. Pure
// functions, safe on any thread; time and memory are linear in the text and
// bounded by the limits below.

namespace herald::sql {

/// A script of a person is kilobytes; one of a program has a statement per
/// table. Longer ones are data and belong in a file that is read as a source.
constexpr std::size_t script_bytes_max = 16U << 20;

/// One statement. Long ones are lists of constants.
constexpr std::size_t statement_bytes_max = 1U << 20;

/// Tokens of one statement: what bounds the memory of its AST.
constexpr std::size_t statement_tokens_max = 1U << 18;

/// How many levels the grammar goes down, and so how deep recursion over the
/// AST goes, which has at most two nodes a level. Without optimisation and
/// under sanitizers the parser takes up to 16 KiB of stack for a level: half
/// of the usual 8 MiB in all.
constexpr std::size_t max_nesting = 256;

/// Parses statements that are separated by `;`. No statement at all is an
/// empty vector.
absl::StatusOr<std::vector<statement>> parse_script(std::string_view text);

/// Parses exactly one statement, with or without a `;` behind it.
absl::StatusOr<statement> parse_statement(std::string_view text);

/// Parses one expression and nothing behind it.
absl::StatusOr<expression_ptr> parse_expression(std::string_view text);

/// Parses one data type, with NOT NULL or without.
absl::StatusOr<type_name> parse_type(std::string_view text);

/// True if `word` is no identifier unless it stands in backquotes.
bool is_reserved(std::string_view word);

} // namespace herald::sql
