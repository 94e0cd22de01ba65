#pragma once

#include "engine/columnar/type.hpp"

#include <cstdint>
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

/// How what Arrow's types do not reach goes out.
enum class arrow_form : std::uint8_t {
  /// As every library reads it: TIMESTAMP(7..9) as timestamp[ns], whose 64 bits
  /// end in 1677 and 2262.
  common,
  /// As only Herald reads it, and whole: TIMESTAMP(7..9) as DECIMAL(38, 0) of
  /// nanoseconds, named in the metadata.
  exact,
};

std::shared_ptr<arrow::Field> to_arrow(const field& x,
                                       arrow_form form = arrow_form::common);

/// Fails for a type that Herald does not know, naming the field.
absl::StatusOr<field> from_arrow(const arrow::Field& x);

/// Arrow's error as ours.
absl::Status to_status(const arrow::Status& x);

} // namespace herald
