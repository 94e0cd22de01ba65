#pragma once

#include "tools/herald/script.hpp"

// The shell of `herald sql`: statements from a terminal, run one text after
// the other. Ctrl-C ends what runs, or clears what was typed, and the shell
// goes on. One thread; bounded by what a person types.

namespace herald {

/// Reads and runs statements until the end of input, `quit` or SIGTERM; an
/// error ends only its text.
void run_shell(script_runner& runner);

/// Says what the shell knows if `text`, one line, asks for help; else false.
bool answer_help(const std::string& text);

} // namespace herald
