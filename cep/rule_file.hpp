#pragma once

#include "engine/sql/ast_expression.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

// What a rule file says, parsed but not yet bound to a table: its envelope
// (YAML) and its pattern, conditions as SQL expressions. Every position is one
// in the file, also inside the pattern. A value: whoever loads rules makes it,
// on any thread; bounded by the limits below. See docs/rules.md.

namespace herald {

/// A rule is a page of text; a file of this size is data, or an attack.
constexpr std::size_t rule_bytes_max = 256U << 10;

/// A step is one bit of the word that says which steps an event satisfies.
constexpr std::size_t rule_steps_max = 32;

constexpr std::size_t rule_keys_max = 16;
constexpr std::size_t rule_columns_max = 256;

/// A year: a partial match that may wait longer is state for ever.
constexpr std::int64_t within_max_ms = std::int64_t{366} * 86'400'000;

/// What may stand between an event and the one of the next step.
enum class contiguity : std::uint8_t {
  relaxed, ///< `then`: any events
  strict,  ///< `then immediately`: none of the same key
};

/// `name: condition`, one part of a sequence. More kinds of parts (or,
/// optional, repetition, then not) would be further members here.
struct rule_step {
  sql::identifier name;
  contiguity follows = contiguity::relaxed; ///< the step before; first: unused
  std::shared_ptr<const sql::expression> condition;
};

/// Which later events a partial match takes.
enum class match_mode : std::uint8_t {
  next, ///< for each step the first event that fits: at most one match a start
  any,  ///< every event that fits: all combinations
};

struct rule_column {
  sql::identifier name;
  std::shared_ptr<const sql::expression> value;
};

struct rule_file {
  std::string name;
  std::int64_t version = 0;
  /// CREATE TABLE statements, or empty. Padded with blank lines so that
  /// positions of errors in it are those in the file.
  std::string tables;
  sql::identifier source;
  std::vector<sql::identifier> key; ///< empty: one sequence over all events
  std::int64_t within_ms = 0;       ///< positive
  match_mode mode = match_mode::next;
  std::vector<rule_step> steps; ///< 1 … rule_steps_max
  sql::identifier into;
  std::vector<rule_column> columns; ///< of a match; 1 … rule_columns_max
};

/// Reads a rule file. Errors point at their place in `yaml`: no YAML, unknown
/// or missing fields, wrong types, names given twice, limits, pattern and
/// expressions that do not parse. Linear in the text and the steps.
absl::StatusOr<rule_file> parse_rule(std::string_view yaml);

} // namespace herald
