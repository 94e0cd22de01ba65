#pragma once

#include "engine/connectors/filesystem/byte_stream.hpp"

#include <string_view>

// The lines of one file, plain or compressed, read in chunks. A position is
// the byte offset of the next line, in a compressed file the number of the
// next line. One thread at a time; holds a chunk or one line, `line_max` at
// most.

namespace herald {

/// Longer lines come cut: their rest is left out.
constexpr std::size_t line_max = 16 << 20;

class line_reader {
public:
  /// Opens `path` at `position`.
  static absl::StatusOr<std::unique_ptr<line_reader>>
  open(const std::string& path, std::int64_t position);

  struct line {
    std::string_view text;     ///< without the line end; valid until `next`
    std::int64_t position = 0; ///< where it starts
    bool cut = false;          ///< longer than `line_max`
  };

  /// Gives the next line; false at the end of the file.
  absl::StatusOr<bool> next(line& out);

  /// Of the line after the one given last.
  std::int64_t position() const {
    return position_;
  }

private:
  line_reader() = default;

  absl::StatusOr<bool> fill();
  absl::Status drop_to_line_end();

  std::unique_ptr<byte_stream> stream_;
  bool compressed_ = false;
  std::int64_t position_ = 0;
  std::string buffer_; ///< [begin_, end_) is not given yet
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string cut_; ///< the line given last, if it was too long
};

} // namespace herald
