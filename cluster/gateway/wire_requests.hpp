#pragma once

#include "cluster/gateway/requests.hpp"
#include "schemas/herald.capnp.h"

#include <string>

#include <absl/status/statusor.h>

// The schema's requests as plain structs and back. Reading checks everything
// that a client could get wrong by itself (missing names, sizes, text that is
// not UTF-8, enumerators of a newer schema), so that a backend never sees it;
// the error says which field. Writing is the client's half. Pure functions,
// safe on any thread. Cap'n Proto throws kj::Exception on malformed messages:
// callers are at the edge and turn that into an RPC exception.

namespace herald::gateway {

absl::StatusOr<create_task> read(schema::CreateTask::Reader in);
absl::StatusOr<update_task> read(schema::UpdateTask::Reader in);
absl::StatusOr<object_ref> read(schema::ObjectRef::Reader in);
absl::StatusOr<list_objects> read(schema::ListObjects::Reader in);
absl::StatusOr<put_rule> read(schema::PutRule::Reader in);
absl::StatusOr<submit_query> read(schema::SubmitQuery::Reader in);
absl::StatusOr<list_jobs> read(schema::ListJobs::Reader in);
absl::StatusOr<queue_spec> read(schema::QueueSpec::Reader in);
absl::StatusOr<put_setting> read(schema::PutSetting::Reader in);

/// Returns the id of a job.
absl::StatusOr<std::string> read(schema::JobRef::Reader in);

/// Returns `limit`, from 1 to `max_listed`.
absl::StatusOr<std::uint32_t> read(schema::ListQueues::Reader in);

/// Returns the node's name; empty for the one that answers.
absl::StatusOr<std::string> read(schema::NodeRef::Reader in);

/// Returns the prefix.
absl::StatusOr<std::string> read(schema::GetSettings::Reader in);

/// Returns the request without its id, which the capability stands for.
absl::StatusOr<job_status_request> read(schema::JobStatusRequest::Reader in);

/// Returns `maxBytes`, from 1 to `max_piece_bytes`.
absl::StatusOr<std::uint32_t> read(schema::NextRequest::Reader in);

void write(schema::CreateTask::Builder out, const create_task& what);
void write(schema::UpdateTask::Builder out, const update_task& what);
void write(schema::ObjectRef::Builder out, const object_ref& what);
void write(schema::ListObjects::Builder out, const list_objects& what);
void write(schema::PutRule::Builder out, const put_rule& what);
void write(schema::SubmitQuery::Builder out, const submit_query& what);
void write(schema::ListJobs::Builder out, const list_jobs& what);
void write(schema::QueueSpec::Builder out, const queue_spec& what);
void write(schema::PutSetting::Builder out, const put_setting& what);

} // namespace herald::gateway
