#pragma once

#include "cluster/gateway/routes.hpp"

#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <capnp/dynamic.h>

// The schema's structs as JSON and back, through Cap'n Proto's codec, with
// errors that name the field, what it takes, and what it could have been.
// Pure functions, safe on any thread; input is bounded by the limits on HTTP
// bodies and `max_json_depth`.

namespace herald::gateway {

/// Fills `out` from a JSON object. Unknown fields, wrong types and malformed
/// JSON are errors; fields that are not there keep their value.
absl::Status from_json(std::string_view json,
                       capnp::DynamicStruct::Builder out);

/// Sets the field `name` from a text as in a path or a query: numbers and
/// enumerators by their spelling, lists with commas between their entries.
absl::Status set_from_text(std::string_view name, std::string_view value,
                           capnp::DynamicStruct::Builder out);

/// Fills the parameters of a matched request from its body, its query and
/// its path; of these, what comes later wins. `json_body` says whether the
/// body is said to be JSON; only routes with a `body_field` take others.
absl::Status fill_request(const route_match& match, const http_target& target,
                          std::string_view body, bool json_body,
                          capnp::DynamicStruct::Builder out);

/// Returns `in` as one line of JSON. Fields that hold nothing are left out,
/// and so are capabilities, which cannot be told in JSON.
std::string to_json(capnp::DynamicStruct::Reader in);

/// Returns `status`, which is not OK, as the JSON of the schema's `Error`.
std::string error_json(const absl::Status& status);

} // namespace herald::gateway
