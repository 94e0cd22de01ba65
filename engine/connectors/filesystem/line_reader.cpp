#include "engine/connectors/filesystem/line_reader.hpp"

#include "engine/common/error.hpp"

#include <cstring>

namespace herald {

absl::StatusOr<std::unique_ptr<line_reader>>
line_reader::open(const std::string& path, std::int64_t position) {
  std::unique_ptr<line_reader> reader(new line_reader);
  reader->compressed_ = is_compressed(path);
  HERALD_ASSIGN(reader->stream_,
                open_stream(path, reader->compressed_ ? 0 : position));
  if (!reader->compressed_)
    reader->position_ = position;
  while (reader->position_ < position) {
    line skipped;
    HERALD_ASSIGN(bool more, reader->next(skipped));
    if (!more)
      break;
  }
  return reader;
}

/// Reads a chunk behind what is there; false at the end of the file.
absl::StatusOr<bool> line_reader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + read_chunk)
    buffer_.resize(end_ + read_chunk);
  HERALD_ASSIGN(auto got, stream_->read(buffer_.data() + end_, read_chunk));
  end_ += got;
  return got > 0;
}

absl::StatusOr<bool> line_reader::next(line& out) {
  std::size_t searched = 0;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    auto size = end_ - begin_;
    const auto* hit = size == searched
                          ? nullptr
                          : static_cast<const char*>(std::memchr(
                              from + searched, '\n', size - searched));
    if (hit != nullptr) {
      auto length = static_cast<std::size_t>(hit - from);
      out = {{from, length}, position_, false};
      begin_ += length + 1;
      position_ += compressed_ ? 1 : static_cast<std::int64_t>(length) + 1;
      return true;
    }
    searched = size;
    if (size >= line_max) {
      cut_.assign(from, line_max);
      out = {cut_, position_, true};
      HERALD_TRY(drop_to_line_end());
      return true;
    }
    HERALD_ASSIGN(bool more, fill());
    if (more)
      continue;
    if (begin_ == end_)
      return false;
    out = {{buffer_.data() + begin_, end_ - begin_}, position_, false};
    position_ += compressed_ ? 1 : static_cast<std::int64_t>(end_ - begin_);
    begin_ = end_;
    return true;
  }
}

absl::Status line_reader::drop_to_line_end() {
  std::string chunk(read_chunk, '\0');
  auto dropped = static_cast<std::int64_t>(end_ - begin_);
  for (;;) {
    HERALD_ASSIGN(auto got, stream_->read(chunk.data(), chunk.size()));
    auto* hit = static_cast<char*>(std::memchr(chunk.data(), '\n', got));
    if (hit == nullptr && got > 0) {
      dropped += static_cast<std::int64_t>(got);
      continue;
    }
    auto used = got == 0 ? 0 : static_cast<std::size_t>(hit - chunk.data()) + 1;
    position_ += compressed_ ? 1 : dropped + static_cast<std::int64_t>(used);
    buffer_.assign(chunk, used, got - used);
    begin_ = 0;
    end_ = buffer_.size();
    return absl::OkStatus();
  }
}

} // namespace herald
