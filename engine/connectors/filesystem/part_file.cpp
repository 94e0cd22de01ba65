#include "engine/connectors/filesystem/part_file.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/filesystem/files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace herald {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view hidden_start = ".part-";

/// Attempts to create a file that nobody adopts before it is locked.
constexpr int create_attempts = 100;

/// A number that is free, behind those that are taken unless these have gaps.
/// O(log numbers).
int free_number(const std::function<fs::path(int)>& name) {
  const auto taken = [&](int n) {
    std::error_code ignored;
    return fs::exists(name(n), ignored);
  };
  int low = -1; // taken, or before the first
  int high = 0;
  while (high < std::numeric_limits<int>::max() / 2 && taken(high)) {
    low = high;
    high = 2 * high + 1;
  }
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (taken(middle) ? low : high) = middle;
  }
  return high;
}

/// ".part-3-PID-NUMBER.csv" in a folder becomes "part-3-N.csv".
absl::Status give_name(const std::string& hidden) {
  const fs::path path(hidden);
  const auto name = path.filename().string();
  const auto second = name.find('-', hidden_start.size());
  const auto stem
      = name.substr(1, second == std::string::npos ? second : second - 1);
  HERALD_TRY(link_numbered(hidden, path.parent_path().string(), stem).status());
  ::unlink(hidden.c_str());
  return sync_folder(hidden);
}

/// Where the last complete line of `file`, of `size` bytes, ends; -1: cannot
/// be read.
std::int64_t end_of_lines(int file, std::int64_t size) {
  char chunk[4096];
  while (size > 0) {
    const auto want
        = std::min<std::int64_t>(size, static_cast<std::int64_t>(sizeof chunk));
    const auto got
        = ::pread(file, chunk, static_cast<std::size_t>(want), size - want);
    if (got != want)
      return -1;
    for (auto i = want; i > 0; --i)
      if (chunk[i - 1] == '\n')
        return size - want + i;
    size -= want;
  }
  return 0;
}

absl::Status adopt(const std::string& hidden, abandoned how) {
  const int file = ::open(hidden.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) // somebody else adopted it, or it is another's
    return absl::OkStatus();
  absl::Status result;

  struct stat info {};

  if (::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &info) == 0
      && info.st_nlink > 0) {
    const auto end = how == abandoned::lines ? end_of_lines(file, info.st_size)
                                             : std::int64_t{0};
    if (end == 0)
      ::unlink(hidden.c_str());
    else if (end < 0 || ::ftruncate(file, end) != 0)
      result = system_error(hidden, "take over the file");
    else
      result = give_name(hidden);
  }
  ::close(file);
  return result;
}

} // namespace

absl::Status sync_folder(const std::string& file) {
  const auto folder = fs::path(file).parent_path();
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = opened >= 0 && ::fsync(opened) == 0;
  auto result = done ? absl::OkStatus()
                     : system_error(folder.string(), "complete the folder");
  if (opened >= 0)
    ::close(opened);
  return result;
}

absl::StatusOr<std::string> link_numbered(const std::string& file,
                                          const std::string& folder,
                                          const std::string& stem) {
  const auto extension = fs::path(file).extension().string();
  const auto numbered = [&](int n) {
    return fs::path(folder) / fmt::format("{}-{}{}", stem, n, extension);
  };
  // A link fails if the name is taken, where a rename would replace it.
  for (int n = free_number(numbered);; ++n) {
    auto name = numbered(n).string();
    if (::link(file.c_str(), name.c_str()) == 0)
      return name;
    if (errno != EEXIST)
      return system_error(file, "give the file its name");
  }
}

absl::Status make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (fs::is_directory(path))
    return absl::OkStatus();
  return user_error(
      fmt::format("path '{}' is not a folder that can be written to{}", path,
                  error ? ": " + error.message() : ""));
}

absl::Status part_file::fail(std::string_view what) const {
  return system_error(hidden_, what);
}

/// False if another writer took the file for an abandoned one.
absl::StatusOr<bool> part_file::make(const std::string& hidden) {
  hidden_ = hidden;
  file_ = ::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file_ < 0 && errno == EEXIST)
    return false;
  if (file_ < 0)
    return fail("create the file");

  struct stat info {};

  if (::flock(file_, LOCK_EX | LOCK_NB) == 0 && ::fstat(file_, &info) == 0
      && info.st_nlink > 0)
    return true;
  ::close(std::exchange(file_, -1));
  return false;
}

absl::StatusOr<std::unique_ptr<part_file>>
part_file::create(const std::string& folder, int subtask,
                  const std::string& extension) {
  static std::atomic<std::int64_t> number{0};
  HERALD_TRY(make_folder(folder));
  std::unique_ptr<part_file> result(new part_file);
  for (int i = 0; i < create_attempts; ++i) {
    HERALD_ASSIGN(bool made, result->make(fmt::format(
                                 "{}/{}{}-{}-{}.{}", folder, hidden_start,
                                 subtask, ::getpid(), ++number, extension)));
    if (made)
      return result;
  }
  return user_error(
      fmt::format("{}: no file can be created and locked", folder));
}

part_file::~part_file() {
  if (file_ < 0)
    return;
  // What was not kept comes again, so it must not stay here, too.
  if (kept_ > 0 && ::ftruncate(file_, kept_) == 0)
    give_name(hidden_).IgnoreError(); // else the next writer adopts it
  else if (kept_ == 0)
    ::unlink(hidden_.c_str());
  ::close(file_);
}

absl::Status part_file::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto got = ::write(file_, bytes.data(), bytes.size());
    if (got < 0 && errno != EINTR)
      return fail("write");
    const auto done = got < 0 ? 0 : static_cast<std::size_t>(got);
    bytes.remove_prefix(done);
    size_ += static_cast<std::int64_t>(done);
  }
  return absl::OkStatus();
}

absl::Status part_file::keep() {
  if (kept_ == size_)
    return absl::OkStatus();
  if (::fdatasync(file_) != 0)
    return fail("complete the file");
  if (kept_ == 0)
    HERALD_TRY(sync_folder(hidden_));
  kept_ = size_;
  return absl::OkStatus();
}

absl::Status part_file::publish() {
  HERALD_TRY(keep());
  HERALD_TRY(give_name(hidden_));
  if (::close(std::exchange(file_, -1)) != 0)
    return fail("complete the file");
  return absl::OkStatus();
}

absl::Status adopt_parts(const std::string& folder, int depth,
                         const std::string& extension, abandoned how) {
  std::error_code error;
  const auto end = fs::recursive_directory_iterator();
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != end; entry.increment(error)) {
    if (entry.depth() >= depth)
      entry.disable_recursion_pending();
    const auto name = entry->path().filename().string();
    if (name.starts_with(hidden_start) && name.ends_with("." + extension)
        && entry->is_regular_file(error))
      HERALD_TRY(adopt(entry->path().string(), how));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return user_error(fmt::format("folder '{}' cannot be listed: {}", folder,
                                  error.message()));
  return absl::OkStatus();
}

} // namespace herald
