#pragma once

#include "engine/common/error.hpp"

#include <string>
#include <string_view>
#include <vector>

// Finds the places of a YAML file's values again, so that errors inside a
// value point into the file. The YAML parser says only where a value begins;
// from there its lines are compared with the file's. Pure, one thread; refers
// to the file's text.

namespace herald {

class yaml_text {
public:
  explicit yaml_text(std::string_view file);

  /// The place of byte `column` of line `line`, both counted from 0 as the
  /// YAML parser does.
  text_position position(int line, int column, std::size_t length = 0) const;

  /// The value that begins there, with blank lines and blanks before its lines
  /// so that each character stands at the line and column that it has in the
  /// file. Values that the file spells otherwise (escapes, folded lines) are
  /// placed where they begin.
  std::string place(std::string_view value, int line, int column) const;

private:
  struct origin {
    std::size_t line = 0;
    std::size_t column = 0; ///< bytes
  };

  std::string_view line_at(std::size_t line) const;
  std::vector<origin> find(const std::vector<std::string_view>& value,
                           std::size_t line, std::size_t column) const;

  std::vector<std::string_view> lines_;
};

/// Cuts at line ends; without the last one if it is empty.
std::vector<std::string_view> split_lines(std::string_view text);

} // namespace herald
