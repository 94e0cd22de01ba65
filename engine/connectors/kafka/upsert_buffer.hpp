#pragma once

#include "engine/columnar/batch.hpp"

#include <chrono>
#include <string>
#include <unordered_map>
#include <vector>

// Upserts that wait to be written, so that many of a key become one: options
// 'sink.buffer-flush.…'. Of each key the newest row stays, in the batch that
// it came in. A plain class, given the time. Bounded by the options and by
// `held_bytes_max`; whoever adds takes all out once it is due.

namespace herald::kafka {

class upsert_buffer {
public:
  using clock = std::chrono::steady_clock;

  /// Bytes of the batches that wait, beyond those of the newest.
  static constexpr std::int64_t held_bytes_max = 32 << 20;

  /// Rows of one batch, ascending.
  struct part {
    batch_ptr rows;
    row_list chosen;
  };

  /// Takes up to `rows_max` (>= 1) keys, for `interval` since the first.
  upsert_buffer(std::int64_t rows_max, std::chrono::milliseconds interval)
      : rows_max_(rows_max), interval_(interval) {}

  /// Row `row` of `rows` is now the newest of `key`. O(1).
  void put(const std::string& key, const batch_ptr& rows, std::int32_t row,
           clock::time_point now);

  bool empty() const {
    return newest_.empty();
  }

  /// When all has to go out, if it is not empty.
  clock::time_point due() const {
    return due_;
  }

  /// True if it has to go out at once, asked after each row.
  bool full() const {
    return static_cast<std::int64_t>(newest_.size()) >= rows_max_;
  }

  /// The same, asked after each batch.
  bool heavy() const {
    return held_bytes_ >= held_bytes_max;
  }

  /// Takes everything out: the keys in the order of their newest rows.
  /// O(n log n).
  std::vector<part> take();

private:
  struct place {
    std::size_t batch = 0;
    std::int32_t row = 0;
  };

  std::int64_t rows_max_;
  std::chrono::milliseconds interval_;
  clock::time_point due_;
  std::vector<batch_ptr> batches_;
  std::int64_t held_bytes_ = 0;
  std::unordered_map<std::string, place> newest_; ///< by key
};

} // namespace herald::kafka
