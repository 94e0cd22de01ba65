#include "cluster/node/identity_file.hpp"

#include "engine/common/error.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace herald::cluster {

absl::StatusOr<node_uuid> load_identity(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return user_error(
        fmt::format("cannot make the data folder '{}': {}", folder,
                    error.message()),
        "set 'data' in the configuration to a folder you may write");
  auto path = folder + "/node-id";
  if (std::ifstream file(path); file) {
    std::string text;
    file >> text;
    auto bits = parse_bits(text);
    if (!bits.ok())
      return annotate(bits.status(), path);
    return node_uuid{*bits};
  }
  node_uuid made{random_bits()};
  // Written aside and renamed: a node must never read half an identity.
  auto aside = path + ".new";
  {
    std::ofstream file(aside);
    file << to_string(made.bits) << '\n';
    file.flush();
    if (!file)
      return user_error(fmt::format("cannot write '{}'", aside));
  }
  std::filesystem::rename(aside, path, error);
  if (error)
    return user_error(
        fmt::format("cannot write '{}': {}", path, error.message()));
  return made;
}

} // namespace herald::cluster
