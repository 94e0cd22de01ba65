#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "engine/columnar/batch.hpp"
#include "engine/columnar/hash.hpp"

// The one interface through which operators write and read their state. State
// leaves as named tables of batches, divided by key group, so that it can be
// stored as a stream of bytes and come back under another parallelism.
// Called on the operator's thread, between batches.

namespace herald {

/// Takes the state of one subtask.
class state_writer {
public:
  virtual ~state_writer() = default;

  /// Writes rows of `table` that belong to `key_group`; may be called several
  /// times for the same one. Rows keep their order.
  virtual absl::Status put(std::string_view table, int key_group,
                           const batch& rows) = 0;
};

/// Gives back what the subtasks of an operator wrote, whatever their number.
class state_reader {
public:
  virtual ~state_reader() = default;

  using visitor = std::function<absl::Status(int key_group, const batch_ptr&)>;

  /// Calls `visit` for every put to `table` whose key group is in `range`, in
  /// an order that keeps each key group's own.
  virtual absl::Status read(std::string_view table, key_group_range range,
                            const visitor& visit) const = 0;
};

} // namespace herald
