#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/operators/operator.hpp"

#include <compare>
#include <cstdint>

// What travels on an edge of a task, and the limits of that traffic. On one
// channel, in order: rows, watermarks, snapshot barriers, idle marks, and one
// end. Frames are values; rows are shared by pointer within a process.

namespace herald {

/// One sender and one receiver of an edge. Edges are numbered as in the job
/// graph; the edge to the sink of stage s has number `edges + s`.
struct channel {
  std::int32_t edge = 0;
  std::int32_t from = 0; ///< subtask that sends
  std::int32_t to = 0;   ///< subtask that receives

  friend auto operator<=>(const channel&, const channel&) = default;
};

enum class frame_kind : std::uint8_t { rows, watermark, barrier, idle, end };

struct frame {
  channel at;
  std::uint64_t sequence = 0; ///< from 1, without gaps, a channel
  frame_kind kind = frame_kind::rows;
  std::int64_t value = 0; ///< watermark: event time; barrier: epoch
  batch_ptr rows;         ///< rows only
};

/// Bytes that a receiver gives back to the sender of a channel.
struct credit {
  channel at;
  std::int64_t bytes = 0;
};

/// Bytes that may be under way on one channel: enough to keep both sides
/// busy, little enough that a slow sink stops its source within a blink.
constexpr std::int64_t channel_credit_bytes = 4 << 20;

/// A frame that leaves the process is divided until it is at most this long,
/// or one row.
constexpr std::int64_t remote_frame_bytes_max = 512 << 10;

/// Bytes that a batch stands for on an edge: its values and the texts that its
/// rows refer to, however large the heaps behind them are. The same before and
/// after a wire.
std::int64_t frame_bytes(const batch& x);

} // namespace herald
