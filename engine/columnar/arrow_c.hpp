#pragma once

#include "engine/columnar/batch.hpp"

#include <memory>

#include <absl/status/statusor.h>

struct ArrowArray;
struct ArrowSchema;

namespace arrow {
class Schema;
} // namespace arrow

// Batches over Arrow's C data interface, for libraries in this process that
// share no C++ with us (DuckDB). Nothing is copied but what arrow_columns.hpp
// names. Every struct that is handed in is released, also on failure. Pure
// functions, safe on any thread.

namespace herald {

/// Fills `array` and, unless null, `layout`, which the caller releases. The
/// buffers live until then. Fails for a timestamp that Arrow does not reach.
absl::Status export_c(const batch& x, ArrowArray* array, ArrowSchema* layout);

/// Fills `out`, which the caller releases.
absl::Status export_c(const schema& x, ArrowSchema* out);

/// Takes over one batch with its schema.
absl::StatusOr<batch_ptr> import_c(ArrowArray* array, ArrowSchema* layout);

/// Takes many arrays of one schema, as a query's result comes.
class c_importer {
public:
  static absl::StatusOr<c_importer> make(ArrowSchema* layout);

  /// The schema of the batches.
  const schema_ptr& layout() const {
    return layout_;
  }

  absl::StatusOr<batch_ptr> read(ArrowArray* array) const;

private:
  std::shared_ptr<arrow::Schema> source_;
  schema_ptr layout_;
};

} // namespace herald
