#include "cluster/failure_detector.hpp"

#include <algorithm>

namespace herald::cluster {

failure_detector::failure_detector(detector_settings settings)
    : settings_(settings) {
  // nop
}

void failure_detector::watch(const std::vector<node_id>& peers,
                             steady_time now) {
  std::map<node_id, peer_state> next;
  for (const auto& peer : peers) {
    auto i = peers_.find(peer);
    next.emplace(peer, i != peers_.end()
                           ? i->second
                           : peer_state{now + settings_.first_contact});
  }
  peers_ = std::move(next);
}

void failure_detector::heartbeat(const node_id& peer, steady_time now) {
  if (auto i = peers_.find(peer); i != peers_.end())
    i->second = {now + settings_.suspect_after, false, true};
}

void failure_detector::lost(const node_id& peer, steady_time now) {
  // A first connection that fails is no loss: it has its own, longer time.
  if (auto i = peers_.find(peer); i != peers_.end() && i->second.heard)
    i->second.deadline
        = std::min(i->second.deadline, now + settings_.after_loss);
}

void failure_detector::tick(steady_time now) {
  auto stood = now - last_tick_ > settings_.own_pause;
  last_tick_ = now;
  for (auto& [peer, state] : peers_) {
    if (stood && !state.suspected)
      state.deadline = std::max(state.deadline, now + settings_.suspect_after);
    state.suspected = now >= state.deadline;
  }
}

bool failure_detector::suspects(const node_id& peer) const {
  auto i = peers_.find(peer);
  return i != peers_.end() && i->second.suspected;
}

} // namespace herald::cluster
