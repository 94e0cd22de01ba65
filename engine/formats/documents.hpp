#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The documents of one poll, side by side in one buffer: a newline after each
// of them, so that one pass can index all (a JSON string cannot span two
// documents then), and `padding` readable bytes behind the last. Filled by a
// source, read by a decoder, used again for the next poll. One thread at a
// time. Bounded by what the source puts in.

namespace herald {

class documents {
public:
  /// Decoders may read so far behind the end of any document.
  static constexpr std::size_t padding = 64;

  struct span {
    std::uint32_t begin = 0; ///< offset into `text`
    std::uint32_t size = 0;  ///< bytes, without the newline
    bool null = false;       ///< no document at all: a row of NULLs
  };

  /// The buffer is indexed by 32-bit offsets.
  static constexpr std::size_t bytes_max = std::size_t{1} << 31;

  void clear() {
    text_.clear();
    spans_.clear();
  }

  /// Copies a document in. The buffer must stay below `bytes_max`.
  void append(std::string_view document) {
    spans_.push_back({static_cast<std::uint32_t>(text_.size()),
                      static_cast<std::uint32_t>(document.size()), false});
    text_.append(document);
    text_.push_back('\n');
  }

  /// Adds a document that is NULL, like the key of a message without one.
  void append_null() {
    append({});
    spans_.back().null = true;
  }

  std::size_t size() const {
    return spans_.size();
  }

  std::size_t bytes() const {
    return text_.size();
  }

  const std::vector<span>& spans() const {
    return spans_;
  }

  /// Makes the padding readable and returns the start of the buffer; valid
  /// until the next change.
  const char* text() const {
    text_.reserve(text_.size() + padding);
    return text_.data();
  }

  /// Document number `index`.
  std::string_view operator[](std::size_t index) const {
    return std::string_view(text_).substr(spans_[index].begin,
                                          spans_[index].size);
  }

private:
  mutable std::string text_;
  std::vector<span> spans_;
};

} // namespace herald
