#include "cluster/catalog.hpp"

#include "cluster/catalog_rules.hpp"
#include "cluster/command_codec.hpp"
#include "cluster/limits.hpp"
#include "engine/common/check.hpp"

#include <algorithm>

// The frame of the state machine: positions, repeated commands, settings.
// catalog_members.cpp and catalog_objects.cpp have the rest of its rules.

namespace herald::cluster {

std::string_view to_string(refusal why) {
  switch (why) {
  case refusal::none:
    return "accepted";
  case refusal::malformed:
    return "a name, text or list is too long or malformed";
  case refusal::full:
    return "the catalog is full";
  case refusal::unknown:
    return "it does not exist";
  case refusal::version_differs:
    return "it has another version";
  case refusal::not_a_member:
    return "the sender is not a member";
  case refusal::old_incarnation:
    return "this incarnation was used before";
  case refusal::not_claimable:
    return "it has an owner or another generation";
  case refusal::stale:
    return "the sender does not own it, or newer news is known";
  case refusal::not_wanted:
    return "it should not run";
  }
  return "unknown";
}

outcome catalog::apply(log_position at, const command& what) {
  HERALD_CHECK_LT(position_.value, at.value);
  position_ = at;
  if (auto i = outcomes_.find(what.request); i != outcomes_.end()) {
    auto known = i->second;
    known.repeated = true;
    return known;
  }
  result made{refusal::malformed};
  if (what.request != request_id{} && what.author.size() <= max_name_bytes)
    made = std::visit([&](const auto& body) { return change(body, what); },
                      what.body);
  outcome known{what.request, at, made.why, made.number};
  remember(known);
  return known;
}

void catalog::skip(log_position at) {
  HERALD_CHECK_LT(position_.value, at.value);
  position_ = at;
}

void catalog::remember(const outcome& known) {
  if (known.request == request_id{})
    return;
  outcomes_.emplace(known.request, known);
  outcome_order_.push_back(known.request);
  if (outcome_order_.size() > max_outcomes) {
    outcomes_.erase(outcome_order_.front());
    outcome_order_.pop_front();
  }
}

catalog::result catalog::change(const set_command& what, const command&) {
  if (!is_dotted_name(what.name)
      || (what.value && what.value->size() > max_value_bytes))
    return {refusal::malformed};
  auto i = settings_.find(what.name);
  auto known = i != settings_.end();
  auto version = known ? i->second.version : version_number{};
  if (what.only_if && *what.only_if != version)
    return {refusal::version_differs};
  auto old_bytes = known ? i->second.value.size() : 0;
  if (!what.value) {
    if (!known)
      return {refusal::unknown};
    bytes_ -= old_bytes;
    settings_.erase(i);
    return {};
  }
  auto bytes = bytes_ - old_bytes + what.value->size();
  if (bytes > max_catalog_bytes || (!known && settings_.size() >= max_settings))
    return {refusal::full};
  bytes_ = bytes;
  ++version.value;
  settings_.insert_or_assign(what.name, setting{*what.value, version});
  return {refusal::none, version.value};
}

absl::StatusOr<std::optional<outcome>> follow(catalog& where, log_position at,
                                              std::string_view record) {
  auto what = decode_command(record);
  if (what.ok())
    return where.apply(at, *what);
  if (absl::IsUnimplemented(what.status()))
    return what.status();
  where.skip(at);
  return std::nullopt;
}

} // namespace herald::cluster
