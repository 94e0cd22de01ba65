#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/common/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

// What CREATE TABLE declares, after its types and expressions are checked:
// the contract between planner, connectors and formats. Immutable once bound.

namespace herald {

/// Options of WITH (…): keys as written, in order of name.
using option_map = std::map<std::string, std::string>;

/// What the rows of a table that is read may do.
enum class changelog_kind : std::uint8_t {
  inserts, ///< +I
  upserts, ///< +U: the newest row of its key; -D, which has only the key
  all,     ///< +I, -U, +U, -D
};

/// A column that comes from outside.
struct table_column {
  std::string name;
  data_type type;
  /// METADATA [FROM 'key']: the connector's key; nullopt for a physical one.
  std::optional<std::string> metadata_key;
  bool is_virtual = false; ///< METADATA … VIRTUAL: not written by a sink
};

struct table_definition {
  std::string name;
  /// Physical and metadata columns in order of declaration; computed columns
  /// are the planner's business.
  std::vector<table_column> columns;
  std::vector<std::string> primary_key;
  /// PARTITIONED BY: names of physical columns, in its order.
  std::vector<std::string> partitioned_by;
  option_map options;
  text_position where; ///< of the statement that declares it
  /// Where its options stand in the script; without those that came another
  /// way (LIKE, ALTER TABLE, a hint).
  std::map<std::string, text_position> option_places;

  /// Returns the option or nullopt.
  std::optional<std::string> option(const std::string& key) const;

  /// Where the option stands, if that is known; a format's too, which is told
  /// its options without what they begin with.
  std::optional<text_position> place_of(const std::string& key) const;

  /// An `option_error` with the place of its option, if that is known; any
  /// other status as it is.
  absl::Status placed(const absl::Status& status) const;
};

/// An error about the option `key`, which its message names.
absl::Status option_error(const std::string& key, std::string_view message,
                          std::string_view hint = {});

} // namespace herald
