#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/serving/job.hpp"

#include <memory>
#include <string>

#include <absl/status/statusor.h>

// Turns the batches of a result into the bytes that the client asked for: an
// Arrow IPC stream, the schema first, or one JSON object a row and line. One
// a result, used by one thread.

namespace herald {

class result_encoder {
public:
  static absl::StatusOr<std::unique_ptr<result_encoder>>
  make(result_format format, const schema_ptr& layout);

  virtual ~result_encoder() = default;

  /// Appends the bytes of `rows`.
  virtual absl::Status add(const batch& rows) = 0;

  /// Appends what ends the stream.
  virtual absl::Status end() = 0;

  /// Takes the bytes that were appended since the last call.
  virtual std::string take() = 0;

  /// Bytes that `take` would give.
  virtual std::size_t size() const = 0;
};

} // namespace herald
