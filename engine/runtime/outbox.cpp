#include "engine/runtime/outbox.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/exchange.hpp"

#include <fmt/format.h>

namespace herald {

outbox::outbox(std::vector<lane_plan> edges, int index) {
  for (auto& plan : edges) {
    fan made;
    auto first = plan.kind == exchange::forward ? index : 0;
    auto to_all
        = plan.kind == exchange::hash || plan.kind == exchange::broadcast;
    auto count = to_all ? plan.receivers : 1;
    for (int i = 0; i < count; ++i)
      made.lanes.push_back({{plan.edge, index, first + i}});
    made.plan = std::move(plan);
    fans_.push_back(std::move(made));
  }
}

outbox::fan& outbox::find(std::int32_t edge) {
  for (auto& x : fans_)
    if (x.plan.edge == edge)
      return x;
  HERALD_CHECK(false, fmt::format("edge {} does not leave this stage", edge));
}

absl::Status outbox::grant(const credit& x) {
  for (auto& edge : fans_)
    for (auto& to : edge.lanes)
      if (to.at == x.at) {
        auto was_starved = to.credit <= 0;
        to.credit += x.bytes;
        if (to.credit > channel_credit_bytes)
          return absl::InternalError(
              fmt::format("edge {} to {}: more credit came back than was used",
                          x.at.edge, x.at.to));
        if (was_starved && to.credit > 0)
          --starved_;
        return absl::OkStatus();
      }
  return absl::InternalError(
      fmt::format("credit for unknown edge {} to {}", x.at.edge, x.at.to));
}

void outbox::set_remote(const channel& at) {
  for (auto& edge : fans_)
    for (auto& to : edge.lanes)
      to.remote = to.remote || to.at == at;
}

/// A frame to another node is copied, and holds up the heartbeats that share
/// its connection: so it is short. One row is never divided.
void outbox::send_rows(lane& x, batch_ptr rows) {
  if (!x.remote || rows->rows <= 1
      || frame_bytes(*rows) <= remote_frame_bytes_max)
    return send(x, frame_kind::rows, 0, std::move(rows));
  auto half = rows->rows / 2;
  send_rows(x, slice(*rows, 0, half));
  send_rows(x, slice(*rows, half, rows->rows - half));
}

void outbox::send(lane& x, frame_kind kind, std::int64_t value,
                  batch_ptr rows) {
  if (rows) {
    auto was_starved = x.credit <= 0;
    x.credit -= frame_bytes(*rows);
    if (!was_starved && x.credit <= 0)
      ++starved_;
  }
  frames_.push_back({x.at, ++x.sequence, kind, value, std::move(rows)});
}

void outbox::emit(std::int32_t edge, const batch_ptr& rows) {
  auto& x = find(edge);
  if (x.lanes.size() == 1) {
    send_rows(x.lanes[0], rows);
    return;
  }
  if (x.plan.kind == exchange::broadcast) {
    for (auto& to : x.lanes)
      send_rows(to, rows);
    return;
  }
  auto parts = divide(rows, x.plan.keys, static_cast<int>(x.lanes.size()));
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i])
      send_rows(x.lanes[i], std::move(parts[i]));
}

void outbox::advance(std::int32_t edge, event_time t) {
  auto& x = find(edge);
  if (t <= x.watermark)
    return;
  x.watermark = t;
  for (auto& to : x.lanes)
    send(to, frame_kind::watermark, t, nullptr);
}

void outbox::send_all(frame_kind kind, std::int64_t value) {
  for (auto& x : fans_)
    for (auto& to : x.lanes)
      send(to, kind, value, nullptr);
}

void outbox::barrier(std::int64_t epoch) {
  send_all(frame_kind::barrier, epoch);
}

void outbox::idle() {
  send_all(frame_kind::idle, 0);
}

void outbox::resume() {
  for (auto& x : fans_)
    for (auto& to : x.lanes)
      send(to, frame_kind::watermark, x.watermark, nullptr);
}

void outbox::end() {
  send_all(frame_kind::end, 0);
}

} // namespace herald
