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

absl::StatusOr<create_task> read(protocol::CreateTask::Reader in);
absl::StatusOr<update_task> read(protocol::UpdateTask::Reader in);
absl::StatusOr<object_ref> read(protocol::ObjectRef::Reader in);
absl::StatusOr<list_objects> read(protocol::ListObjects::Reader in);
absl::StatusOr<put_rule> read(protocol::PutRule::Reader in);
absl::StatusOr<submit_query> read(protocol::SubmitQuery::Reader in);
absl::StatusOr<list_jobs> read(protocol::ListJobs::Reader in);
absl::StatusOr<queue_spec> read(protocol::QueueSpec::Reader in);
absl::StatusOr<put_setting> read(protocol::PutSetting::Reader in);

/// Returns the id of a job.
absl::StatusOr<std::string> read(protocol::JobRef::Reader in);

/// Returns `limit`, from 1 to `max_listed`.
absl::StatusOr<std::uint32_t> read(protocol::ListQueues::Reader in);

/// Returns the node's name; empty for the one that answers.
absl::StatusOr<std::string> read(protocol::NodeRef::Reader in);

/// Returns the prefix.
absl::StatusOr<std::string> read(protocol::GetSettings::Reader in);

/// Returns the request without its id, which the capability stands for.
absl::StatusOr<job_status_request> read(protocol::JobStatusRequest::Reader in);

/// Returns `maxBytes`, from 1 to `max_piece_bytes`.
absl::StatusOr<std::uint32_t> read(protocol::NextRequest::Reader in);

void write(protocol::CreateTask::Builder out, const create_task& what);
void write(protocol::UpdateTask::Builder out, const update_task& what);
void write(protocol::ObjectRef::Builder out, const object_ref& what);
void write(protocol::ListObjects::Builder out, const list_objects& what);
void write(protocol::PutRule::Builder out, const put_rule& what);
void write(protocol::SubmitQuery::Builder out, const submit_query& what);
void write(protocol::ListJobs::Builder out, const list_jobs& what);
void write(protocol::QueueSpec::Builder out, const queue_spec& what);
void write(protocol::PutSetting::Builder out, const put_setting& what);

} // namespace herald::gateway
