#include "engine/connectors/filesystem/overwrite.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/connectors/filesystem/files.hpp"
#include "engine/connectors/filesystem/part_file.hpp"
#include "engine/connectors/filesystem/partition.hpp"
#include "engine/connectors/filesystem/sink.hpp"

#include <atomic>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace herald {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view staging_start = ".overwrite-";

absl::Status file_error(const fs::path& path, std::string_view what,
                        const std::error_code& error) {
  return user_error(
      fmt::format("{}: cannot {}: {}", path.string(), what, error.message()));
}

/// Links the files of `from` into `to`; what was made, also if it fails.
absl::Status publish(const fs::path& from, const fs::path& to,
                     std::vector<fs::path>& made) {
  HERALD_TRY(make_folder(to.string()));
  std::error_code error;
  if (!fs::exists(from, error))
    return absl::OkStatus();
  for (const auto& entry : fs::directory_iterator(from, error)) {
    if (!entry.is_regular_file(error))
      continue;
    const auto stem = entry.path().stem().string();
    HERALD_ASSIGN(made.emplace_back(),
                  link_numbered(entry.path().string(), to.string(),
                                stem.substr(0, stem.rfind('-'))));
  }
  if (error)
    return file_error(from, "list the folder", error);
  return made.empty() ? absl::OkStatus() : sync_folder(made.back().string());
}

} // namespace

absl::StatusOr<std::unique_ptr<sink_writer>>
file_overwrite::make(const sink_context& context) {
  static std::atomic<std::int64_t> number{0};
  const auto& table = *context.sink.table;
  HERALD_ASSIGN(auto options, file_options_of(table));
  std::unique_ptr<file_overwrite> result(
      new file_overwrite(std::move(options)));
  const auto& path = result->options_.path;
  result->hidden_
      = fmt::format("{}/{}{}-{}", path, staging_start, ::getpid(), ++number);
  std::vector<column_ptr> keys;
  for (const auto& value : context.sink.partition)
    keys.push_back(repeat(value, 1));
  if (!keys.empty())
    result->named_ = partition_folder(result->options_, keys, 0);
  auto hidden = std::make_shared<table_definition>(table);
  hidden->options["path"] = result->hidden_;
  hidden->options.erase("sink.partition-commit.policy.kind");
  auto inner = context;
  inner.sink.table = std::move(hidden);
  HERALD_ASSIGN(result->inner_, file_sink::make(inner));
  return result;
}

file_overwrite::~file_overwrite() {
  inner_.reset();
  std::error_code ignored;
  if (lock_ >= 0) {
    fs::remove_all(hidden_, ignored);
    ::close(lock_);
  }
}

absl::Status file_overwrite::open(wake_function wake) {
  HERALD_TRY(make_folder(options_.path));
  HERALD_TRY(remove_abandoned());
  HERALD_TRY(make_folder(hidden_));
  lock_ = ::open(hidden_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    return file_error(hidden_, "lock the folder",
                      std::error_code(errno, std::generic_category()));
  return inner_->open(std::move(wake));
}

/// Removes what writers left that died.
absl::Status file_overwrite::remove_abandoned() const {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(options_.path, error))
    if (entry.path().filename().string().starts_with(staging_start))
      found.push_back(entry.path());
  for (const auto& path : found) {
    const int lock = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0)
      continue;
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0)
      fs::remove_all(path, error);
    ::close(lock);
  }
  return error ? file_error(options_.path, "clear the folder", error)
               : absl::OkStatus();
}

/// The folders below the table's whose files are replaced; "": its own.
absl::StatusOr<std::vector<std::string>> file_overwrite::folders() const {
  if (options_.partitioned_by.empty())
    return std::vector<std::string>{""};
  std::set<std::string> result;
  if (!named_.empty())
    result.insert(named_);
  HERALD_ASSIGN(const auto files, files_of(hidden_));
  for (const auto& file : files)
    result.insert(
        fs::path(file).parent_path().lexically_relative(hidden_).string());
  return std::vector<std::string>(result.begin(), result.end());
}

/// The files in `folders`.
absl::StatusOr<std::vector<std::string>>
file_overwrite::files_in(const std::vector<std::string>& folders) const {
  std::vector<std::string> result;
  for (const auto& folder : folders) {
    const auto path = fs::path(options_.path) / folder;
    std::error_code error;
    if (!fs::exists(path, error))
      continue;
    HERALD_ASSIGN(const auto files, files_of(path.string()));
    result.insert(result.end(), files.begin(), files.end());
  }
  return result;
}

absl::Status file_overwrite::close() {
  HERALD_TRY(inner_->close());
  HERALD_ASSIGN(const auto replaced, folders());
  HERALD_ASSIGN(const auto old, files_in(replaced));
  std::vector<fs::path> made;
  absl::Status status;
  for (const auto& folder : replaced)
    if (status.ok())
      status = publish(fs::path(hidden_) / folder,
                       fs::path(options_.path) / folder, made);
  std::error_code error;
  if (!status.ok()) {
    for (const auto& path : made)
      fs::remove(path, error);
    return status;
  }
  for (const auto& path : old)
    if (!fs::remove(path, error) && error)
      return file_error(path, "remove the file", error);
  if (!options_.commit.file.empty())
    for (const auto& folder : replaced)
      HERALD_TRY(say_complete(options_, options_.path + "/" + folder));
  return absl::OkStatus();
}

} // namespace herald
