#include "cluster/node/config.hpp"

#include "engine/common/error.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace herald::cluster {

namespace {

text_position place_of(const YAML::Mark& mark) {
  if (mark.is_null())
    return {};
  return {static_cast<std::uint32_t>(mark.line + 1),
          static_cast<std::uint32_t>(mark.column + 1),
          static_cast<std::uint32_t>(mark.pos), 1};
}

absl::Status wrong(const YAML::Node& node, std::string_view key,
                   std::string_view wanted) {
  return user_error(place_of(node.Mark()),
                    fmt::format("'{}' should be {}", key, wanted));
}

using reader = std::function<absl::Status(const YAML::Node&)>;
using reader_map = std::map<std::string, reader>;

reader text(std::string key, std::string& target) {
  return [key = std::move(key), &target](const YAML::Node& node) {
    if (!node.IsScalar())
      return wrong(node, key, "a text");
    target = node.Scalar();
    return absl::OkStatus();
  };
}

template <class T>
reader number(std::string key, T& target, std::uint64_t least,
              std::uint64_t most) {
  return [=, &target, key = std::move(key)](const YAML::Node& node) {
    auto wanted = fmt::format("a whole number from {} to {}", least, most);
    std::uint64_t value = 0;
    if (!node.IsScalar() || !YAML::convert<std::uint64_t>::decode(node, value)
        || value < least || value > most)
      return wrong(node, key, wanted);
    target = static_cast<T>(value);
    return absl::OkStatus();
  };
}

/// Reads a mapping whose keys are those of `readers`.
absl::Status read_map(const YAML::Node& node, std::string_view name,
                      const reader_map& readers) {
  if (!node.IsMap())
    return wrong(node, name, "a mapping of keys to values");
  for (const auto& entry : node) {
    auto key = entry.first.Scalar();
    auto known = readers.find(key);
    if (known == readers.end()) {
      std::vector<std::string> names;
      for (const auto& [other, unused] : readers)
        names.push_back(other);
      auto near = nearest_name(key, names);
      return user_error(place_of(entry.first.Mark()),
                        fmt::format("unknown key '{}' in {}", key, name),
                        near.empty() ? ""
                                     : fmt::format("did you mean '{}'?", near));
    }
    HERALD_TRY(known->second(entry.second));
  }
  return absl::OkStatus();
}

absl::Status read_options(const YAML::Node& node,
                          std::map<std::string, std::string>& out) {
  if (!node.IsMap())
    return wrong(node, "options", "a mapping of librdkafka's settings");
  for (const auto& entry : node) {
    if (!entry.second.IsScalar())
      return wrong(entry.second, entry.first.Scalar(), "a text");
    out[entry.first.Scalar()] = entry.second.Scalar();
  }
  return absl::OkStatus();
}

absl::Status read_log(const YAML::Node& node, node_config& out) {
  kafka_log_config log;
  HERALD_TRY(read_map(node, "log",
                      {{"kafka", text("log.kafka", log.brokers)},
                       {"topic", text("log.topic", log.topic)},
                       {"options", [&log](const YAML::Node& x) {
                          return read_options(x, log.options);
                        }}}));
  if (log.brokers.empty())
    return user_error(place_of(node.Mark()), "'log' needs 'kafka'",
                      "the brokers, as host:port; without 'log' the node "
                      "keeps its log in its own file");
  out.log = std::move(log);
  return absl::OkStatus();
}

absl::StatusOr<node_config> read_root(const YAML::Node& root) {
  node_config result;
  if (root.IsNull())
    return result;
  auto actors = [&result](const YAML::Node& x) {
    return read_map(
        x, "actors",
        {{"host", text("actors.host", result.actor_host)},
         {"port", number("actors.port", result.actor_port, 0, 65535)}});
  };
  auto clients = [&result](const YAML::Node& x) {
    return read_map(x, "clients",
                    {{"rpc", text("clients.rpc", result.rpc)},
                     {"http", text("clients.http", result.http)}});
  };
  constexpr std::uint64_t memory_min = 16 << 20;
  constexpr std::uint64_t memory_max = std::uint64_t{1} << 44;
  HERALD_TRY(read_map(
      root, "the configuration",
      {{"cluster", text("cluster", result.cluster)},
       {"data", text("data", result.data)},
       {"log", [&result](const YAML::Node& x) { return read_log(x, result); }},
       {"actors", actors},
       {"clients", clients},
       {"functions",
        [&result](const YAML::Node& x) {
          return read_map(
              x, "functions",
              {{"folder", text("functions.folder", result.functions_folder)}});
        }},
       {"cores", number("cores", result.cores, 1, 4096)},
       {"workers", number("workers", result.workers, 0, workers_max)},
       {"query_memory_bytes",
        number("query_memory_bytes", result.query_memory_bytes, memory_min,
               memory_max)}}));
  return result;
}

} // namespace

absl::StatusOr<node_config> parse_config(const std::string& text) {
  if (text.size() > config_bytes_max)
    return user_error(fmt::format("the configuration has {} bytes, at most {} "
                                  "are allowed",
                                  text.size(), config_bytes_max));
  try {
    return read_root(YAML::Load(text));
  } catch (const YAML::Exception& e) {
    return user_error(place_of(e.mark), e.msg);
  }
}

absl::StatusOr<node_config> read_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return user_error(fmt::format("cannot read '{}'", path),
                      "herald node --config FILE wants a YAML file");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto result = parse_config(text);
  if (!result.ok())
    return annotate(result.status(), path);
  return result;
}

} // namespace herald::cluster
