#pragma once

#include "engine/columnar/scalar.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

// The conformance corpus of Flink's functions, as its README defines it: the
// cases, what is the standard of each, and how values are compared. Read once
// by the test, bounded by the corpus.

namespace herald::testing {

/// A value as the corpus writes it: NULL, a text, a list, or a map.
struct answer_value {
  enum class kind_type : std::uint8_t { null, text, list, map };
  kind_type kind = kind_type::null;
  std::string text;
  std::vector<answer_value> items;
  std::vector<std::string> keys; ///< of a map, in order, one an item
  bool approximate = false;      ///< made from a FLOAT or DOUBLE
  bool is_float = false;         ///< made from a FLOAT
};

struct flink_answer {
  std::string error; ///< "parse", "validate", "runtime"; empty: `values`
  std::vector<answer_value> values;
};

struct flink_case {
  std::string id;
  std::string group;
  std::string zone;
  std::string kind; ///< "row", "literal", "agg" or "query"
  std::string expr;
  std::vector<std::string> types; ///< empty: not given
  flink_answer answer;            ///< without constant folding
  std::set<std::string> tags;

  /// The whole statement to run.
  std::string statement() const;

  /// False where the README says that Flink's answer is no standard.
  bool counts() const;
};

/// The folder of the corpus, or nullopt if it is not there.
std::optional<std::string> flink_cases_folder();

std::vector<flink_case> read_flink_cases(const std::string& folder);

/// `x` as the corpus writes it.
answer_value render(const scalar& x);

/// How far floating point may be off.
struct tolerance {
  int ulps = 0;
  double relative = 0;
};

tolerance tolerance_of(const flink_case& x);

bool same(const answer_value& wanted, const answer_value& got, tolerance most);

/// One line of JSON, for messages.
std::string to_text(const answer_value& x);

} // namespace herald::testing
