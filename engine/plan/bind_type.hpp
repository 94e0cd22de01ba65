#pragma once

#include "engine/columnar/type.hpp"
#include "engine/sql/ast_type.hpp"

#include <absl/status/statusor.h>

// From the data types that a user wrote to the types that Herald stores, with
// Flink's defaults and limits. Pure.

namespace herald {

/// Errors: parameters out of range, types that Herald does not have.
absl::StatusOr<data_type> bind_type(const sql::type_name& type);

} // namespace herald
