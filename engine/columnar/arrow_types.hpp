#pragma once

#include "engine/columnar/type.hpp"

#include <memory>

#include <absl/status/statusor.h>

namespace arrow {
class DataType;
class Field;
class Status;
} // namespace arrow

// Herald's types as Arrow's and back. Where Arrow's type says less than ours
// (CHAR(5), TIMESTAMP(4), a nullable map key) the field's metadata keeps the
// rest under "herald.type" and "herald.nullable", so that a round trip is
// exact. Metadata is a hint only: one that contradicts Arrow's type is
// ignored. Pure functions, safe on any thread; depth is bounded by Arrow's
// own limit (64) on whatever came from outside.

namespace herald {

std::shared_ptr<arrow::Field> to_arrow(const field& x);

/// Fails for a type that Herald does not know, naming the field.
absl::StatusOr<field> from_arrow(const arrow::Field& x);

/// Arrow's error as ours.
absl::Status to_status(const arrow::Status& x);

} // namespace herald
