#include "engine/connectors/filesystem/sink.hpp"

#include "engine/common/error.hpp"

namespace herald {

absl::Status file_sink::open(wake_function) {
  HERALD_TRY(adopt_parts(folder_, 0, format_, abandoned::lines));
  HERALD_ASSIGN(part_, part_file::create(folder_, subtask_, format_));
  buffer_ = encoder_->header();
  if (!buffer_.empty())
    buffer_ += '\n';
  return absl::OkStatus();
}

absl::Status file_sink::write(const batch_ptr& rows) {
  for (std::int64_t row = 0; row < rows->rows; ++row) {
    encoder_->encode(*rows, row, buffer_);
    buffer_ += '\n';
    if (buffer_.size() >= write_chunk)
      HERALD_TRY(put());
  }
  return absl::OkStatus();
}

absl::Status file_sink::put() {
  HERALD_TRY(part_->append(buffer_));
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status file_sink::flush() {
  HERALD_TRY(put());
  return part_->keep();
}

absl::Status file_sink::close() {
  HERALD_TRY(put());
  return part_->publish();
}

} // namespace herald
