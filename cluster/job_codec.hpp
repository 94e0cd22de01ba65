#pragma once

#include "cluster/job_book.hpp"
#include "cluster/wire.hpp"

// Jobs and the commands about them, to and from Cap'n Proto; see wire.hpp for
// what `read` promises. Pure.

namespace herald::cluster::wire {

void write(schemas::SubmitJob::Builder to, const submit_job_command& from);
void write(schemas::StartJob::Builder to, const start_job_command& from);
void write(schemas::EndJob::Builder to, const end_job_command& from);
void write(schemas::Snapshot::Job::Builder to, const job_entry& from);

absl::Status read(schemas::SubmitJob::Reader from, submit_job_command& to);
absl::Status read(schemas::StartJob::Reader from, start_job_command& to);
absl::Status read(schemas::EndJob::Reader from, end_job_command& to);
absl::Status read(schemas::Snapshot::Job::Reader from, job_entry& to);

} // namespace herald::cluster::wire
