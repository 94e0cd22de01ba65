#pragma once

#include "cluster/gateway/answers.hpp"
#include "cluster/gateway/requests.hpp"
#include "cluster/node/node_messages.hpp"

#include <functional>

#include <absl/status/statusor.h>

// Calls that a node answers for another one, because it owns what they are
// about: as bytes of the client protocol's structs.

namespace herald::cluster {

enum class forward_method : std::uint8_t { task_status };

using forwarded_done = std::function<void(forwarded_answer)>;

/// Answers a call from a peer, once; bytes that are no request are an error.
void answer_forwarded(node_shell& shell, forwarded_call call,
                      forwarded_done done);

std::string encode_request(const gateway::object_ref& which);
absl::StatusOr<gateway::task_description> decode_task(std::string_view bytes);

} // namespace herald::cluster
