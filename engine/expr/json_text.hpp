#pragma once

#include "engine/expr/expr.hpp"
#include "engine/expr/json_document.hpp"

#include <string>

// JSON texts as Flink writes them (through Jackson): members in the order of
// their keys, numbers with a fraction as Java's BigDecimal prints them, which
// keeps their digits. Functions append, so a scratch string serves many rows.

namespace herald {

/// Appends `x` in quotes, with only those characters escaped that must be.
void append_json_string(std::string& to, std::string_view x);

/// Appends a number as BigDecimal's toString prints it: "1.50", "1E+3",
/// "0E-18", no "-0". `x` is a number in JSON's or Java's syntax.
void append_big_decimal(std::string& to, std::string_view x);

/// Appends a DOUBLE as the decimal that Java prints it as; what is no finite
/// number as a text.
void append_json_number(std::string& to, double x);

/// Appends the text of a scalar (a string without quotes): what JSON_VALUE
/// gives.
void append_json_scalar(std::string& to, const json_document& from,
                        const json_value_node& x);

/// How the numbers of a document are written.
enum class json_numbers : std::uint8_t {
  as_decimals, ///< as `append_big_decimal` does
  of_variant,  ///< with an exponent: as a DOUBLE; else the shortest plain text
};

/// Appends a node and what it holds.
void append_json(std::string& to, const json_document& from,
                 std::uint32_t index,
                 json_numbers numbers = json_numbers::as_decimals);

/// True for the call of a function whose text is JSON, and stands as such
/// inside other JSON.
bool gives_json(const expr& x);

/// Whether values of `type` can be written as JSON: no DATE, TIME, INTERVAL,
/// and maps only with texts as keys.
bool has_json(const data_type& type);

/// Appends the JSON of row `row` of `x`, null for a NULL.
void append_json_value(std::string& to, const column& x, std::int64_t row);

} // namespace herald
