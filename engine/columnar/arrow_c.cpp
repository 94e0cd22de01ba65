#include "engine/columnar/arrow_c.hpp"

#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/arrow_types.hpp"
#include "engine/common/error.hpp"

#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>

namespace herald {

absl::Status export_c(const batch& x, ArrowArray* array, ArrowSchema* layout) {
  HERALD_ASSIGN(const auto rows, to_arrow(x));
  return to_status(arrow::ExportRecordBatch(*rows, array, layout));
}

absl::Status export_c(const schema& x, ArrowSchema* out) {
  return to_status(arrow::ExportSchema(*to_arrow(x), out));
}

absl::StatusOr<batch_ptr> import_c(ArrowArray* array, ArrowSchema* layout) {
  auto importer = c_importer::make(layout);
  if (!importer.ok()) {
    if (array->release != nullptr)
      array->release(array);
    return importer.status();
  }
  return importer->read(array);
}

absl::StatusOr<c_importer> c_importer::make(ArrowSchema* layout) {
  c_importer result;
  auto source = arrow::ImportSchema(layout);
  if (!source.ok())
    return to_status(source.status());
  result.source_ = *std::move(source);
  HERALD_ASSIGN(result.layout_, from_arrow(*result.source_));
  return result;
}

absl::StatusOr<batch_ptr> c_importer::read(ArrowArray* array) const {
  auto rows = arrow::ImportRecordBatch(array, source_);
  if (!rows.ok())
    return to_status(rows.status());
  if (auto valid = (*rows)->Validate(); !valid.ok())
    return to_status(valid);
  return from_arrow(**rows);
}

} // namespace herald
