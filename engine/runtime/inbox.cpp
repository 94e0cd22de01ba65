#include "engine/runtime/inbox.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

inbox::inbox(const std::vector<std::vector<channel>>& ports) {
  for (std::size_t port = 0; port < ports.size(); ++port) {
    for (std::size_t i = 0; i < ports[port].size(); ++i) {
      auto& x = lanes_[ports[port][i]];
      x.port = static_cast<int>(port);
      x.index = i;
    }
    merges_.emplace_back(ports[port].size());
    passed_.push_back(time_min);
  }
  for (auto& [at, x] : lanes_)
    order_.push_back(&x);
}

absl::Status inbox::push(frame x) {
  auto at = lanes_.find(x.at);
  if (at == lanes_.end())
    return absl::InternalError(
        fmt::format("frame on unknown channel edge {} from {} to {}", x.at.edge,
                    x.at.from, x.at.to));
  auto& to = at->second;
  if (x.sequence != to.sequence + 1)
    return absl::InternalError(
        fmt::format("edge {} from {}: sequence {} follows {}", x.at.edge,
                    x.at.from, x.sequence, to.sequence));
  to.sequence = x.sequence;
  if (x.kind == frame_kind::rows) {
    auto size = frame_bytes(*x.rows);
    to.bytes += size;
    bytes_ += size;
  }
  to.queue.push_back(std::move(x));
  return absl::OkStatus();
}

bool inbox::all_ended() const {
  return std::all_of(order_.begin(), order_.end(),
                     [](const lane* x) { return x->ended; });
}

std::optional<input_event> inbox::align() {
  auto any = false;
  for (const auto* x : order_) {
    if (!x->aligned && !x->ended)
      return std::nullopt;
    any |= x->aligned;
  }
  if (!any)
    return std::nullopt;
  for (auto* x : order_)
    x->aligned = false;
  return input_barrier{epoch_};
}

std::optional<input_event> inbox::take(lane& x) {
  auto next = std::move(x.queue.front());
  x.queue.pop_front();
  if (next.kind == frame_kind::rows) {
    auto size = frame_bytes(*next.rows);
    x.bytes -= size;
    bytes_ -= size;
    return input_rows{x.port, std::move(next.rows), next.at};
  }
  if (next.kind == frame_kind::barrier) {
    x.aligned = true;
    epoch_ = std::max(epoch_, next.value);
    return align();
  }
  mark(x, next);
  return std::nullopt;
}

/// Time, or that a channel does without: what it means for its port and the
/// others is ready afterwards.
void inbox::mark(lane& x, const frame& what) {
  auto port = static_cast<std::size_t>(x.port);
  auto& merge = merges_[port];
  auto joined = merge.current();
  if (what.kind == frame_kind::end) {
    // An input that came to its end said so by its last watermark; one that
    // was stopped early did not, and holds back the windows it has not seen.
    x.ended = true;
  } else if (what.kind == frame_kind::idle) {
    x.idle = true;
    joined = merge.set_idle(x.index);
  } else if (what.value == time_max) {
    // Time has ended for the port when it has for all of its channels: an idle
    // one may come back.
    x.idle = false;
    x.complete = true;
    joined = merge.set_idle(x.index);
  } else {
    x.idle = false;
    joined = merge.advance(x.index, what.value);
  }
  raise(port, port_complete(port) ? time_max : joined);
  watch_idle();
}

void inbox::raise(std::size_t port, event_time t) {
  if (t <= passed_[port])
    return;
  passed_[port] = t;
  ready_.push_back(input_watermark{static_cast<int>(port), t});
}

/// True when time has ended for all channels of a port, but for those that
/// were idle when they were stopped.
bool inbox::port_complete(std::size_t port) const {
  auto any = false;
  for (const auto* x : order_) {
    if (static_cast<std::size_t>(x->port) != port)
      continue;
    if (!x->complete && !(x->idle && x->ended))
      return false;
    any |= x->complete;
  }
  return any;
}

/// Idle ports follow the slowest active one. Without any, all are idle: then
/// nobody is waited for, whichever fell idle last.
void inbox::watch_idle() {
  std::vector<bool> active(passed_.size());
  std::vector<bool> idle(passed_.size());
  for (const auto* x : order_) {
    auto port = static_cast<std::size_t>(x->port);
    active[port] = active[port] || (!x->idle && !x->complete);
    idle[port] = idle[port] || x->idle;
  }
  auto slowest = time_max;
  auto highest = time_min;
  auto any_active = false;
  auto any_idle = false;
  for (std::size_t port = 0; port < passed_.size(); ++port) {
    any_idle |= idle[port];
    if (passed_[port] != time_max)
      highest = std::max(highest, passed_[port]);
    if (!active[port])
      continue;
    any_active = true;
    slowest = std::min(slowest, passed_[port]);
  }
  for (std::size_t port = 0; port < passed_.size(); ++port)
    if (idle[port] && !active[port])
      raise(port, any_active ? slowest : highest);
  auto all_idle = any_idle && !any_active;
  if (all_idle && !idle_given_)
    ready_.push_back(input_idle{});
  idle_given_ = all_idle;
}

std::optional<input_event> inbox::next() {
  for (std::size_t tried = 0; tried < order_.size();) {
    if (!ready_.empty()) {
      auto result = std::move(ready_.front());
      ready_.pop_front();
      return result;
    }
    auto& x = *order_[turn_];
    if (x.queue.empty() || x.aligned) {
      turn_ = (turn_ + 1) % order_.size();
      ++tried;
      continue;
    }
    auto result = take(x);
    turn_ = (turn_ + 1) % order_.size();
    if (result)
      return result;
    tried = 0;
  }
  // An end may have been what a barrier was waiting for.
  if (auto barrier = align())
    return barrier;
  if (all_ended() && !end_given_) {
    end_given_ = true;
    return input_end{};
  }
  return std::nullopt;
}

} // namespace herald
