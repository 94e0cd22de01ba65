#pragma once

#include "engine/formats/json_tree.hpp"
#include "engine/formats/text_parse.hpp"

#include <string>

// From a JSON scalar to a value of a column. One thread at a time; `scratch`
// is memory to use again.

namespace herald {

/// How values that JSON has no form for are written.
struct json_reading {
  timestamp_standard timestamps = timestamp_standard::sql;
  /// Dates may be days since 1970-01-01, times microseconds of the day, and
  /// timestamps milliseconds (precision 0 to 3), microseconds (to 6) or
  /// nanoseconds since then; texts of both standards are read.
  bool epochs = false;
  /// Decimals are base 64 of the digits as a big-endian number, with as many
  /// places as the type has.
  bool binary_decimals = false;
};

class json_leaf {
public:
  explicit json_leaf(json_reading reading) : reading_(reading) {}

  /// Appends the value that `token` (a closed string, number, true or false;
  /// for texts also a whole object or array) stands for. Numbers may come as
  /// strings. False if it is not one of the node's type, or out of its range;
  /// nothing is appended then.
  bool append(json_node& node, std::string_view token);

  enum class match : std::uint8_t { equal, different, malformed };

  /// Compares the value of `token` with the node's pushed equality, by the
  /// same reading as `append`.
  match compare(const json_node& node, std::string_view token);

private:
  /// The token's text: what a string stands for, or the token itself.
  /// Nothing for a wrong escape.
  std::optional<std::string_view> text_of(std::string_view token);
  bool append_text(text_builder& builder, std::string_view token);
  template <class T>
  bool append_integer(column_builder& builder, std::string_view token);
  std::optional<std::int64_t> integer_of(std::string_view token);
  bool append_epoch(column_builder& builder, std::string_view token);
  bool append_other(column_builder& builder, std::string_view text);

  json_reading reading_;
  std::string scratch_;
};

} // namespace herald
