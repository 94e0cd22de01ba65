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
  auto port = static_cast<std::size_t>(x.port);
  auto joined = time_min;
  switch (next.kind) {
  case frame_kind::rows: {
    auto size = frame_bytes(*next.rows);
    x.bytes -= size;
    bytes_ -= size;
    return input_rows{x.port, std::move(next.rows), next.at};
  }
  case frame_kind::barrier:
    x.aligned = true;
    epoch_ = std::max(epoch_, next.value);
    return align();
  case frame_kind::watermark:
    joined = merges_[port].advance(x.index, next.value);
    break;
  case frame_kind::idle:
    joined = merges_[port].set_idle(x.index);
    break;
  case frame_kind::end:
    // An input that came to its end said so by its last watermark; one that
    // was stopped early did not, and holds back the windows it has not seen.
    x.ended = true;
    break;
  }
  if (joined <= passed_[port])
    return std::nullopt;
  passed_[port] = joined;
  return input_watermark{x.port, joined};
}

std::optional<input_event> inbox::next() {
  for (std::size_t tried = 0; tried < order_.size();) {
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
