#include "cluster/gateway/routes.hpp"

#include "engine/common/error.hpp"

#include <array>
#include <cctype>

#include <kj/compat/url.h>
#include <kj/exception.h>

namespace herald::gateway {

namespace {

using enum http_verb;
using kind = route_kind;

constexpr std::array routes{
    route{post, "v1/tasks", kind::call, "createTask", "", ""},
    route{get, "v1/tasks", kind::call, "listTasks", "", ""},
    route{get, "v1/tasks/NAME", kind::call, "taskStatus", "name", ""},
    route{put, "v1/tasks/NAME", kind::call, "updateTask", "name", ""},
    route{remove, "v1/tasks/NAME", kind::call, "deleteTask", "name", ""},
    route{post, "v1/tasks/NAME/start", kind::call, "startTask", "name", ""},
    route{post, "v1/tasks/NAME/stop", kind::call, "stopTask", "name", ""},
    route{post, "v1/rules", kind::call, "putRule", "", "yaml"},
    route{get, "v1/rules", kind::call, "listRules", "", ""},
    route{remove, "v1/rules/NAME", kind::call, "deleteRule", "name", ""},
    route{post, "v1/queries", kind::submit, "submitQuery", "", ""},
    route{get, "v1/jobs", kind::call, "listJobs", "", ""},
    route{get, "v1/jobs/ID", kind::job_status, "status", "jobId", ""},
    route{get, "v1/jobs/ID/result", kind::job_result, "next", "jobId", ""},
    route{remove, "v1/jobs/ID", kind::job_cancel, "cancel", "jobId", ""},
    route{get, "v1/queues", kind::call, "listQueues", "", ""},
    route{put, "v1/queues/NAME", kind::call, "putQueue", "name", ""},
    route{get, "v1/cluster", kind::call, "clusterStatus", "", ""},
    route{get, "v1/node", kind::call, "nodeStatus", "", ""},
    route{get, "v1/nodes/NAME", kind::call, "nodeStatus", "node", ""},
    route{get, "v1/settings", kind::call, "getSettings", "", ""},
    route{put, "v1/settings/KEY", kind::call, "putSetting", "key", ""},
    route{get, "healthz", kind::health, "", "", ""},
    route{get, "metrics", kind::metrics, "", "", ""},
};

std::string_view verb_name(http_verb verb) {
  switch (verb) {
  case get:
    return "GET";
  case post:
    return "POST";
  case put:
    return "PUT";
  case remove:
    return "DELETE";
  case other:
    break;
  }
  return "";
}

/// Returns whether `path` has the form of `pattern`, and the named segment.
bool fits(std::string_view pattern, const std::vector<std::string>& path,
          std::string& name) {
  for (const auto& segment : path) {
    auto end = pattern.find('/');
    auto expected = pattern.substr(0, end);
    if (expected.empty())
      return false;
    if (std::isupper(static_cast<unsigned char>(expected.front())))
      name = segment;
    else if (expected != segment)
      return false;
    pattern = end == std::string_view::npos ? std::string_view()
                                            : pattern.substr(end + 1);
  }
  return pattern.empty();
}

std::string to_string(const kj::String& text) {
  return {text.begin(), text.size()};
}

} // namespace

absl::StatusOr<http_target> parse_target(std::string_view url) {
  auto text = kj::heapString(url.data(), url.size());
  http_target target;
  bool parsed = false;
  // KJ reports what it cannot take apart in both ways, by value and throwing.
  auto failure = kj::runCatchingExceptions([&]() {
    KJ_IF_MAYBE (taken, kj::Url::tryParse(text, kj::Url::HTTP_REQUEST)) {
      for (const auto& segment : taken->path)
        target.path.push_back(to_string(segment));
      for (const auto& one : taken->query)
        target.query.emplace_back(to_string(one.name), to_string(one.value));
      parsed = true;
    }
  });
  if (!parsed || failure != nullptr)
    return user_error("the URL is not a path with an optional query",
                      "percent-encode what is not a letter or digit");
  return target;
}

route_match find_route(http_verb verb, const http_target& target) {
  route_match result;
  for (const auto& candidate : routes) {
    std::string name;
    if (!fits(candidate.path, target.path, name))
      continue;
    if (candidate.verb == verb) {
      result.found = &candidate;
      result.name = std::move(name);
      return result;
    }
    if (!result.allowed.empty())
      result.allowed += ", ";
    result.allowed += verb_name(candidate.verb);
  }
  return result;
}

} // namespace herald::gateway
