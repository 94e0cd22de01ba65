#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

// Which call of the schema an HTTP request means. One table, in routes.cpp;
// docs/protocol.md shows it to users. Pure functions, safe on any thread;
// bounded by the limits on URLs.

namespace herald::gateway {

enum class http_verb : std::uint8_t { get, post, put, remove, other };

/// How a route is answered.
enum class route_kind : std::uint8_t {
  call,       ///< A method of `Herald`: JSON in, JSON out.
  submit,     ///< The same, for a job that has no capability to hold on to.
  job_status, ///< `Job.status`.
  job_result, ///< `Job.next` until the end, as one body.
  job_cancel, ///< `Job.cancel`.
  health,
  metrics
};

struct route {
  http_verb verb;
  /// Segments; one in capitals stands for a name and fills `path_field`.
  std::string_view path;
  route_kind kind;
  /// The method of `Herald`, or of `Job` for the kinds that begin with job.
  std::string_view method;
  /// The parameter that comes from the path; empty if none does.
  std::string_view path_field;
  /// The parameter that a body that is not JSON fills; empty if none.
  std::string_view body_field;
};

/// A request's target, taken apart and percent-decoded.
struct http_target {
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Takes the first line's target apart; `InvalidArgument` if it is no path.
absl::StatusOr<http_target> parse_target(std::string_view url);

struct route_match {
  const route* found = nullptr;
  /// The segment that stands for a name.
  std::string name;
  /// For a known path with another verb: those that it takes, as "GET, PUT".
  std::string allowed;
};

/// Finds the route of a request; `found` is null if there is none.
/// O(number of routes).
route_match find_route(http_verb verb, const http_target& target);

} // namespace herald::gateway
