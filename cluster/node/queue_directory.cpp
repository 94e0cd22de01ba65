#include "cluster/node/queue_directory.hpp"

#include "actors/actor_base.hpp"

namespace herald::cluster {

queue_directory::queue_directory(node_actor::pointer self) : self_(self) {}

void queue_directory::subscribe(subscriber x) {
  subscribers_.push_back(std::move(x));
  changed_ = true;
}

void queue_directory::follow(const catalog& known, const node_id& own,
                             const queue_host& here, const peer_links& peers) {
  auto gone = std::erase_if(entries_, [&](const auto& one) {
    const auto* object = known.find_object(one.first);
    return !object || object->owner != one.second.owner
           || object->held != one.second.held;
  });
  changed_ = changed_ || gone != 0;
  for (const auto& [key, object] : known.objects()) {
    if (key.kind != object_kind::queue || !object.owner)
      continue;
    auto& x = entries_[key];
    x.owner = *object.owner;
    x.held = object.held;
    if (x.version != object.current().number) {
      auto settings = settings_of(key, object.current());
      if (!settings.ok())
        continue;
      x.version = object.current().number;
      x.settings = *std::move(settings);
      changed_ = true;
    }
    if (x.queue)
      continue;
    if (x.owner == own) {
      if (const auto* queue = here.find(key, x.held)) {
        x.queue = *queue;
        self_->monitor(*x.queue);
        changed_ = true;
      }
    } else if (const auto* peer = peers.find(x.owner); peer && !x.asking) {
      ask(key, x, *peer);
    }
  }
  if (std::exchange(changed_, false))
    publish();
}

void queue_directory::ask(const object_key& key, entry& x,
                          const node_actor& peer) {
  x.asking = true;
  auto held = x.held;
  auto find = [this, key, held]() -> entry* {
    auto at = entries_.find(key);
    if (at == entries_.end() || at->second.held != held)
      return nullptr;
    at->second.asking = false;
    return &at->second;
  };
  self_->request(peer, lookup_timeout, queue_lookup{key.name, held.value})
      .then(
          [this, find](const queue_found& answer) {
            auto* at = find();
            if (!at || !answer.queue)
              return;
            at->queue = caf::actor_cast<queue_actor>(answer.queue);
            self_->monitor(*at->queue);
            changed_ = true;
          },
          [find](caf::error&) { find(); });
}

void queue_directory::lost(const caf::actor_addr& address) {
  for (auto& [key, x] : entries_)
    if (x.queue && x.queue->address() == address) {
      x.queue.reset();
      changed_ = true;
    }
}

void queue_directory::publish() {
  queue_links links;
  for (const auto& [key, x] : entries_)
    if (x.queue)
      links.list.push_back({x.settings, to_string(x.owner), *x.queue});
  for (const auto& tell : subscribers_)
    tell(links);
}

} // namespace herald::cluster
