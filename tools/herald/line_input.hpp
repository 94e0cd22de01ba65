#pragma once

#include <optional>
#include <string>

#include <histedit.h>

// The lines of a terminal, edited by libedit: arrow keys, Ctrl-R, and the
// lines of earlier shells, which ~/.herald_history keeps. For the shell, on its
// thread; bounded by `history_lines_max` and what a person types.

namespace herald {

class line_input {
public:
  /// Lines that are kept; the oldest go first.
  static constexpr int history_lines_max = 1000;

  enum class event { line, interrupted, end };

  line_input();
  line_input(const line_input&) = delete;
  line_input& operator=(const line_input&) = delete;
  ~line_input();

  /// Waits for a line, which comes without its end. `interrupted`: the user
  /// asked to stop, and what was typed is forgotten.
  event next(const char* prompt, std::string& line);

private:
  static line_input& of(EditLine* edit);
  static char* prompt_of(EditLine* edit);
  /// For libedit: 1 with the next character, 0 without.
  static int read_character(EditLine* edit, wchar_t* to);

  EditLine* edit_;
  History* history_;
  std::string history_file_; ///< empty: there is no home, or it is another's
  const char* prompt_ = "";
  std::optional<char> kept_; ///< the byte after one that was no UTF-8
};

} // namespace herald
