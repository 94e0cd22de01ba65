#include "tools/herald/line_input.hpp"

#include "tools/herald/local_run.hpp"

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace herald {

namespace {

/// Time between looks at whether the user asked to stop: a signal that comes
/// just before the wait does not end it.
constexpr int look_every_ms = 200;

/// The next byte; false at the end of input, or when the user asks to stop.
bool read_byte(char& byte) {
  while (stop_requests() == 0) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, look_every_ms) <= 0)
      continue;
    const auto got = read(STDIN_FILENO, &byte, 1);
    if (got == 1)
      return true;
    if (got == 0 || errno != EINTR)
      return false;
  }
  return false;
}

std::string history_file() {
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0'
             ? std::string()
             : std::string(home) + "/.herald_history";
}

} // namespace

line_input& line_input::of(EditLine* edit) {
  void* self = nullptr;
  el_get(edit, EL_CLIENTDATA, &self);
  return *static_cast<line_input*>(self);
}

char* line_input::prompt_of(EditLine* edit) {
  // libedit only reads it.
  return const_cast<char*>(of(edit).prompt_);
}

int line_input::read_character(EditLine* edit, wchar_t* to) {
  auto& kept = of(edit).kept_;
  std::mbstate_t state{};
  for (bool first = true;; first = false) {
    char byte = 0;
    if (kept)
      byte = *std::exchange(kept, std::nullopt);
    else if (!read_byte(byte))
      return 0;
    const auto used = std::mbrtowc(to, &byte, 1, &state);
    if (used == static_cast<std::size_t>(-2))
      continue; // the next byte belongs to it
    if (used != static_cast<std::size_t>(-1))
      return 1;
    *to = L'\uFFFD';
    if (!first)
      kept = byte; // which begins something else
    return 1;
  }
}

line_input::line_input() : history_file_(herald::history_file()) {
  std::setlocale(LC_CTYPE, "C.UTF-8"); // what SQL is written in
  edit_ = el_init("herald", stdin, stderr, stderr);
  history_ = history_init();
  HistEvent event;
  history(history_, &event, H_SETSIZE, history_lines_max);
  history(history_, &event, H_SETUNIQUE, 1);
  // A file that is not one of libedit's is left as it is.
  std::error_code none;
  const auto size = std::filesystem::file_size(history_file_, none);
  if (!none && size > 0
      && history(history_, &event, H_LOAD, history_file_.c_str()) < 0)
    history_file_.clear();
  el_set(edit_, EL_CLIENTDATA, this);
  el_set(edit_, EL_PROMPT, prompt_of);
  el_set(edit_, EL_EDITOR, "emacs");
  el_set(edit_, EL_SIGNAL, 1); // it makes the terminal as it was, then ours
  el_set(edit_, EL_HIST, history, history_);
  el_set(edit_, EL_GETCFN, read_character);
  el_set(edit_, EL_BIND, "^I", "ed-insert", nullptr); // pasted texts have tabs
  el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(edit_, nullptr); // what the user likes: ~/.editrc
}

line_input::~line_input() {
  history_end(history_);
  el_end(edit_);
}

line_input::event line_input::next(const char* prompt, std::string& line) {
  prompt_ = prompt;
  // Before the prompt: a Ctrl-D that answers it is no end of input else.
  if (isatty(STDERR_FILENO) == 1)
    el_set(edit_, EL_PREP_TERM, 1);
  int count = 0;
  const char* got = el_gets(edit_, &count);
  if (stop_requests() > 0) {
    el_reset(edit_);
    return event::interrupted;
  }
  if (got == nullptr || count <= 0)
    return event::end;
  line.assign(got, static_cast<std::size_t>(count));
  if (line.back() == '\n')
    line.pop_back();
  HistEvent entered;
  if (line.find_first_not_of(" \t") == std::string::npos)
    return event::line;
  history(history_, &entered, H_ENTER, line.c_str());
  if (!history_file_.empty())
    history(history_, &entered, H_SAVE, history_file_.c_str());
  return event::line;
}

} // namespace herald
