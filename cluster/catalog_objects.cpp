#include "cluster/catalog.hpp"
#include "cluster/catalog_rules.hpp"
#include "cluster/limits.hpp"

#include <algorithm>

// Objects and their owners. An object that has an owner is changed by it alone
// under its generation; what users want of it changes beside that. A claim
// raises the generation, so whatever an earlier owner still sends is stale.

namespace herald::cluster {

namespace {

// The state of an object without an owner, before anybody failed at it.
object_state idle_state(const object& what) {
  return what.wanted_running ? object_state::waiting : object_state::stopped;
}

// Whether an owner may say this and keep the object.
bool is_working(object_state state) {
  return state == object_state::waiting || state == object_state::running
         || state == object_state::restarting;
}

} // namespace

const object* catalog::find_object(const object_key& key) const {
  auto i = objects_.find(key);
  return i == objects_.end() ? nullptr : &i->second;
}

object* catalog::find_held(const object_key& key, const node_id& owner,
                           generation held) {
  auto i = objects_.find(key);
  if (i == objects_.end() || i->second.owner != owner || i->second.held != held)
    return nullptr;
  return &i->second;
}

catalog::result catalog::change(const put_command& what,
                                const command& envelope) {
  if (!is_valid(what))
    return {refusal::malformed};
  auto i = objects_.find(what.key);
  auto known = i != objects_.end();
  auto version = known ? i->second.current().number : version_number{};
  if (what.only_if && *what.only_if != version)
    return {refusal::version_differs};
  object_version made{{version.value + 1},
                      what.text,
                      what.options,
                      envelope.author,
                      envelope.time_ms};
  auto bytes = bytes_ + size_of(made);
  auto drops = known && i->second.versions.size() == max_versions;
  if (drops)
    bytes -= size_of(i->second.versions.front());
  if (bytes > max_catalog_bytes || (!known && objects_.size() >= max_objects))
    return {refusal::full};
  bytes_ = bytes;
  if (!known) {
    i = objects_.emplace(what.key, object{}).first;
    i->second.held = generation_floor_;
    i->second.wanted_running = what.wanted;
  }
  auto& target = i->second;
  if (drops)
    target.versions.pop_front();
  target.versions.push_back(std::move(made));
  target.type = what.type;
  if (!target.owner)
    target.status = {idle_state(target)};
  return {refusal::none, target.current().number.value};
}

catalog::result catalog::change(const remove_command& what,
                                const command& envelope) {
  auto i = objects_.find(what.key);
  if (i == objects_.end())
    return {refusal::unknown};
  if (what.only_if && *what.only_if != i->second.current().number)
    return {refusal::version_differs};
  generation_floor_ = std::max(generation_floor_, i->second.held);
  bytes_ -= size_of(i->second);
  objects_.erase(i);
  if (what.key == queue_key(what.key.name))
    jobs_.end_all(what.key.name, envelope.time_ms);
  return {};
}

catalog::result catalog::change(const set_wanted_command& what,
                                const command&) {
  auto i = objects_.find(what.key);
  if (i == objects_.end())
    return {refusal::unknown};
  auto& target = i->second;
  if (what.only_if && *what.only_if != target.current().number)
    return {refusal::version_differs};
  target.wanted_running = what.running;
  auto ended = target.status.state == object_state::failed
               || target.status.state == object_state::finished;
  // Stopping what failed or finished keeps the reason in sight.
  if (!target.owner && (what.running || !ended))
    target.status = {idle_state(target)};
  return {refusal::none, target.current().number.value};
}

catalog::result catalog::change(const claim_command& what, const command&) {
  if (!find_member(what.owner))
    return {refusal::not_a_member};
  auto i = objects_.find(what.key);
  if (i == objects_.end())
    return {refusal::unknown};
  auto& target = i->second;
  if (target.owner || target.held != what.expected)
    return {refusal::not_claimable};
  if (!target.should_run())
    return {refusal::not_wanted};
  target.owner = what.owner;
  ++target.held.value;
  target.sequence = 0;
  target.status = {object_state::waiting};
  return {refusal::none, target.held.value};
}

catalog::result catalog::change(const report_command& what, const command&) {
  if (!is_working(what.status.state)
      || what.status.reason.size() > max_reason_bytes)
    return {refusal::malformed};
  auto* target = find_held(what.key, what.owner, what.held);
  if (!target || what.sequence <= target->sequence)
    return {refusal::stale};
  target->sequence = what.sequence;
  target->status = what.status;
  return {refusal::none, what.held.value};
}

catalog::result catalog::change(const release_command& what, const command&) {
  if (what.status.state == object_state::running
      || what.status.state == object_state::restarting
      || what.status.reason.size() > max_reason_bytes)
    return {refusal::malformed};
  auto* target = find_held(what.key, what.owner, what.held);
  if (!target)
    return {refusal::stale};
  target->owner.reset();
  auto ended = what.status.state == object_state::failed
               || what.status.state == object_state::finished;
  if (ended && what.ran == target->current().number)
    target->status = what.status;
  else
    target->status = {idle_state(*target)};
  return {refusal::none, what.held.value};
}

} // namespace herald::cluster
