#include "engine/connectors/filesystem/byte_stream.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/filesystem/files.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace herald {

namespace {

class plain_stream final : public byte_stream {
public:
  plain_stream(std::string path, int file)
      : path_(std::move(path)), file_(file) {}

  ~plain_stream() override {
    ::close(file_);
  }

  absl::StatusOr<std::size_t> read(char* to, std::size_t size) override {
    for (;;) {
      auto got = ::read(file_, to, size);
      if (got >= 0)
        return static_cast<std::size_t>(got);
      if (errno != EINTR)
        return system_error(path_, "read the file");
    }
  }

private:
  std::string path_;
  int file_;
};

class gzip_stream final : public byte_stream {
public:
  gzip_stream(std::string path, gzFile file)
      : path_(std::move(path)), file_(file) {
    gzbuffer(file_, static_cast<unsigned>(read_chunk));
  }

  ~gzip_stream() override {
    gzclose_r(file_);
  }

  absl::StatusOr<std::size_t> read(char* to, std::size_t size) override {
    int got = gzread(file_, to, static_cast<unsigned>(size));
    int code = Z_OK;
    const char* message = gzerror(file_, &code);
    // A file that stops short gives Z_BUF_ERROR.
    if (got < 0 || code == Z_BUF_ERROR)
      return user_error(fmt::format("{}: the compressed data is damaged: {}",
                                    path_, message));
    return static_cast<std::size_t>(got);
  }

private:
  std::string path_;
  gzFile file_;
};

class zstd_stream final : public byte_stream {
public:
  explicit zstd_stream(std::string path, std::unique_ptr<byte_stream> from)
      : path_(std::move(path)), from_(std::move(from)), chunk_(read_chunk),
        context_(ZSTD_createDCtx()) {
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                           zstd_window_log_max);
  }

  absl::StatusOr<std::size_t> read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      if (input_.pos == input_.size) {
        HERALD_ASSIGN(auto got, from_->read(chunk_.data(), chunk_.size()));
        input_ = {chunk_.data(), got, 0};
        if (got == 0)
          return open_ ? damaged("it stops short") : 0;
      }
      const auto left = ZSTD_decompressStream(context_.get(), &out, &input_);
      if (ZSTD_isError(left))
        return damaged(ZSTD_getErrorName(left));
      open_ = left != 0;
    }
    return out.pos;
  }

private:
  absl::StatusOr<std::size_t> damaged(const char* how) const {
    return user_error(
        fmt::format("{}: the compressed data is damaged: {}", path_, how));
  }

  struct deleter {
    void operator()(ZSTD_DCtx* x) const {
      ZSTD_freeDCtx(x);
    }
  };

  std::string path_;
  std::unique_ptr<byte_stream> from_;
  std::vector<char> chunk_;
  std::unique_ptr<ZSTD_DCtx, deleter> context_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool open_ = false; ///< in the middle of a frame
};

/// What other programs call their compressed files.
constexpr std::string_view unknown_ends[]
    = {".bz2", ".xz", ".lz4", ".sz", ".snappy", ".deflate", ".br", ".zip"};

} // namespace

bool is_compressed(const std::string& path) {
  return path.ends_with(".gz") || path.ends_with(".zst");
}

absl::StatusOr<std::unique_ptr<byte_stream>>
open_stream(const std::string& path, std::int64_t offset) {
  for (const auto end : unknown_ends)
    if (path.ends_with(end))
      return user_error(fmt::format("{}: files that end with '{}' cannot be "
                                    "read",
                                    path, end),
                        "compressed files are '.gz' or '.zst'");
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return system_error(path, "open the file");
  if (path.ends_with(".gz")) {
    gzFile zipped = gzdopen(file, "rb");
    if (zipped == nullptr) {
      ::close(file);
      return user_error(fmt::format("{}: no memory to read it", path));
    }
    return std::make_unique<gzip_stream>(path, zipped);
  }
  auto stream = std::make_unique<plain_stream>(path, file);
  if (path.ends_with(".zst"))
    return std::make_unique<zstd_stream>(path, std::move(stream));
  if (offset > 0 && ::lseek(file, offset, SEEK_SET) < 0)
    return system_error(path, "go to where reading stopped");
  return stream;
}

} // namespace herald
