#pragma once

#include "engine/formats/format.hpp"

#include <optional>
#include <string_view>

// CSV, a record a line: fields between delimiters, quoted where they hold the
// delimiter, quotes (doubled inside) or line ends. Options as Flink's. Used by
// one reader or writer, on its thread.

namespace herald {

struct csv_options {
  char delimiter = ',';
  std::optional<char> quote = '"'; ///< none: quotes mean nothing
  std::optional<char> escape;      ///< takes the next character as it is
  std::optional<std::string> null_literal;
  std::string element_delimiter = ";"; ///< between values of a list
  bool allow_comments = false; ///< lines that start with '#' are no records
  bool ignore_parse_errors = false;
  bool header = false; ///< the first line of a file names the columns
};

absl::StatusOr<csv_options> csv_options_of(const option_map& options);

/// True if `line` ends inside a quoted field, so that the record goes on in
/// the next line. `inside`: it begins in one. O(bytes).
bool leaves_quote_open(std::string_view line, bool inside,
                       const csv_options& options);

/// Fails for the first type that CSV cannot hold.
absl::Status check_csv_types(const std::vector<field>& fields);

absl::StatusOr<std::unique_ptr<decoder>> make_csv_decoder(decoder_spec spec);

absl::StatusOr<std::unique_ptr<encoder>>
make_csv_encoder(schema_ptr layout, const option_map& options);

} // namespace herald
