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

/// Reads all batches of an IPC stream, or of several that follow each other;
/// as careful as `decode_ipc`. Empty bytes give none.
absl::StatusOr<std::vector<batch_ptr>>
decode_ipc_stream(std::string_view bytes);

} // namespace herald
