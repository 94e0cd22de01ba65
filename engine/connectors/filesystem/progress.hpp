#pragma once

#include "engine/connectors/filesystem/new_files.hpp"

#include <memory>
#include <mutex>

// What a task has read of the files of a table that gets new ones, for when it
// starts again: lines in a file beside them, one such file a subtask. Readers
// of one subtask, if the task reads the table at several places, share one
// object; a file counts as read as far as all of them have read it, so that
// none misses rows. Any thread. Holds the files that some reader has not
// finished; the lines are written anew when most say what others say, too,
// and then leave out files that are gone if there are more than `files_max`.

namespace herald {

/// Where the files of `path` lie together: a folder itself, that of a file, or
/// that before the first name with a sign of a pattern.
std::string common_folder(const std::string& path);

/// What names the task's reading of `path` inside of a folder: the readable
/// end of `task`, and a hash.
std::string progress_name(const std::string& task, const std::string& path,
                          const std::string& pattern);

class file_progress {
public:
  /// Opens the record in `folder`, which is made, of files below `base`.
  /// Errors: the folder cannot be written to.
  static absl::StatusOr<std::shared_ptr<file_progress>>
  open(const std::string& folder, const std::string& base, int subtask);

  ~file_progress();

  /// Another reader; its number.
  std::size_t join();

  /// What was noted before it was opened, by every subtask.
  const file_positions& before() const {
    return before_;
  }

  /// `reader` has read so far, and its rows are out. On disk at return, as far
  /// as all readers have noted it.
  absl::Status note(std::size_t reader,
                    const std::vector<split_position>& read);

private:
  struct noted {
    std::vector<std::int64_t> by_reader; ///< of those that joined so far
    std::int64_t written = 0;
  };

  file_progress(std::string path, std::string base)
      : path_(std::move(path)), base_(std::move(base)) {}

  absl::Status load(const std::string& folder);
  absl::Status rewrite();
  absl::Status append(const std::string& lines);
  std::string line_of(const std::string& file, std::int64_t next) const;

  std::string path_; ///< of this subtask's lines
  std::string base_;
  file_positions before_;
  std::mutex mutex_; ///< guards what follows
  std::size_t readers_ = 0;
  std::unordered_map<std::string, noted> open_;
  int file_ = -1;             ///< of this subtask's lines, at their end
  std::size_t lines_ = 0;     ///< in it
  std::size_t lines_max_ = 0; ///< then it is written anew
};

} // namespace herald
