#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include <sys/types.h>

// This program again, as a child with other arguments, for tests that need
// two processes. Lines go both ways through pipes; the destructor closes them
// and waits for the end. One thread.

namespace herald {

class child_process {
public:
  explicit child_process(const std::vector<std::string>& arguments);

  child_process(const child_process&) = delete;

  ~child_process();

  /// Waits for the next line of its output; empty at the end.
  std::string read_line();

  void write(const std::string& text);

  /// SIGKILL, and waits for the end.
  void kill();

private:
  void wait();

  pid_t id_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
};

} // namespace herald
