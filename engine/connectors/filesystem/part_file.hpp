#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// A file of a sink while it is written. It has a hidden name (".part-…"),
// which readers pass over, until it is published under a name of its own; a
// lock says that its writer lives. What was kept is never lost: an abandoned
// part is published as far as it was kept, by its destructor or, if the whole
// process died, by the next writer into that folder. One thread at a time;
// nothing is buffered.

namespace herald {

/// Creates the folder `path`, and those on the way, unless it is there.
absl::Status make_folder(const std::string& path);

/// Makes the names in the folder of `file` durable.
absl::Status sync_folder(const std::string& file);

/// Links `file` as "STEM-N.EXTENSION" into `folder`, with a number that is free
/// there, and returns that path; never over another file. O(log numbers).
/// Errors: the system's.
absl::StatusOr<std::string> link_numbered(const std::string& file,
                                          const std::string& folder,
                                          const std::string& stem);

class part_file {
public:
  /// Creates the folder, if need be, and a part of `subtask` in it, that will
  /// be called part-SUBTASK-N.EXTENSION, with N a number that is free.
  static absl::StatusOr<std::unique_ptr<part_file>>
  create(const std::string& folder, int subtask, const std::string& extension);

  part_file(const part_file&) = delete;
  part_file& operator=(const part_file&) = delete;

  /// Publishes what was kept, without the rest; removes the file if nothing
  /// was.
  ~part_file();

  absl::Status append(std::string_view bytes);

  /// Makes all that was appended durable.
  absl::Status keep();

  /// Keeps all and gives the file its name; the last call.
  absl::Status publish();

  /// Bytes appended.
  std::int64_t size() const {
    return size_;
  }

private:
  part_file() = default;

  absl::StatusOr<bool> make(const std::string& hidden);
  absl::Status fail(std::string_view what) const;

  std::string hidden_; ///< name while it is written
  int file_ = -1;
  std::int64_t size_ = 0;
  std::int64_t kept_ = 0;
};

/// How a part ends whose writer died.
enum class abandoned : std::uint8_t {
  lines,    ///< is as good as its last complete line
  unusable, ///< is nothing without its end
};

/// Publishes or removes the parts with that extension in `folder`, and `depth`
/// folders deep in it, whose writers died. O(files).
absl::Status adopt_parts(const std::string& folder, int depth,
                         const std::string& extension, abandoned how);

} // namespace herald
