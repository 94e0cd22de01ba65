#include "cluster/catalog.hpp"
#include "cluster/catalog_rules.hpp"
#include "cluster/job_codec.hpp"
#include "cluster/limits.hpp"
#include "cluster/wire.hpp"
#include "engine/common/error.hpp"

#include <functional>

// The catalog as bytes, so far for tests only. Maps are written in their order,
// so equal catalogs give equal bytes. Reading checks all that the rules of the
// catalog otherwise guarantee: a damaged snapshot must not become a catalog
// that no log gives.

namespace herald::cluster {

namespace {

// Raised when a field changes its meaning, which should never be needed.
constexpr std::uint32_t snapshot_format = 1;

absl::Status broken(std::string_view what) {
  return absl::InvalidArgumentError(std::string("broken snapshot: ")
                                    + std::string(what));
}

absl::Status check(bool condition, std::string_view what) {
  return condition ? absl::OkStatus() : broken(what);
}

template <class Container>
unsigned count(const Container& items) {
  return static_cast<unsigned>(items.size());
}

} // namespace

// -- writing -----------------------------------------------------------------

class snapshot_writer {
public:
  explicit snapshot_writer(schemas::Snapshot::Builder to) : to_(to) {
    // nop
  }

  void write(const catalog& from) {
    to_.setFormat(snapshot_format);
    to_.setPosition(from.position_.value);
    to_.setView(from.view_.value);
    to_.setGenerationFloor(from.generation_floor_.value);
    auto members = to_.initMembers(count(from.members_));
    unsigned index = 0;
    for (const auto& [uuid, seated] : from.members_)
      write_member(members[index++], seated);
    auto departed = to_.initDeparted(count(from.departed_));
    index = 0;
    for (const auto& gone : from.departed_)
      wire::write(departed[index++], gone);
    auto objects = to_.initObjects(count(from.objects_));
    index = 0;
    for (const auto& [key, what] : from.objects_)
      write_object(objects[index++], key, what);
    auto settings = to_.initSettings(count(from.settings_));
    index = 0;
    for (const auto& [name, what] : from.settings_) {
      auto entry = settings[index++];
      entry.setName(wire::as_text(name));
      entry.setValue(wire::as_text(what.value));
      entry.setVersion(what.version.value);
    }
    write_outcomes(from);
    const auto& jobs = from.jobs_;
    auto entries = to_.initJobs(count(jobs.open()) + count(jobs.ended()));
    index = 0;
    for (const auto& [id, entry] : jobs.open())
      wire::write(entries[index++], entry);
    for (const auto& entry : jobs.ended())
      wire::write(entries[index++], entry);
  }

private:
  static void write_member(schemas::Snapshot::SeatedMember::Builder to,
                           const member& from) {
    wire::write(to.initMember(), from.info);
    wire::write(to.initJoinedBy(), from.joined_by.bits);
    to.setAnsweredAt(from.answered_at.value);
    auto suspicions = to.initSuspicions(count(from.suspected_by));
    unsigned index = 0;
    for (const auto& [by, at] : from.suspected_by) {
      wire::write(suspicions[index].initBy(), by);
      suspicions[index++].setAt(at.value);
    }
  }

  static void write_object(schemas::Snapshot::Object::Builder to,
                           const object_key& key, const object& from) {
    wire::write(to.initKey(), key);
    to.setType(wire::as_text(from.type));
    auto versions = to.initVersions(count(from.versions));
    unsigned index = 0;
    for (const auto& version : from.versions) {
      auto entry = versions[index++];
      entry.setNumber(version.number.value);
      entry.setText(wire::as_text(version.text));
      wire::write(entry.initOptions(count(version.options)), version.options);
      entry.setAuthor(wire::as_text(version.author));
      entry.setTimeMs(version.time_ms);
    }
    to.setWantedRunning(from.wanted_running);
    to.setOwned(from.owner.has_value());
    if (from.owner)
      wire::write(to.initOwner(), *from.owner);
    to.setGeneration(from.held.value);
    to.setSequence(from.sequence);
    wire::write(to.initStatus(), from.status);
  }

  void write_outcomes(const catalog& from) {
    auto outcomes = to_.initOutcomes(count(from.outcome_order_));
    unsigned index = 0;
    for (const auto& request : from.outcome_order_) {
      const auto& known = from.outcomes_.at(request);
      auto entry = outcomes[index++];
      wire::write(entry.initRequest(), request.bits);
      entry.setAt(known.at.value);
      entry.setRefusal(static_cast<std::uint16_t>(known.why));
      entry.setNumber(known.number);
    }
  }

  schemas::Snapshot::Builder to_;
};

// -- reading -----------------------------------------------------------------

class snapshot_reader {
public:
  snapshot_reader(schemas::Snapshot::Reader from, catalog& to)
      : from_(from), to_(to) {
    // nop
  }

  absl::Status read() {
    if (from_.getFormat() != snapshot_format)
      return absl::UnimplementedError("a snapshot of an unknown format");
    to_.position_ = {from_.getPosition()};
    to_.view_ = {from_.getView()};
    to_.generation_floor_ = {from_.getGenerationFloor()};
    HERALD_TRY(read_members());
    HERALD_TRY(read_objects());
    HERALD_TRY(read_settings());
    HERALD_TRY(check(to_.bytes_ <= max_catalog_bytes, "too many bytes"));
    for (auto from : from_.getJobs()) {
      job_entry entry;
      HERALD_TRY(wire::read(from, entry));
      HERALD_TRY(
          check(to_.find_object(queue_key(entry.job.queue)) || entry.job.over(),
                "a job without a queue"));
      HERALD_TRY(check(to_.jobs_.restore(std::move(entry)), "a wrong job"));
    }
    return read_outcomes();
  }

private:
  absl::Status read_members() {
    auto members = from_.getMembers();
    auto departed = from_.getDeparted();
    HERALD_TRY(check(members.size() <= max_members, "too many members"));
    HERALD_TRY(check(departed.size() <= max_departed, "too many departed"));
    for (auto entry : members) {
      member seated;
      seated.info = wire::read(entry.getMember());
      seated.joined_by.bits = wire::read(entry.getJoinedBy());
      seated.answered_at = {entry.getAnsweredAt()};
      HERALD_TRY(check(is_valid(seated.info), "a malformed member"));
      auto uuid = seated.info.id.uuid;
      auto fresh = to_.members_.emplace(uuid, std::move(seated)).second;
      HERALD_TRY(check(fresh, "a member twice"));
    }
    for (auto entry : members) {
      auto* seated = to_.seat_of(wire::read(entry.getMember().getId()));
      auto suspicions = entry.getSuspicions();
      HERALD_TRY(check(suspicions.size() < max_members, "many suspicions"));
      for (auto suspicion : suspicions) {
        auto by = wire::read(suspicion.getBy());
        HERALD_TRY(check(to_.find_member(by) && by != seated->info.id,
                         "a suspicion by a stranger"));
        seated->suspected_by[by] = {suspicion.getAt()};
      }
    }
    for (auto entry : departed)
      to_.departed_.push_back(wire::read(entry));
    return absl::OkStatus();
  }

  absl::Status read_objects() {
    auto objects = from_.getObjects();
    HERALD_TRY(check(objects.size() <= max_objects, "too many objects"));
    for (auto entry : objects) {
      object_key key;
      object what;
      HERALD_TRY(wire::read(entry.getKey(), key));
      what.type = wire::text_of(entry.getType());
      what.wanted_running = entry.getWantedRunning();
      if (entry.getOwned()) {
        what.owner = wire::read(entry.getOwner());
        HERALD_TRY(check(to_.find_member(*what.owner), "a foreign owner"));
      }
      what.held = {entry.getGeneration()};
      what.sequence = entry.getSequence();
      HERALD_TRY(wire::read(entry.getStatus(), what.status));
      HERALD_TRY(check(what.status.reason.size() <= max_reason_bytes,
                       "a long reason"));
      HERALD_TRY(read_versions(entry.getVersions(), key, what));
      to_.bytes_ += size_of(what);
      auto fresh = to_.objects_.emplace(key, std::move(what)).second;
      HERALD_TRY(check(fresh, "an object twice"));
    }
    return absl::OkStatus();
  }

  static absl::Status
  read_versions(capnp::List<schemas::Snapshot::Version>::Reader versions,
                const object_key& key, object& what) {
    HERALD_TRY(check(versions.size() >= 1 && versions.size() <= max_versions,
                     "a wrong number of versions"));
    version_number last;
    for (auto entry : versions) {
      object_version version{{entry.getNumber()},
                             wire::text_of(entry.getText()),
                             wire::read(entry.getOptions()),
                             wire::text_of(entry.getAuthor()),
                             entry.getTimeMs()};
      HERALD_TRY(check(version.number > last, "versions out of order"));
      last = version.number;
      put_command content{key, what.type, version.text, version.options, {}};
      HERALD_TRY(
          check(is_valid(content) && version.author.size() <= max_name_bytes,
                "a malformed object"));
      what.versions.push_back(std::move(version));
    }
    return absl::OkStatus();
  }

  absl::Status read_settings() {
    auto settings = from_.getSettings();
    HERALD_TRY(check(settings.size() <= max_settings, "too many settings"));
    for (auto entry : settings) {
      auto name = wire::text_of(entry.getName());
      setting what{wire::text_of(entry.getValue()), {entry.getVersion()}};
      HERALD_TRY(
          check(is_dotted_name(name) && what.value.size() <= max_value_bytes,
                "a malformed setting"));
      to_.bytes_ += what.value.size();
      auto fresh = to_.settings_.emplace(std::move(name), std::move(what));
      HERALD_TRY(check(fresh.second, "a setting twice"));
    }
    return absl::OkStatus();
  }

  absl::Status read_outcomes() {
    auto outcomes = from_.getOutcomes();
    HERALD_TRY(check(outcomes.size() <= max_outcomes, "too many outcomes"));
    auto last = static_cast<std::uint16_t>(refusal::not_wanted);
    for (auto entry : outcomes) {
      HERALD_TRY(check(entry.getRefusal() <= last, "an unknown refusal"));
      outcome known{{wire::read(entry.getRequest())},
                    {entry.getAt()},
                    static_cast<refusal>(entry.getRefusal()),
                    entry.getNumber()};
      HERALD_TRY(check(known.request != request_id{}
                           && !to_.outcomes_.count(known.request),
                       "an outcome twice"));
      to_.remember(known);
    }
    return absl::OkStatus();
  }

  schemas::Snapshot::Reader from_;
  catalog& to_;
};

std::string catalog::encode() const {
  capnp::MallocMessageBuilder message;
  snapshot_writer(message.initRoot<schemas::Snapshot>()).write(*this);
  return wire::to_bytes(message);
}

absl::StatusOr<catalog> catalog::decode(std::string_view bytes) {
  // Objects, settings and jobs, doubled for what Cap'n Proto adds to small
  // ones.
  if (bytes.size() > 2 * (max_catalog_bytes + max_job_bytes))
    return broken("above the limit of its size");
  catalog result;
  HERALD_TRY(wire::read_message(bytes, [&](capnp::MessageReader& message) {
    return snapshot_reader(message.getRoot<schemas::Snapshot>(), result).read();
  }));
  return result;
}

} // namespace herald::cluster
