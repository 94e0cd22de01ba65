#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

// Files as streams of bytes: plain, gzip (".gz") or Zstandard (".zst"), by
// the end of their name. One thread at a time; a compressed one holds a chunk.

namespace herald {

constexpr std::size_t read_chunk = 256 << 10;

/// Windows of Zstandard that are larger (its --ultra) take too much memory.
constexpr int zstd_window_log_max = 27;

/// Bytes of a file, in order.
class byte_stream {
public:
  virtual ~byte_stream() = default;

  /// Reads up to `size` bytes; 0 at the end. Errors: the system's, or that
  /// compressed data is damaged.
  virtual absl::StatusOr<std::size_t> read(char* to, std::size_t size) = 0;
};

/// Opens `path`; `offset` is where a plain file starts, 0 for compressed ones.
/// Fails for names that end as other compressed files do.
absl::StatusOr<std::unique_ptr<byte_stream>>
open_stream(const std::string& path, std::int64_t offset);

bool is_compressed(const std::string& path);

} // namespace herald
