#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/connectors/filesystem/files.hpp"

#include <limits>
#include <unordered_map>

// Which files of a folder that is looked at again and again are new, and whose
// they are: a file belongs to the subtask that its name hashes to, so that no
// two read it, under any parallelism. A plain class without I/O, of one
// thread. Keeps the name of each file that it gave or was told of; beyond
// `known_max` it forgets those that are no longer there.

namespace herald {

/// The position behind a file that was read to its end.
constexpr std::int64_t whole_file = std::numeric_limits<std::int64_t>::max();

/// By path.
using file_positions = std::unordered_map<std::string, std::int64_t>;

/// A hash that is the same in every build: FNV-1a of 64 bits.
std::uint64_t stable_hash(std::string_view text);

class new_files {
public:
  new_files(int subtask, int parallelism, std::size_t known_max = files_max)
      : subtask_(static_cast<std::uint64_t>(subtask)),
        parallelism_(static_cast<std::uint64_t>(parallelism)),
        known_max_(known_max) {}

  /// Files were read as far as this before; a position never falls.
  void remember(const file_positions& read);

  /// Of `listed`, sorted: this subtask's files that were not given before and
  /// not read whole, each with where to go on; none of an empty list, which
  /// a folder out of reach may give. O(listed).
  std::vector<split_position> take(const std::vector<std::string>& listed);

  std::size_t known() const {
    return known_.size();
  }

private:
  std::uint64_t subtask_;
  std::uint64_t parallelism_;
  std::size_t known_max_;
  file_positions known_; ///< `whole_file` once it was given
};

} // namespace herald
