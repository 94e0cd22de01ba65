#include "cluster/job_codec.hpp"

#include "engine/common/error.hpp"

namespace herald::cluster::wire {

namespace {

void write(schemas::JobError::Builder to, const job_error& from) {
  to.setCode(from.code);
  to.setMessage(as_text(from.message));
  to.setLine(from.line);
  to.setColumn(from.column);
  to.setHint(as_text(from.hint));
}

job_error read(schemas::JobError::Reader from) {
  return {from.getCode(), text_of(from.getMessage()), from.getLine(),
          from.getColumn(), text_of(from.getHint())};
}

void write(schemas::JobOrder::Builder to, const job_order& from) {
  to.setId(as_text(from.id));
  to.setSql(as_text(from.sql));
  to.setUser(as_text(from.user));
  to.setKind(static_cast<std::uint8_t>(from.kind));
  to.setFormat(static_cast<std::uint8_t>(from.format));
  to.setTimeoutMs(from.timeout_ms);
  to.setIdleTimeoutMs(from.idle_timeout_ms);
}

absl::Status read(schemas::JobOrder::Reader from, job_order& to) {
  if (from.getKind() > static_cast<std::uint8_t>(job_kind::importing)
      || from.getFormat()
             > static_cast<std::uint8_t>(result_format::json_lines))
    return absl::UnimplementedError("an unknown kind of job or result");
  to.id = text_of(from.getId());
  to.sql = text_of(from.getSql());
  to.user = text_of(from.getUser());
  to.kind = static_cast<job_kind>(from.getKind());
  to.format = static_cast<result_format>(from.getFormat());
  to.timeout_ms = from.getTimeoutMs();
  to.idle_timeout_ms = from.getIdleTimeoutMs();
  return absl::OkStatus();
}

void write(schemas::QueueOwner::Builder to, const queue_owner& from) {
  to.setQueue(as_text(from.queue));
  wire::write(to.initNode(), from.node);
  to.setGeneration(from.held.value);
}

queue_owner read(schemas::QueueOwner::Reader from) {
  return {text_of(from.getQueue()),
          wire::read(from.getNode()),
          {from.getGeneration()}};
}

} // namespace

void write(schemas::SubmitJob::Builder to, const submit_job_command& from) {
  to.setQueue(as_text(from.queue));
  write(to.initOrder(), from.order);
}

void write(schemas::StartJob::Builder to, const start_job_command& from) {
  write(to.initBy(), from.by);
  to.setId(as_text(from.id));
  to.setAttempt(from.attempt);
  to.setWorker(as_text(from.worker));
  to.setEngine(as_text(from.engine));
  to.setStartedMs(from.started_ms);
}

void write(schemas::EndJob::Builder to, const end_job_command& from) {
  write(to.initBy(), from.by);
  to.setId(as_text(from.id));
  write(to.initError(), from.error);
  to.setFinishedMs(from.finished_ms);
  to.setRows(from.rows);
  to.setBytes(from.bytes);
}

void write(schemas::Snapshot::Job::Builder to, const job_entry& from) {
  const auto& job = from.job;
  to.setAt(from.at.value);
  write(to.initOrder(), job.order);
  to.setQueue(as_text(job.queue));
  to.setState(static_cast<std::uint8_t>(job.state));
  write(to.initError(), job.error);
  to.setWorker(as_text(job.worker));
  to.setEngine(as_text(job.engine));
  to.setAttempt(job.attempt);
  to.setStarts(job.starts);
  to.setSubmittedMs(job.submitted_ms);
  to.setStartedMs(job.started_ms);
  to.setFinishedMs(job.finished_ms);
  to.setRows(job.rows);
  to.setBytes(job.bytes);
}

absl::Status read(schemas::SubmitJob::Reader from, submit_job_command& to) {
  to.queue = text_of(from.getQueue());
  return read(from.getOrder(), to.order);
}

absl::Status read(schemas::StartJob::Reader from, start_job_command& to) {
  to = {read(from.getBy()),        text_of(from.getId()),
        from.getAttempt(),         text_of(from.getWorker()),
        text_of(from.getEngine()), from.getStartedMs()};
  return absl::OkStatus();
}

absl::Status read(schemas::EndJob::Reader from, end_job_command& to) {
  to = {read(from.getBy()),   text_of(from.getId()), read(from.getError()),
        from.getFinishedMs(), from.getRows(),        from.getBytes()};
  return absl::OkStatus();
}

absl::Status read(schemas::Snapshot::Job::Reader from, job_entry& to) {
  if (from.getState() > static_cast<std::uint8_t>(job_state::fail))
    return absl::UnimplementedError("an unknown state of a job");
  to.at = {from.getAt()};
  auto& job = to.job;
  HERALD_TRY(read(from.getOrder(), job.order));
  job.queue = text_of(from.getQueue());
  job.state = static_cast<job_state>(from.getState());
  job.error = read(from.getError());
  job.worker = text_of(from.getWorker());
  job.engine = text_of(from.getEngine());
  job.attempt = from.getAttempt();
  job.starts = from.getStarts();
  job.submitted_ms = from.getSubmittedMs();
  job.started_ms = from.getStartedMs();
  job.finished_ms = from.getFinishedMs();
  job.rows = from.getRows();
  job.bytes = from.getBytes();
  return absl::OkStatus();
}

} // namespace herald::cluster::wire
