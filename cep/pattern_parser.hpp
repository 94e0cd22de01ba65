#pragma once

#include "cep/rule_file.hpp"

// The pattern's text as steps: `name: condition then [immediately] name: …`.
// Conditions go to the SQL parser. Pure; linear in the text times the steps.

namespace herald {

/// `text` is placed (see yaml_text), so that errors point into the file;
/// `where` is where the pattern begins. Errors: no step, too many, names that
/// are given twice, bad conditions.
absl::StatusOr<std::vector<rule_step>> parse_pattern(std::string_view text,
                                                     text_position where);

/// As sql::parse_expression, over placed text; an empty one fails at `where`.
absl::StatusOr<std::shared_ptr<const sql::expression>>
parse_placed_expression(std::string_view text, text_position where);

} // namespace herald
