#include "tools/herald/shell.hpp"

#include "engine/sql/complete.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

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
      "  help, \\h         this text\n"
      "  clear            an empty screen\n"
      "  quit, exit, \\q   leaves, as Ctrl-D does\n";

constexpr const char* clear_screen = "\x1b[H\x1b[2J";

/// Time between looks at whether the user asked to stop: a signal that comes
/// just before the wait does not end it.
constexpr int look_every_ms = 200;

/// The lines of a terminal, which edits them itself.
class line_input {
public:
  enum class event { line, interrupted, end };

  event next(std::string& line) {
    for (;;) {
      if (stop_requests() > 0) {
        buffer_.clear();
        return event::interrupted;
      }
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return event::line;
      }
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (poll(&input, 1, look_every_ms) > 0 && !fill()) {
        line = std::exchange(buffer_, {});
        return line.empty() ? event::end : event::line;
      }
    }
  }

private:
  /// False at the end of input.
  bool fill() {
    std::array<char, 4096> bytes;
    const auto got = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got > 0)
      buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }

  std::string buffer_;
};

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
    say(text_.empty() ? prompt : more_prompt);
    std::string line;
    switch (input_.next(line)) {
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
