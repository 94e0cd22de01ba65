#include "tests/support/child_process.hpp"

#include "engine/common/check.hpp"

#include <csignal>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace herald {

child_process::child_process(const std::vector<std::string>& arguments) {
  int to[2];
  int from[2];
  HERALD_CHECK(pipe(to) == 0 && pipe(from) == 0, "pipes for a child");
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, from[1], STDOUT_FILENO);
  for (int x : {to[0], to[1], from[0], from[1]})
    posix_spawn_file_actions_addclose(&files, x);
  std::string program = "/proc/self/exe";
  auto texts = arguments;
  std::vector<char*> words{program.data()};
  for (auto& x : texts)
    words.push_back(x.data());
  words.push_back(nullptr);
  auto failed = posix_spawn(&id_, program.c_str(), &files, nullptr,
                            words.data(), environ);
  HERALD_CHECK(failed == 0, "a child starts");
  posix_spawn_file_actions_destroy(&files);
  close(to[0]);
  close(from[1]);
  input_ = to[1];
  output_ = fdopen(from[0], "r");
}

child_process::~child_process() {
  close(input_);
  wait();
  std::fclose(output_);
}

std::string child_process::read_line() {
  std::string result;
  for (int c = std::fgetc(output_); c != EOF && c != '\n';
       c = std::fgetc(output_))
    result += static_cast<char>(c);
  return result;
}

void child_process::write(const std::string& text) {
  auto done = ::write(input_, text.data(), text.size());
  HERALD_CHECK(done == static_cast<ssize_t>(text.size()), "a child listens");
}

void child_process::kill() {
  ::kill(id_, SIGKILL);
  wait();
}

void child_process::wait() {
  if (id_ > 0)
    waitpid(id_, nullptr, 0);
  id_ = -1;
}

} // namespace herald
