#include "engine/connectors/filesystem/part_writer.hpp"
#include "engine/formats/format.hpp"

namespace herald {

namespace {

/// Bytes that a part gathers before they go to the system.
constexpr std::size_t write_chunk = 256 << 10;

class line_part final : public part_writer {
public:
  line_part(encoder& encode, std::unique_ptr<part_file> file)
      : encode_(encode), file_(std::move(file)), buffer_(encode.header()) {
    if (!buffer_.empty())
      buffer_ += '\n';
  }

  absl::Status write(const batch_ptr& rows) override {
    for (std::int64_t row = 0; row < rows->rows; ++row) {
      encode_.encode(*rows, row, buffer_);
      buffer_ += '\n';
      if (buffer_.size() >= write_chunk)
        HERALD_TRY(put());
    }
    return absl::OkStatus();
  }

  absl::Status keep() override {
    HERALD_TRY(put());
    return file_->keep();
  }

  absl::Status finish() override {
    HERALD_TRY(put());
    return file_->publish();
  }

  std::int64_t size() const override {
    return file_->size() + held();
  }

  std::int64_t held() const override {
    return static_cast<std::int64_t>(buffer_.size());
  }

private:
  absl::Status put() {
    HERALD_TRY(file_->append(buffer_));
    buffer_.clear();
    return absl::OkStatus();
  }

  encoder& encode_;
  std::unique_ptr<part_file> file_;
  std::string buffer_;
};

class line_parts final : public part_kind {
public:
  explicit line_parts(std::unique_ptr<encoder> encode)
      : encode_(std::move(encode)) {}

  bool can_keep() const override {
    return true;
  }

  absl::StatusOr<std::unique_ptr<part_writer>>
  start(std::unique_ptr<part_file> file) override {
    return std::make_unique<line_part>(*encode_, std::move(file));
  }

private:
  std::unique_ptr<encoder> encode_;
};

} // namespace

absl::StatusOr<std::unique_ptr<part_kind>>
make_line_parts(const file_options& options, schema_ptr layout) {
  HERALD_ASSIGN(auto encode, make_encoder(options.format, std::move(layout),
                                          options.format_options));
  return std::make_unique<line_parts>(std::move(encode));
}

} // namespace herald
