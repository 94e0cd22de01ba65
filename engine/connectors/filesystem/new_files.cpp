#include "engine/connectors/filesystem/new_files.hpp"

#include <algorithm>

namespace herald {

std::uint64_t stable_hash(std::string_view text) {
  constexpr std::uint64_t offset = 14'695'981'039'346'656'037U;
  constexpr std::uint64_t prime = 1'099'511'628'211U;
  auto result = offset;
  for (const char c : text)
    result = (result ^ static_cast<unsigned char>(c)) * prime;
  return result;
}

void new_files::remember(const file_positions& read) {
  for (const auto& [file, next] : read) {
    auto& known = known_[file];
    known = std::max(known, next);
  }
}

std::vector<split_position>
new_files::take(const std::vector<std::string>& listed) {
  std::vector<split_position> result;
  // There may be files, out of reach for a while: none is forgotten.
  if (listed.empty())
    return result;
  for (const auto& file : listed) {
    if (stable_hash(file) % parallelism_ != subtask_)
      continue;
    auto& known = known_[file];
    if (known != whole_file)
      result.push_back({file, std::exchange(known, whole_file)});
  }
  if (known_.size() > known_max_)
    std::erase_if(known_, [&](const auto& x) {
      return !std::binary_search(listed.begin(), listed.end(), x.first);
    });
  return result;
}

} // namespace herald
