#include "engine/common/error.hpp"
#include "engine/connectors/filesystem/source.hpp"

#include <fmt/format.h>

// What 'source.monitor-interval' adds to the source.

namespace herald {

namespace {

/// Beside the files; readers pass over its name.
constexpr const char* progress_folder = ".herald-read";

} // namespace

absl::Status file_source::open_progress() {
  if (context_.group.empty())
    return absl::OkStatus();
  const auto base = common_folder(options_.path);
  const auto folder = fmt::format(
      "{}/{}",
      options_.progress_path.empty()
          ? fmt::format("{}/{}", base, progress_folder)
          : options_.progress_path,
      progress_name(context_.group, options_.path, options_.path_pattern));
  auto opened = file_progress::open(folder, base, context_.subtask);
  if (!opened.ok())
    return user_error(
        fmt::format("it cannot be noted which files were read: {}",
                    message_of(opened.status())),
        "let the task write there, or name another folder: option "
        "'source.progress-path'");
  progress_ = *std::move(opened);
  progress_reader_ = progress_->join();
  return absl::OkStatus();
}

absl::Status file_source::open_monitor(wake_function wake) {
  HERALD_ASSIGN(const auto listed, list());
  HERALD_TRY(open_progress());
  monitor_.emplace(context_.subtask, context_.parallelism);
  if (progress_)
    monitor_->remember(progress_->before());
  for (const auto& [file, next] : context_.restore) {
    monitor_->remember({{file, next}});
    uncommitted_[file] = next;
  }
  take_new(listed);
  alarm_.start(std::move(wake));
  return absl::OkStatus();
}

/// Begins with the files of `listed` that are new.
void file_source::take_new(const std::vector<std::string>& listed) {
  files_.clear();
  next_.clear();
  current_ = 0;
  for (auto& [file, next] : monitor_->take(listed)) {
    files_.push_back(std::move(file));
    next_.push_back(next);
  }
  had_files_ |= !files_.empty();
  next_look_
      = alarm::clock::now() + std::chrono::milliseconds(options_.monitor_ms);
}

/// A folder that is out of reach is looked at again.
void file_source::look() {
  const auto listed = list();
  look_problem_ = listed.ok() ? "" : std::string(message_of(listed.status()));
  take_new(listed.ok() ? *listed : std::vector<std::string>());
}

absl::Status file_source::commit(const std::vector<split_position>& positions) {
  if (!monitor_)
    return absl::OkStatus();
  if (progress_) {
    const auto noted = progress_->note(progress_reader_, positions);
    commit_problem_ = noted.ok() ? "" : std::string(message_of(noted));
    if (!noted.ok()) // the next commit covers this one
      return absl::OkStatus();
  }
  for (const auto& x : positions)
    if (const auto at = uncommitted_.find(x.split);
        at != uncommitted_.end() && at->second == x.next)
      uncommitted_.erase(at);
  return absl::OkStatus();
}

} // namespace herald
