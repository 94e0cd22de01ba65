#include "engine/connectors/filesystem/sink.hpp"

#include "engine/common/error.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace herald {

namespace fs = std::filesystem;

file_sink::~file_sink() {
  if (file_ < 0)
    return;
  // Not closed: what was written is not complete.
  ::close(file_);
  ::unlink(hidden_.c_str());
}

absl::Status file_sink::fail(std::string_view what) const {
  return user_error(
      fmt::format("{}: cannot {}: {}", hidden_, what, std::strerror(errno)));
}

absl::Status file_sink::open(wake_function) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!fs::is_directory(folder_))
    return user_error(
        fmt::format("path '{}' is not a folder that can be written to{}",
                    folder_, error ? ": " + error.message() : ""));
  hidden_ = fmt::format("{}/.part-{}-{}.{}", folder_, subtask_, ::getpid(),
                        format_);
  file_
      = ::open(hidden_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0)
    return fail("create the file");
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
  std::size_t done = 0;
  while (done < buffer_.size()) {
    auto got = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (got < 0 && errno != EINTR)
      return fail("write");
    done += got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status file_sink::close() {
  HERALD_TRY(put());
  if (::fsync(file_) != 0 || ::close(std::exchange(file_, -1)) != 0)
    return fail("complete the file");
  // `link` fails if the name is taken, so no file is ever replaced.
  for (int n = 0;; ++n) {
    auto name = fmt::format("{}/part-{}-{}.{}", folder_, subtask_, n, format_);
    if (::link(hidden_.c_str(), name.c_str()) == 0)
      break;
    if (errno != EEXIST)
      return fail("give the file its name");
  }
  ::unlink(hidden_.c_str());
  return absl::OkStatus();
}

} // namespace herald
