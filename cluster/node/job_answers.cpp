#include "cluster/node/job_answers.hpp"

#include "cluster/identity.hpp"
#include "engine/common/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

template <class To, class From>
constexpr To same_number(From x) {
  return static_cast<To>(static_cast<std::uint8_t>(x));
}

static_assert(same_number<int>(gateway::job_state::fail)
              == same_number<int>(job_state::fail));
static_assert(same_number<int>(gateway::job_kind::importing)
              == same_number<int>(job_kind::importing));
static_assert(same_number<int>(gateway::result_format::json_lines)
              == same_number<int>(result_format::json_lines));

double from_milli(std::int64_t x) {
  return static_cast<double>(x) / 1000;
}

} // namespace

job_order to_order(const gateway::submit_query& x) {
  job_order result;
  result.id = fmt::format("{}.{:016x}", x.queue, random_bits().low);
  result.sql = x.sql;
  result.user = x.user;
  result.kind = same_number<job_kind>(x.kind);
  result.format = same_number<result_format>(x.format);
  result.timeout_ms = x.timeout_ms;
  result.idle_timeout_ms = x.idle_timeout_ms;
  return result;
}

gateway::job_status to_status(const job_report& x) {
  gateway::job_status result;
  result.id = x.order.id;
  result.state = same_number<gateway::job_state>(x.state);
  result.error = herald::to_status(x.error);
  result.queue = x.queue;
  result.user = x.order.user;
  result.kind = same_number<gateway::job_kind>(x.order.kind);
  result.sql = x.order.sql;
  result.queue_position = x.position;
  result.submitted_ms = x.submitted_ms;
  result.started_ms = x.started_ms;
  result.finished_ms = x.finished_ms;
  result.rows = x.rows;
  result.bytes = x.bytes;
  result.worker = x.worker;
  result.engine = x.engine;
  result.format = same_number<gateway::result_format>(x.order.format);
  return result;
}

absl::StatusOr<queue_settings> to_settings(const gateway::queue_spec& x) {
  queue_settings result;
  result.name = x.name;
  // Compared first: what is no number or too large has no nearest integer.
  auto top = from_milli(weight_milli_max);
  if (!(x.weight > 0 && x.weight <= top))
    return user_error(
        fmt::format("the weight of a queue is above 0 and at most {}", top));
  result.weight_milli
      = std::max<std::int64_t>(1, std::llround(x.weight * 1000));
  result.capacity = x.capacity;
  result.running_max = x.max_running;
  result.core = x.core;
  for (auto kind : x.kinds) {
    auto number = same_number<std::uint8_t>(kind);
    if (std::find(result.kinds.begin(), result.kinds.end(), number)
        == result.kinds.end())
      result.kinds.push_back(number);
  }
  HERALD_TRY(check(result));
  return result;
}

gateway::queue_status to_status(const queue_report& x,
                                const std::string& owner) {
  gateway::queue_status result;
  result.spec.name = x.settings.name;
  result.spec.weight = from_milli(x.settings.weight_milli);
  result.spec.capacity = x.settings.capacity;
  result.spec.max_running = x.settings.running_max;
  result.spec.core = x.settings.core;
  for (auto kind : x.settings.kinds)
    result.spec.kinds.push_back(static_cast<gateway::job_kind>(kind));
  result.depth = x.waiting;
  result.running = x.running;
  result.owner = owner;
  result.score = from_milli(x.score.sum());
  result.job_weight = from_milli(x.score.job_weight);
  result.dynamic_factor = from_milli(x.score.dynamic_factor);
  result.queue_weight = from_milli(x.score.queue_weight);
  return result;
}

job_filter to_filter(const gateway::list_jobs& x) {
  job_filter result;
  result.user = x.user;
  result.limit = x.limit;
  for (auto state : x.states)
    result.states |= 1u << same_number<unsigned>(state);
  return result;
}

} // namespace herald::cluster
