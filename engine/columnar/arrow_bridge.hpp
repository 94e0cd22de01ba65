#pragma once

#include "engine/columnar/arrow_types.hpp"
#include "engine/columnar/batch.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace arrow {
class RecordBatch;
class Schema;

namespace ipc {
class StreamDecoder;
}
} // namespace arrow

// The way between Herald's batches and Arrow's: buffers are shared, never
// copied, wherever Arrow's layout is one that Herald stores (fixed width,
// views, structs, lists). On the way in, offsets and 32/64-bit offset strings
// are normalised with a copy of the views only. A change column travels as a
// last field "herald.change" (int8). Pure functions, safe on any thread.

namespace herald {

std::shared_ptr<arrow::Schema> to_arrow(const schema& x,
                                        arrow_form form = arrow_form::common);

/// Fails for a timestamp that the common form does not reach, naming the
/// column.
absl::StatusOr<std::shared_ptr<arrow::RecordBatch>>
to_arrow(const batch& x, arrow_form form = arrow_form::common);

/// Fails for a type that Herald does not know, naming the field.
absl::StatusOr<schema_ptr> from_arrow(const arrow::Schema& x);
absl::StatusOr<batch_ptr> from_arrow(const arrow::RecordBatch& x);

/// Writes one Arrow IPC stream (schema, batch, end) in the exact form, for
/// Herald's own nodes and state; texts are compacted.
std::string encode_ipc(const batch& x);

/// Reads the first batch of an IPC stream made by `encode_ipc` or any Arrow
/// library. The bytes may come from anywhere: everything is checked. `bytes`
/// is copied once.
absl::StatusOr<batch_ptr> decode_ipc(std::string_view bytes);

/// Reads one IPC stream that comes in pieces, cut anywhere; as careful as
/// `decode_ipc`. One thread at a time; holds what is not a whole batch yet.
class ipc_reader {
public:
  ipc_reader();
  ~ipc_reader();

  /// The batches that `piece` completes, maybe none. After an error it reads
  /// no further.
  absl::StatusOr<std::vector<batch_ptr>> read(std::string_view piece);

private:
  class listener;

  std::shared_ptr<listener> batches_;
  std::unique_ptr<arrow::ipc::StreamDecoder> decoder_;
};

} // namespace herald
