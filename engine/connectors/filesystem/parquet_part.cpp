#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/arrow_types.hpp"
#include "engine/common/error.hpp"
#include "engine/connectors/filesystem/parquet.hpp"
#include "engine/formats/options.hpp"

#include <exception>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

namespace herald {

namespace {

constexpr const char* compression_option = "parquet.compression";

/// The options' names of what Parquet's readers all know, Flink's default
/// first.
const std::vector<std::pair<std::string, parquet::Compression::type>>&
compressions() {
  using kind = parquet::Compression;
  static const std::vector<std::pair<std::string, kind::type>> all{
      {"SNAPPY", kind::SNAPPY},
      {"UNCOMPRESSED", kind::UNCOMPRESSED},
      {"GZIP", kind::GZIP},
      {"ZSTD", kind::ZSTD},
      {"LZ4_RAW", kind::LZ4}};
  return all;
}

absl::StatusOr<parquet::Compression::type>
compression_of(const option_map& options) {
  std::vector<std::string> names;
  for (const auto& [name, kind] : compressions())
    names.push_back(name);
  HERALD_ASSIGN(auto chosen, choice_option(options, compression_option, names));
  for (const auto& [name, kind] : compressions())
    if (name == chosen)
      return kind;
  return parquet::Compression::UNCOMPRESSED;
}

/// A part as Arrow's library writes to it.
class part_stream final : public arrow::io::OutputStream {
public:
  explicit part_stream(part_file& file) : file_(file) {}

  arrow::Status Write(const void* data, std::int64_t size) override {
    const auto status = file_.append(
        {static_cast<const char*>(data), static_cast<std::size_t>(size)});
    return status.ok()
               ? arrow::Status::OK()
               : arrow::Status::IOError(std::string(message_of(status)));
  }

  arrow::Result<std::int64_t> Tell() const override {
    return file_.size();
  }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }

  bool closed() const override {
    return closed_;
  }

private:
  part_file& file_;
  bool closed_ = false;
};

/// What `f` says; an exception of the library is an error.
template <class F>
absl::Status status_of(F f) {
  try {
    return to_status(f());
  } catch (const std::exception& e) {
    return user_error(e.what());
  }
}

/// Bytes of the values themselves, of heaps what is referred to.
std::int64_t value_bytes(const column& x) {
  if (!x.type.is_text() && !x.type.is_bytes()) {
    std::int64_t result = x.values ? x.values->size() : 0;
    for (const auto& child : x.children)
      result += value_bytes(*child);
    return result;
  }
  std::int64_t result = x.values->size();
  for (std::int64_t row = 0; row < x.length; ++row)
    if (!x.is_null(row))
      result += static_cast<std::int64_t>(x.text(row).size());
  return result;
}

class parquet_part final : public part_writer {
public:
  explicit parquet_part(std::unique_ptr<part_file> file)
      : file_(std::move(file)) {}

  absl::Status open(const arrow::Schema& layout,
                    std::shared_ptr<parquet::WriterProperties> properties) {
    return status_of([&] {
      auto made = parquet::arrow::FileWriter::Open(
          layout, arrow::default_memory_pool(),
          std::make_shared<part_stream>(*file_), std::move(properties));
      if (made.ok())
        writer_ = *std::move(made);
      return made.status();
    });
  }

  absl::Status write(const batch_ptr& rows) override {
    HERALD_ASSIGN(const auto made, to_arrow(*rows));
    HERALD_TRY(status_of([&] {
      if (held_ >= row_group_bytes_max) {
        held_ = 0;
        ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
      }
      return writer_->WriteRecordBatch(*made);
    }));
    for (const auto& x : rows->columns)
      held_ += value_bytes(*x);
    return absl::OkStatus();
  }

  absl::Status keep() override {
    return absl::InternalError("a Parquet part cannot be kept without its end");
  }

  absl::Status finish() override {
    HERALD_TRY(status_of([&] { return writer_->Close(); }));
    return file_->publish();
  }

  std::int64_t size() const override {
    return file_->size() + held_;
  }

  std::int64_t held() const override {
    return held_;
  }

private:
  std::unique_ptr<part_file> file_; ///< outlives the writer
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::int64_t held_ = 0; ///< of the row group that is not written yet
};

class parquet_parts final : public part_kind {
public:
  parquet_parts(schema_ptr layout, parquet::Compression::type compression)
      : layout_(std::move(layout)) {
    properties_ = parquet::WriterProperties::Builder()
                      .compression(compression)
                      ->created_by("Herald")
                      ->build();
  }

  bool can_keep() const override {
    return false;
  }

  absl::StatusOr<std::unique_ptr<part_writer>>
  start(std::unique_ptr<part_file> file) override {
    auto result = std::make_unique<parquet_part>(std::move(file));
    HERALD_TRY(result->open(*to_arrow(*layout_), properties_));
    return result;
  }

private:
  schema_ptr layout_;
  std::shared_ptr<parquet::WriterProperties> properties_;
};

/// The first type below `type` that Parquet has no form for, or null.
const data_type* without_parquet(const data_type& type) {
  if (type.kind() == type_kind::interval_day
      || type.kind() == type_kind::interval_month)
    return &type;
  if (type.is_nested())
    for (const auto& field : type.fields())
      if (const auto* found = without_parquet(field.type))
        return found;
  return nullptr;
}

} // namespace

absl::Status check_parquet(const std::vector<field>& fields,
                           const option_map& options) {
  HERALD_TRY(check_known_options(options, {compression_option}));
  HERALD_TRY(compression_of(options).status());
  for (const auto& field : fields)
    if (const auto* type = without_parquet(field.type))
      return user_error(fmt::format("column {}: format 'parquet' cannot hold "
                                    "{}",
                                    field.name, type->to_short_string()));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<part_kind>>
make_parquet_parts(const file_options& options, schema_ptr layout) {
  HERALD_ASSIGN(auto compression, compression_of(options.format_options));
  return std::make_unique<parquet_parts>(std::move(layout), compression);
}

} // namespace herald
