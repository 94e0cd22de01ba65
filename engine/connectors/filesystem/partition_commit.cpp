#include "engine/connectors/filesystem/partition_commit.hpp"

#include "engine/connectors/filesystem/files.hpp"
#include "engine/connectors/filesystem/part_file.hpp"
#include "engine/connectors/filesystem/partition.hpp"
#include "engine/expr/expr.hpp"
#include "engine/expr/zone.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace herald {

namespace {

namespace fs = std::filesystem;

constexpr const char* mark_name = ".uncommitted";

absl::Status make_empty(const std::string& path) {
  const int file
      = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0)
    return system_error(path, "create");
  ::close(file);
  return sync_folder(path);
}

/// The longest of `names` that `text` has at `at`; empty: none.
std::string_view name_at(const std::string& text, std::size_t at,
                         const std::vector<std::string>& names) {
  std::string_view result;
  for (const auto& name : names)
    if (name.size() > result.size() && text.compare(at, name.size(), name) == 0)
      result = name;
  return result;
}

/// The text that the time is read from.
std::string time_text(const file_options& options, const std::string& folder) {
  const auto value = [&](const std::string& column) {
    return partition_text(folder + "/", column).value_or("");
  };
  const auto& pattern = options.commit.time_pattern;
  if (pattern.empty())
    return value(options.partitioned_by.front());
  std::string result;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const auto name = pattern[at] == '$'
                          ? name_at(pattern, at + 1, options.partitioned_by)
                          : std::string_view();
    if (name.empty())
      result += pattern[at];
    else
      result += value(std::string(name));
    at += name.size();
  }
  return result;
}

} // namespace

absl::StatusOr<std::int64_t> partition_time(const file_options& options,
                                            const std::string& folder) {
  const auto text = time_text(options, folder);
  const auto literal = [](const std::string& x) {
    return make_literal({data_type::of(type_kind::varchar), x});
  };
  const auto type = data_type::timestamp(3);
  expr_ptr made;
  if (const auto& format = options.commit.time_format; format.empty()) {
    HERALD_ASSIGN(made, make_cast(literal(text), type, true));
  } else {
    HERALD_ASSIGN(made,
                  make_call("TO_TIMESTAMP", {literal(text), literal(format)}));
  }
  const batch one{std::make_shared<schema>(), 1, {}, nullptr};
  HERALD_ASSIGN(const auto column, evaluate_column(*made, one, {}));
  if (column->is_null(0))
    return user_error(
        fmt::format("partition '{}': '{}' is no time such as '2026-11-21 "
                    "12:30:00' or '2026-11-21'",
                    folder, text),
        "option 'partition.time-extractor.timestamp-pattern' makes one of the "
        "partition's values: '$dt $hour:00:00'");
  zone local(options.commit.watermark_zone);
  constexpr std::int64_t ms_per_second = 1'000;
  return local.to_utc(column->as<std::int64_t>()[0], ms_per_second);
}

absl::Status say_complete(const file_options& options,
                          const std::string& folder) {
  return make_empty(folder + "/" + options.commit.file);
}

std::string partition_commits::mark_of(const std::string& folder) const {
  return fmt::format("{}/{}/{}", options_.path, folder, mark_name);
}

absl::Status partition_commits::add(const std::string& folder,
                                    std::int64_t since_ms) {
  if (options_.commit.by_partition_time) {
    HERALD_ASSIGN(since_ms, partition_time(options_, folder));
  }
  since_[folder] = since_ms;
  return absl::OkStatus();
}

absl::Status partition_commits::open() {
  std::error_code error;
  const auto depth = static_cast<int>(options_.partitioned_by.size());
  const auto end = fs::recursive_directory_iterator();
  fs::recursive_directory_iterator entry(options_.path, error);
  for (; !error && entry != end; entry.increment(error)) {
    if (entry.depth() >= depth)
      entry.disable_recursion_pending();

    struct stat info {};

    const auto& path = entry->path();
    if (path.filename() != mark_name || entry.depth() != depth
        || ::stat(path.c_str(), &info) != 0)
      continue;
    constexpr std::int64_t ms_per_second = 1'000;
    HERALD_TRY(
        add(path.parent_path().lexically_relative(options_.path).string(),
            info.st_mtim.tv_sec * ms_per_second));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return user_error(fmt::format("folder '{}' cannot be listed: {}",
                                  options_.path, error.message()));
  return absl::OkStatus();
}

absl::Status partition_commits::wrote(const std::string& folder,
                                      std::int64_t now_ms) {
  if (since_.contains(folder))
    return absl::OkStatus();
  HERALD_TRY(add(folder, now_ms));
  return make_empty(mark_of(folder));
}

std::vector<std::string> partition_commits::due(std::int64_t now_ms,
                                                std::int64_t watermark) const {
  constexpr auto all_written = std::numeric_limits<std::int64_t>::max();
  const auto now = options_.commit.by_partition_time ? watermark : now_ms;
  std::vector<std::string> result;
  for (const auto& [folder, since] : since_)
    if (watermark == all_written
        || (now > since && now - since > options_.commit.delay_ms)
        || options_.commit.is_at_once())
      result.push_back(folder);
  return result;
}

absl::Status partition_commits::commit(const std::string& folder) {
  HERALD_TRY(say_complete(options_, options_.path + "/" + folder));
  ::unlink(mark_of(folder).c_str());
  since_.erase(folder);
  return absl::OkStatus();
}

} // namespace herald
