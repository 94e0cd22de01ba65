#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/arrow_types.hpp"
#include "engine/common/check.hpp"
#include "engine/common/error.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

namespace herald {

namespace {

/// Most bytes of one buffer that a reader may ask for, as a compressed stream
/// claims sizes that nothing backs: the widest column at its most rows.
constexpr std::int64_t buffer_max = column::rows_max * 16;

/// The default pool, with `buffer_max`. It has no state of its own, for
/// buffers outlive the call that reads them.
class limited_pool final : public arrow::MemoryPool {
public:
  arrow::Status Allocate(std::int64_t size, std::int64_t alignment,
                         std::uint8_t** out) override {
    if (size > buffer_max)
      return arrow::Status::OutOfMemory("a buffer of ", size, " bytes");
    return inner_->Allocate(size, alignment, out);
  }

  arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size,
                           std::int64_t alignment,
                           std::uint8_t** ptr) override {
    if (new_size > buffer_max)
      return arrow::Status::OutOfMemory("a buffer of ", new_size, " bytes");
    return inner_->Reallocate(old_size, new_size, alignment, ptr);
  }

  void Free(std::uint8_t* buffer, std::int64_t size,
            std::int64_t alignment) override {
    inner_->Free(buffer, size, alignment);
  }

  std::int64_t bytes_allocated() const override {
    return inner_->bytes_allocated();
  }

  std::int64_t total_bytes_allocated() const override {
    return inner_->total_bytes_allocated();
  }

  std::int64_t num_allocations() const override {
    return inner_->num_allocations();
  }

  std::string backend_name() const override {
    return inner_->backend_name();
  }

private:
  arrow::MemoryPool* inner_ = arrow::default_memory_pool();
};

/// Whether heaps hold more bytes than the rows refer to: those would travel
/// for nothing. Otherwise the heaps go as they are, without a copy.
bool wastes_heaps(const column& x) {
  std::int64_t unused = 0;
  for (const auto& heap : x.heaps)
    unused += heap->size();
  if (unused > 0) {
    const auto* refs = x.as<string_ref>().data();
    for (std::int64_t row = 0; row < x.length; ++row)
      if (!refs[row].is_inline() && !x.is_null(row))
        unused -= refs[row].size;
  }
  return unused > 0
         || std::any_of(x.children.begin(), x.children.end(),
                        [](const auto& child) { return wastes_heaps(*child); });
}

batch_ptr without_waste(const batch& x) {
  auto result = std::make_shared<batch>(x);
  for (auto& part : result->columns)
    if (wastes_heaps(*part))
      part = compact(part);
  return result;
}

arrow::Result<std::string> write_stream(const batch& x) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.alignment = 64; // so that the reader need not move decimals
  options.use_threads = false;
  auto made = to_arrow(x, arrow_form::exact);
  HERALD_CHECK(made.ok(), made.status().ToString());
  const auto& rows = **made;
  ARROW_ASSIGN_OR_RAISE(auto out, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(
      auto writer, arrow::ipc::MakeStreamWriter(out, rows.schema(), options));
  ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(rows));
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(auto bytes, out->Finish());
  return bytes->ToString();
}

arrow::ipc::IpcReadOptions reading() {
  static limited_pool pool;
  auto result = arrow::ipc::IpcReadOptions::Defaults();
  result.memory_pool = &pool;
  result.use_threads = false;
  // Others may write buffers at any byte; ours are read as numbers in place.
  result.ensure_alignment = arrow::ipc::Alignment::k64ByteAlignment;
  return result;
}

buffer_ptr copy_of(std::string_view bytes) {
  auto result = allocate_buffer(static_cast<std::int64_t>(bytes.size()));
  if (!bytes.empty())
    std::memcpy(result->mutable_data(), bytes.data(), bytes.size());
  return result;
}

/// The first batch, or null.
arrow::Result<std::shared_ptr<arrow::RecordBatch>>
read_first(std::string_view bytes) {
  auto in = std::make_shared<arrow::io::BufferReader>(copy_of(bytes));
  ARROW_ASSIGN_OR_RAISE(
      auto reader, arrow::ipc::RecordBatchStreamReader::Open(in, reading()));
  ARROW_ASSIGN_OR_RAISE(auto rows, reader->Next());
  if (rows != nullptr)
    ARROW_RETURN_NOT_OK(rows->ValidateFull());
  return rows;
}

} // namespace

std::string encode_ipc(const batch& x) {
  auto result = write_stream(*without_waste(x));
  // Writing to memory fails only for a batch that breaks its own promises.
  HERALD_CHECK(result.ok(), result.status().ToString());
  return *std::move(result);
}

absl::StatusOr<batch_ptr> decode_ipc(std::string_view bytes) {
  const auto rows = read_first(bytes);
  if (!rows.ok())
    return to_status(rows.status());
  if (*rows == nullptr)
    return absl::InvalidArgumentError("the stream has no batch");
  return from_arrow(**rows);
}

/// Keeps what the decoder gives, until it is taken.
class ipc_reader::listener final : public arrow::ipc::Listener {
public:
  arrow::Status
  OnRecordBatchDecoded(std::shared_ptr<arrow::RecordBatch> rows) override {
    ARROW_RETURN_NOT_OK(rows->ValidateFull());
    batches.push_back(std::move(rows));
    return arrow::Status::OK();
  }

  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
};

ipc_reader::ipc_reader()
    : batches_(std::make_shared<listener>()),
      decoder_(
          std::make_unique<arrow::ipc::StreamDecoder>(batches_, reading())) {}

ipc_reader::~ipc_reader() = default;

absl::StatusOr<std::vector<batch_ptr>>
ipc_reader::read(std::string_view piece) {
  if (auto read = decoder_->Consume(copy_of(piece)); !read.ok())
    return to_status(read);
  std::vector<batch_ptr> result;
  for (const auto& x : std::exchange(batches_->batches, {})) {
    HERALD_ASSIGN(auto rows, from_arrow(*x));
    result.push_back(std::move(rows));
  }
  return result;
}

} // namespace herald
