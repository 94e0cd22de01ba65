#include "engine/connectors/filesystem/files.hpp"

#include "engine/common/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <glob.h>

namespace herald {

namespace {

namespace fs = std::filesystem;

/// True for names of files that are being written, markers and the like.
bool is_hidden(const fs::path& path) {
  const auto name = path.filename().string();
  return name.empty() || name[0] == '.' || name[0] == '_';
}

absl::Status add_file(std::string file, std::vector<std::string>& to) {
  if (to.size() == files_max)
    return user_error(fmt::format("there are more than {} files", files_max));
  to.push_back(std::move(file));
  return absl::OkStatus();
}

absl::Status add_folder(const std::string& folder,
                        std::vector<std::string>& to) {
  std::error_code error;
  const auto end = fs::recursive_directory_iterator();
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != end; entry.increment(error)) {
    const bool is_folder = entry->is_directory(error);
    if (is_hidden(entry->path()) || entry.depth() >= folder_depth_max) {
      if (is_folder)
        entry.disable_recursion_pending();
    } else if (entry->is_regular_file(error)) {
      HERALD_TRY(add_file(entry->path().string(), to));
    }
  }
  if (error)
    return user_error(fmt::format("folder '{}' cannot be listed: {}", folder,
                                  error.message()));
  return absl::OkStatus();
}

absl::Status add_path(const std::string& path, std::vector<std::string>& to) {
  std::error_code error;
  return fs::is_directory(path, error) ? add_folder(path, to)
                                       : add_file(path, to);
}

bool is_pattern(const std::string& path) {
  return path.find_first_of("*?[") != std::string::npos;
}

absl::Status add_matches(const std::string& pattern, bool may_match_none,
                         std::vector<std::string>& to) {
  glob_t found{};
  const std::unique_ptr<glob_t, decltype(&::globfree)> guard(&found,
                                                             ::globfree);
  const int code = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  if (code == GLOB_NOMATCH && may_match_none)
    return absl::OkStatus();
  if (code == GLOB_NOMATCH)
    return user_error(fmt::format("path '{}' leads to no file", pattern),
                      "'*' and '?' stand for characters of one name");
  if (code != 0)
    return user_error(fmt::format("path '{}': a folder on the way cannot be "
                                  "listed",
                                  pattern));
  for (std::size_t i = 0; i < found.gl_pathc; ++i)
    if (!is_hidden(found.gl_pathv[i]))
      HERALD_TRY(add_path(found.gl_pathv[i], to));
  return absl::OkStatus();
}

} // namespace

absl::Status system_error(const std::string& path, std::string_view what) {
  return user_error(
      fmt::format("{}: cannot {}: {}", path, what, std::strerror(errno)));
}

absl::StatusOr<std::vector<std::string>> files_of(const std::string& path,
                                                  bool may_match_none) {
  std::vector<std::string> result;
  std::error_code error;
  if (fs::exists(path, error))
    HERALD_TRY(add_path(path, result));
  else if (is_pattern(path))
    HERALD_TRY(add_matches(path, may_match_none, result));
  else
    return user_error(fmt::format("path '{}' does not exist", path),
                      "option 'path' names a file or a folder");
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace herald
