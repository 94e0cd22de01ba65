#pragma once

#include "engine/columnar/batch.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// What every engine can do for a worker: one query at a time, its result batch
// by batch. Belongs to one thread, which blocks in `start` and `next`; only
// `cancel` may come from another one. What an engine holds is bounded by the
// memory limit that it was made with, and one batch.

namespace herald {

class query_engine {
public:
  virtual ~query_engine() = default;

  /// What jobs show as their engine.
  virtual std::string_view name() const = 0;

  /// Begins one statement and returns the layout of its result. Errors are
  /// the user's, with their place in `sql` if the engine knows it. No other
  /// query may be under way.
  virtual absl::StatusOr<schema_ptr> start(const std::string& sql) = 0;

  /// Returns the next batch, which is never empty, or null at the end.
  virtual absl::StatusOr<batch_ptr> next() = 0;

  /// Makes the query under way fail with `Cancelled`, soon; until `finish`
  /// this holds for a query that has not started yet, too. Any thread.
  virtual void cancel() = 0;

  /// Gives back what the query holds. After it `start` may come again.
  virtual void finish() = 0;
};

} // namespace herald
