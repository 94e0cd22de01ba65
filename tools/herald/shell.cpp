#include "tools/herald/shell.hpp"

#include "engine/sql/complete.hpp"
#include "tools/herald/line_input.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr const char* prompt = "herald> ";
constexpr const char* more_prompt = "     -> ";

constexpr const char* banner
    = "herald " HERALD_VERSION ": SQL in this process. A statement ends with "
      "';'.\nhelp says more; Ctrl-C cancels a statement; quit leaves.\n";

constexpr const char* help
    = "A statement ends with ';' and may have several lines.\n"
      "  SHOW TABLES;  DESCRIBE t;  SHOW FUNCTIONS LIKE '%date%';\n"
      "  EXPLAIN SELECT …;  SET 'table.local-time-zone' = 'Europe/Berlin';  "
      "SET;\n"
      "  EXPLAIN ANALYZE INSERT …;   runs it and shows what each operator did\n"
      "  herald run --debug FILE     outside: runs a script, writes nothing\n\n"
      "  Ctrl-C           cancels the statement that runs, or clears what is "
      "typed\n"
      "  Up, Ctrl-R       lines of before, also of earlier shells\n"
      "  help, \\h         this text\n"
      "  clear            an empty screen\n"
      "  quit, exit, \\q   leaves, as Ctrl-D does\n";

constexpr const char* clear_screen = "\x1b[H\x1b[2J";

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n;") == std::string::npos;
}

/// The line as a word of the shell: without blanks and ';' around it, in small
/// letters.
std::string word_of(const std::string& line) {
  if (is_blank(line))
    return {};
  const auto from = line.find_first_not_of(" \t\r");
  const auto to = line.find_last_not_of(" \t\r\n;");
  auto result = line.substr(from, to - from + 1);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return result;
}

void say(const std::string& text) {
  fmt::print(stderr, "{}", text);
}

/// Of what `word_of` gives. Help is one text, whatever it is asked about.
bool asks_for_help(const std::string& word) {
  return word == "help" || word.starts_with("help ") || word == "\\h"
         || word == "\\?" || word == "?";
}

class shell {
public:
  explicit shell(script_runner& runner) : runner_(runner) {}

  void run() {
    say(banner);
    while (step()) {
      // until the user leaves
    }
  }

private:
  /// Takes a line; false if it was the last.
  bool step() {
    std::string line;
    switch (input_.next(text_.empty() ? prompt : more_prompt, line)) {
    case line_input::event::interrupted:
      say("\n");
      text_.clear();
      return forget_stop_requests();
    case line_input::event::end:
      say("\n");
      run_text(); // which may lack its ';'
      return false;
    case line_input::event::line:
      break;
    }
    if (text_.empty()) {
      const auto word = word_of(line);
      if (word == "quit" || word == "exit" || word == "\\q")
        return false;
      if (is_blank(line) || answer(word))
        return true;
    }
    text_ += line + '\n';
    return !sql::is_complete(text_) || run_text();
  }

  /// Does what a word asks for that is no statement; false if it is none.
  static bool answer(const std::string& word) {
    if (word == "clear") {
      say(clear_screen);
      return true;
    }
    if (!asks_for_help(word))
      return false;
    say(help);
    return true;
  }

  /// False if the process is to end.
  bool run_text() {
    if (auto status = runner_.run(text_); !status.ok())
      print_error(text_, status);
    text_.clear();
    return forget_stop_requests();
  }

  script_runner& runner_;
  line_input input_;
  std::string text_; ///< what was typed since the last statement
};

} // namespace

bool answer_help(const std::string& text) {
  const auto word = word_of(text);
  if (word.find('\n') != std::string::npos || !asks_for_help(word))
    return false;
  say(help);
  return true;
}

void run_shell(script_runner& runner) {
  runner.be_talkative();
  shell(runner).run();
}

} // namespace herald
