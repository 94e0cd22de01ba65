#include "cluster/commands.hpp"

#include <fmt/format.h>

namespace herald::cluster {

std::string_view to_string(object_kind kind) {
  switch (kind) {
  case object_kind::task:
    return "task";
  case object_kind::queue:
    return "queue";
  case object_kind::rule:
    return "rule";
  }
  return "unknown";
}

std::string to_string(const object_key& key) {
  return fmt::format("{} {}.{}", to_string(key.kind), key.project, key.name);
}

object_key queue_key(const std::string& name) {
  return {object_kind::queue, "default", name};
}

std::string_view to_string(object_state state) {
  switch (state) {
  case object_state::waiting:
    return "waiting";
  case object_state::running:
    return "running";
  case object_state::restarting:
    return "restarting";
  case object_state::stopped:
    return "stopped";
  case object_state::failed:
    return "failed";
  case object_state::finished:
    return "finished";
  }
  return "unknown";
}

} // namespace herald::cluster
