#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

// Which files make up a table. Functions over the file system, safe on any
// thread; bounded by `files_max`.

namespace herald {

/// A table of more files is a mistake in its path.
constexpr std::size_t files_max = 1 << 20;

/// Folders inside each other that are looked into.
constexpr int folder_depth_max = 32;

/// The files that make up `path`, sorted: a file; a folder with all below it,
/// but for names that begin with '.' or '_'; or all that a pattern (*, ?,
/// [a-z]) leads to. Errors: nothing is there, unless it is a pattern that
/// `may_match_none`; it cannot be listed.
absl::StatusOr<std::vector<std::string>> files_of(const std::string& path,
                                                  bool may_match_none = false);

/// What the system says in `errno`: "PATH: cannot WHAT: …".
absl::Status system_error(const std::string& path, std::string_view what);

} // namespace herald
