#include "cluster/command_codec.hpp"

#include "cluster/job_codec.hpp"
#include "cluster/limits.hpp"
#include "cluster/wire.hpp"
#include "engine/common/error.hpp"

#include <utility>

// One `write_body` and one `read_body` per command, found by overload; the
// union of the schema and the variant list the commands in the same order.

namespace herald::cluster {

namespace {

void write_condition(schemas::Condition::Builder to, const condition& from) {
  if (from)
    to.setVersionIs(from->value);
  else
    to.setAlways();
}

absl::Status read_condition(schemas::Condition::Reader from, condition& to) {
  switch (from.which()) {
  case schemas::Condition::ALWAYS:
    to.reset();
    return absl::OkStatus();
  case schemas::Condition::VERSION_IS:
    to = version_number{from.getVersionIs()};
    return absl::OkStatus();
  }
  return absl::UnimplementedError("an unknown condition");
}

// -- commands to bytes -------------------------------------------------------

void write_body(schemas::Command::Builder to, const join_command& from) {
  wire::write(to.initJoin(), from.member);
}

void write_body(schemas::Command::Builder to, const leave_command& from) {
  wire::write(to.initLeave(), from.who);
}

void write_body(schemas::Command::Builder to, const suspect_command& from) {
  auto body = to.initSuspect();
  wire::write(body.initBy(), from.by);
  wire::write(body.initTarget(), from.target);
  body.setRepeats(from.repeats.value);
}

void write_body(schemas::Command::Builder to, const trust_command& from) {
  auto body = to.initTrust();
  wire::write(body.initBy(), from.by);
  wire::write(body.initTarget(), from.target);
}

void write_body(schemas::Command::Builder to, const answer_command& from) {
  wire::write(to.initAnswer(), from.who);
}

void write_body(schemas::Command::Builder to, const put_command& from) {
  auto body = to.initPut();
  wire::write(body.initKey(), from.key);
  body.setType(wire::as_text(from.type));
  body.setText(wire::as_text(from.text));
  auto count = static_cast<unsigned>(from.options.size());
  wire::write(body.initOptions(count), from.options);
  write_condition(body.initCondition(), from.only_if);
  body.setWanted(from.wanted);
}

void write_body(schemas::Command::Builder to, const remove_command& from) {
  auto body = to.initRemove();
  wire::write(body.initKey(), from.key);
  write_condition(body.initCondition(), from.only_if);
}

void write_body(schemas::Command::Builder to, const set_wanted_command& from) {
  auto body = to.initSetWanted();
  wire::write(body.initKey(), from.key);
  body.setRunning(from.running);
  write_condition(body.initCondition(), from.only_if);
}

void write_body(schemas::Command::Builder to, const set_command& from) {
  auto body = to.initSet();
  body.setName(wire::as_text(from.name));
  body.setRemove(!from.value);
  if (from.value)
    body.setValue(wire::as_text(*from.value));
  write_condition(body.initCondition(), from.only_if);
}

void write_body(schemas::Command::Builder to, const claim_command& from) {
  auto body = to.initClaim();
  wire::write(body.initKey(), from.key);
  wire::write(body.initOwner(), from.owner);
  body.setExpected(from.expected.value);
}

void write_body(schemas::Command::Builder to, const report_command& from) {
  auto body = to.initReport();
  wire::write(body.initKey(), from.key);
  wire::write(body.initOwner(), from.owner);
  body.setGeneration(from.held.value);
  body.setSequence(from.sequence);
  wire::write(body.initStatus(), from.status);
}

void write_body(schemas::Command::Builder to, const release_command& from) {
  auto body = to.initRelease();
  wire::write(body.initKey(), from.key);
  wire::write(body.initOwner(), from.owner);
  body.setGeneration(from.held.value);
  body.setVersion(from.ran.value);
  wire::write(body.initStatus(), from.status);
}

void write_body(schemas::Command::Builder to, const submit_job_command& from) {
  wire::write(to.initSubmitJob(), from);
}

void write_body(schemas::Command::Builder to, const start_job_command& from) {
  wire::write(to.initStartJob(), from);
}

void write_body(schemas::Command::Builder to, const end_job_command& from) {
  wire::write(to.initEndJob(), from);
}

// -- bytes to commands -------------------------------------------------------

absl::Status read_body(schemas::Command::Suspect::Reader from,
                       suspect_command& to) {
  to = {wire::read(from.getBy()),
        wire::read(from.getTarget()),
        {from.getRepeats()}};
  return absl::OkStatus();
}

absl::Status read_body(schemas::Command::Put::Reader from, put_command& to) {
  HERALD_TRY(wire::read(from.getKey(), to.key));
  to.type = wire::text_of(from.getType());
  to.text = wire::text_of(from.getText());
  to.options = wire::read(from.getOptions());
  to.wanted = from.getWanted();
  return read_condition(from.getCondition(), to.only_if);
}

absl::Status read_body(schemas::Command::Remove::Reader from,
                       remove_command& to) {
  HERALD_TRY(wire::read(from.getKey(), to.key));
  return read_condition(from.getCondition(), to.only_if);
}

absl::Status read_body(schemas::Command::SetWanted::Reader from,
                       set_wanted_command& to) {
  HERALD_TRY(wire::read(from.getKey(), to.key));
  to.running = from.getRunning();
  return read_condition(from.getCondition(), to.only_if);
}

absl::Status read_body(schemas::Command::Set::Reader from, set_command& to) {
  to.name = wire::text_of(from.getName());
  if (!from.getRemove())
    to.value = wire::text_of(from.getValue());
  return read_condition(from.getCondition(), to.only_if);
}

absl::Status read_body(schemas::Command::Claim::Reader from,
                       claim_command& to) {
  HERALD_TRY(wire::read(from.getKey(), to.key));
  to.owner = wire::read(from.getOwner());
  to.expected = {from.getExpected()};
  return absl::OkStatus();
}

absl::Status read_body(schemas::Command::Report::Reader from,
                       report_command& to) {
  HERALD_TRY(wire::read(from.getKey(), to.key));
  to.owner = wire::read(from.getOwner());
  to.held = {from.getGeneration()};
  to.sequence = from.getSequence();
  return wire::read(from.getStatus(), to.status);
}

absl::Status read_body(schemas::Command::Release::Reader from,
                       release_command& to) {
  HERALD_TRY(wire::read(from.getKey(), to.key));
  to.owner = wire::read(from.getOwner());
  to.held = {from.getGeneration()};
  to.ran = {from.getVersion()};
  return wire::read(from.getStatus(), to.status);
}

template <class Command, class Reader>
absl::Status read_into(Reader from, command_body& to) {
  return read_body(from, to.emplace<Command>());
}

absl::Status read_body(schemas::Command::Reader from, command_body& to) {
  switch (from.which()) {
  case schemas::Command::JOIN:
    to = join_command{wire::read(from.getJoin())};
    return absl::OkStatus();
  case schemas::Command::LEAVE:
    to = leave_command{wire::read(from.getLeave())};
    return absl::OkStatus();
  case schemas::Command::SUSPECT:
    return read_into<suspect_command>(from.getSuspect(), to);
  case schemas::Command::TRUST:
    to = trust_command{wire::read(from.getTrust().getBy()),
                       wire::read(from.getTrust().getTarget())};
    return absl::OkStatus();
  case schemas::Command::ANSWER:
    to = answer_command{wire::read(from.getAnswer())};
    return absl::OkStatus();
  case schemas::Command::PUT:
    return read_into<put_command>(from.getPut(), to);
  case schemas::Command::REMOVE:
    return read_into<remove_command>(from.getRemove(), to);
  case schemas::Command::SET_WANTED:
    return read_into<set_wanted_command>(from.getSetWanted(), to);
  case schemas::Command::SET:
    return read_into<set_command>(from.getSet(), to);
  case schemas::Command::CLAIM:
    return read_into<claim_command>(from.getClaim(), to);
  case schemas::Command::REPORT:
    return read_into<report_command>(from.getReport(), to);
  case schemas::Command::RELEASE:
    return read_into<release_command>(from.getRelease(), to);
  case schemas::Command::SUBMIT_JOB:
    return wire::read(from.getSubmitJob(), to.emplace<submit_job_command>());
  case schemas::Command::START_JOB:
    return wire::read(from.getStartJob(), to.emplace<start_job_command>());
  case schemas::Command::END_JOB:
    return wire::read(from.getEndJob(), to.emplace<end_job_command>());
  }
  return absl::UnimplementedError("a command that this version does not know");
}

} // namespace

std::string encode(const command& what) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schemas::Command>();
  wire::write(root.initRequest(), what.request.bits);
  root.setAuthor(wire::as_text(what.author));
  root.setTimeMs(what.time_ms);
  std::visit([&root](const auto& body) { write_body(root, body); }, what.body);
  return wire::to_bytes(message);
}

absl::StatusOr<command> decode_command(std::string_view bytes) {
  if (bytes.size() > max_command_bytes)
    return absl::InvalidArgumentError("a command above the limit of its size");
  command result;
  HERALD_TRY(wire::read_message(bytes, [&](capnp::MessageReader& reader) {
    auto root = reader.getRoot<schemas::Command>();
    result.request.bits = wire::read(root.getRequest());
    result.author = wire::text_of(root.getAuthor());
    result.time_ms = root.getTimeMs();
    return read_body(root, result.body);
  }));
  return result;
}

} // namespace herald::cluster
