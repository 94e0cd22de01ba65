#include "engine/serving/result_encoder.hpp"

#include "engine/columnar/arrow_bridge.hpp"
#include "engine/common/error.hpp"
#include "engine/formats/json_encoder.hpp"

#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace herald {

namespace {

absl::Status check(const arrow::Status& x) {
  return x.ok() ? absl::OkStatus() : absl::InternalError(x.ToString());
}

/// Where Arrow writes to: a string that is taken away piece by piece.
class string_stream final : public arrow::io::OutputStream {
public:
  arrow::Status Write(const void* data, std::int64_t count) override {
    bytes.append(static_cast<const char*>(data),
                 static_cast<std::size_t>(count));
    written_ += count;
    return arrow::Status::OK();
  }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }

  arrow::Result<std::int64_t> Tell() const override {
    return written_;
  }

  bool closed() const override {
    return closed_;
  }

  std::string bytes;

private:
  std::int64_t written_ = 0;
  bool closed_ = false;
};

class arrow_result final : public result_encoder {
public:
  absl::Status open(const schema& layout) {
    auto made = arrow::ipc::MakeStreamWriter(out_, to_arrow(layout));
    HERALD_TRY(check(made.status()));
    writer_ = *made;
    return absl::OkStatus();
  }

  absl::Status add(const batch& rows) override {
    HERALD_ASSIGN(const auto made, to_arrow(rows));
    return check(writer_->WriteRecordBatch(*made));
  }

  absl::Status end() override {
    return check(writer_->Close());
  }

  std::string take() override {
    return std::exchange(out_->bytes, {});
  }

  std::size_t size() const override {
    return out_->bytes.size();
  }

private:
  std::shared_ptr<string_stream> out_ = std::make_shared<string_stream>();
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

class json_result final : public result_encoder {
public:
  explicit json_result(const schema_ptr& layout) : encoder_(layout) {}

  absl::Status add(const batch& rows) override {
    for (std::int64_t row = 0; row < rows.rows; ++row) {
      encoder_.encode(rows, row, out_);
      out_ += '\n';
    }
    return absl::OkStatus();
  }

  absl::Status end() override {
    return absl::OkStatus();
  }

  std::string take() override {
    return std::exchange(out_, {});
  }

  std::size_t size() const override {
    return out_.size();
  }

private:
  json_encoder encoder_;
  std::string out_;
};

} // namespace

absl::StatusOr<std::unique_ptr<result_encoder>>
result_encoder::make(result_format format, const schema_ptr& layout) {
  if (format == result_format::json_lines)
    return std::make_unique<json_result>(layout);
  auto made = std::make_unique<arrow_result>();
  HERALD_TRY(made->open(*layout));
  return made;
}

} // namespace herald
