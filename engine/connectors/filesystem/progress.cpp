#include "engine/connectors/filesystem/progress.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/filesystem/part_file.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace herald {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view lines_name = ".lines";

/// A file with fewer lines is not worth writing anew.
constexpr std::size_t lines_min = 1000;

/// Of a task's name, for people.
constexpr std::size_t shown_name_max = 64;

/// A name's line ends and '%' as %XX, so that it stays in a line.
std::string escaped(std::string_view name) {
  std::string result;
  for (const char c : name)
    if (c == '%' || c == '\n')
      fmt::format_to(std::back_inserter(result), "%{:02X}", c);
    else
      result.push_back(c);
  return result;
}

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] != '%' || i + 2 >= text.size()) {
      result.push_back(text[i]);
      continue;
    }
    std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    result.push_back(static_cast<char>(byte));
    i += 2;
  }
  return result;
}

/// What the lines of a file say; the last one only if it is complete.
struct lines_read {
  file_positions positions;
  std::size_t lines = 0;
  bool torn = false;
};

lines_read read_lines(const fs::path& path, const std::string& base) {
  lines_read result;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line); ++result.lines) {
    if (file.eof()) {
      result.torn = true;
      break;
    }
    std::int64_t next = 0;
    const auto space = line.find(' ');
    if (space == std::string::npos)
      continue;
    std::from_chars(line.data(), line.data() + space, next);
    auto& known
        = result.positions[(fs::path(base) / unescaped(line.substr(space + 1)))
                               .lexically_normal()
                               .string()];
    known = std::max(known, next);
  }
  return result;
}

} // namespace

std::string common_folder(const std::string& path) {
  const auto sign = path.find_first_of("*?[");
  std::error_code ignored;
  if (sign == std::string::npos && fs::is_directory(path, ignored))
    return path;
  const auto folder = fs::path(path.substr(0, sign));
  return folder.has_parent_path() ? folder.parent_path().string() : ".";
}

std::string progress_name(const std::string& task, const std::string& path,
                          const std::string& pattern) {
  auto shown = task.size() <= shown_name_max
                   ? task
                   : task.substr(task.size() - shown_name_max);
  for (auto& c : shown)
    if (static_cast<unsigned char>(c) <= ' ' || c == '/')
      c = '_';
  const auto all = fmt::format("{}\n{}\n{}", task, path, pattern);
  return fmt::format("{}-{:016x}", shown, stable_hash(all));
}

absl::StatusOr<std::shared_ptr<file_progress>>
file_progress::open(const std::string& folder, const std::string& base,
                    int subtask) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::weak_ptr<file_progress>> all;
  const std::lock_guard lock(mutex);
  auto path = fmt::format("{}/{}{}", folder, subtask, lines_name);
  std::erase_if(all, [](const auto& x) { return x.second.expired(); });
  if (auto found = all[path].lock())
    return found;
  std::shared_ptr<file_progress> result(
      new file_progress(path, fs::path(base).lexically_normal().string()));
  HERALD_TRY(make_folder(folder));
  HERALD_TRY(result->load(folder));
  all[path] = result;
  return result;
}

file_progress::~file_progress() {
  if (file_ >= 0)
    ::close(file_);
}

absl::Status file_progress::load(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != lines_name)
      continue;
    for (const auto& [file, next] : read_lines(entry.path(), base_).positions)
      before_[file] = std::max(before_[file], next);
  }
  if (error)
    return user_error(fmt::format("folder '{}' cannot be listed: {}", folder,
                                  error.message()));
  return rewrite();
}

std::string file_progress::line_of(const std::string& file,
                                   std::int64_t next) const {
  return fmt::format(
      "{} {}\n", next,
      escaped(fs::path(file).lexically_relative(base_).string()));
}

/// Writes the lines anew if many are superfluous, and opens them for more.
absl::Status file_progress::rewrite() {
  if (file_ >= 0)
    ::close(std::exchange(file_, -1));
  auto known = read_lines(path_, base_);
  lines_ = known.lines;
  if (known.torn || lines_ > 2 * known.positions.size() + lines_min
      || known.positions.size() > files_max) {
    std::error_code ignored;
    if (known.positions.size() > files_max)
      std::erase_if(known.positions, [&](const auto& x) {
        return !fs::exists(x.first, ignored);
      });
    const auto anew = path_ + ".new";
    std::string text;
    for (const auto& [file, next] : known.positions)
      text += line_of(file, next);
    file_
        = ::open(anew.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0)
      return system_error(anew, "create the file");
    lines_ = 0;
    HERALD_TRY(append(text));
    if (::rename(anew.c_str(), path_.c_str()) != 0)
      return system_error(anew, "rename the file");
    lines_ = known.positions.size();
  } else {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                   0644);
    if (file_ < 0)
      return system_error(path_, "open the file");
  }
  lines_max_ = 2 * known.positions.size() + 2 * lines_min;
  return sync_folder(path_);
}

absl::Status file_progress::append(const std::string& lines) {
  for (std::size_t at = 0; at < lines.size();) {
    const auto got = ::write(file_, lines.data() + at, lines.size() - at);
    if (got <= 0)
      return system_error(path_, "write");
    at += static_cast<std::size_t>(got);
  }
  return ::fdatasync(file_) == 0 ? absl::OkStatus()
                                 : system_error(path_, "write");
}

std::size_t file_progress::join() {
  const std::lock_guard lock(mutex_);
  return readers_++;
}

absl::Status file_progress::note(std::size_t reader,
                                 const std::vector<split_position>& read) {
  const std::lock_guard lock(mutex_);
  std::string text;
  std::vector<std::pair<std::string, std::int64_t>> written;
  for (const auto& x : read) {
    auto& file = open_[x.split];
    file.by_reader.resize(readers_);
    auto& mine = file.by_reader[reader];
    mine = std::max(mine, x.next);
    const auto all
        = *std::min_element(file.by_reader.begin(), file.by_reader.end());
    if (all <= file.written)
      continue;
    text += line_of(x.split, all);
    written.emplace_back(x.split, all);
  }
  if (text.empty())
    return absl::OkStatus();
  if (file_ < 0) { // it could not be written before
    HERALD_TRY(rewrite());
  }
  if (auto done = append(text); !done.ok()) {
    ::close(std::exchange(file_, -1)); // a line may be torn
    return done;
  }
  for (const auto& [file, next] : written)
    if (next == whole_file)
      open_.erase(file);
    else
      open_[file].written = next;
  lines_ += written.size();
  return lines_ > lines_max_ ? rewrite() : absl::OkStatus();
}

} // namespace herald
