#include "cluster/node/peer_links.hpp"

#include "actors/actor_base.hpp"

#include <caf/io/all.hpp>

namespace herald::cluster {

void peer_links::follow(const std::map<node_uuid, member>& members,
                        clock::time_point now) {
  std::erase_if(links_, [&](const auto& entry) {
    auto known = members.find(entry.first);
    auto gone
        = known == members.end() || known->second.info.id != entry.second.peer;
    if (gone && entry.second.dialler)
      caf::anon_send_exit(entry.second.dialler, caf::exit_reason::kill);
    return gone;
  });
  for (const auto& [uuid, x] : members) {
    if (uuid == own_.uuid)
      continue;
    auto& to = links_[uuid];
    to.peer = x.info.id;
    if (!to.handle && !to.dialling && now >= to.not_before)
      dial(uuid, to, x.info);
  }
}

void peer_links::dial(const node_uuid& uuid, link& x, const member_info& info) {
  auto& system = self_->home_system();
  auto& middleman = system.middleman();
  x.dialling = true;
  x.not_before = clock::now() + dial_again_after;
  auto dialler = caf::io::make_middleman_actor(
      system, middleman.named_broker<caf::io::basp_broker>(caf::atom("BASP")));
  x.dialler = caf::actor_cast<caf::actor>(dialler);
  auto end = [this, uuid, dialler](std::optional<node_actor> handle) {
    caf::anon_send_exit(dialler, caf::exit_reason::user_shutdown);
    auto at = links_.find(uuid);
    if (at == links_.end())
      return;
    at->second.dialling = false;
    at->second.dialler = {};
    if (!handle)
      return;
    self_->monitor(*handle);
    at->second.handle = std::move(handle);
    self_->send(*at->second.handle, beat_of(own_));
  };
  self_
      ->request(dialler, dial_timeout, caf::connect_atom_v, info.host,
                info.actor_port)
      .then(
          [end](const caf::node_id&, caf::strong_actor_ptr& actor,
                const std::set<std::string>&) {
            if (!actor)
              return end(std::nullopt);
            end(caf::actor_cast<node_actor>(actor));
          },
          [end](caf::error&) { end(std::nullopt); });
}

void peer_links::beat() {
  for (auto& [uuid, x] : links_)
    if (x.handle)
      self_->send(*x.handle, beat_of(own_));
}

std::optional<node_id> peer_links::lost(const caf::actor_addr& address) {
  for (auto& [uuid, x] : links_)
    if (x.handle && x.handle->address() == address) {
      x.handle.reset();
      x.not_before = clock::now() + dial_again_after;
      return x.peer;
    }
  return std::nullopt;
}

const node_actor* peer_links::find(const node_id& id) const {
  auto at = links_.find(id.uuid);
  if (at == links_.end() || at->second.peer != id || !at->second.handle)
    return nullptr;
  return &*at->second.handle;
}

} // namespace herald::cluster
