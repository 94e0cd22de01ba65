#pragma once

#include "engine/state/state.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

// State as a stream of bytes, one a subtask: magic "HERALDST" and a version;
// frames of a table's name, a key group and rows as Arrow IPC; an end mark
// with the number of frames and the CRC-32 of all bytes before it. Numbers
// are little-endian. A reader takes the streams of all subtasks of one
// operator, however many there were, and checks everything before it gives
// out anything. One thread at a time; nothing is held but the streams given.

namespace herald {

/// Bytes of a table's name at most: names are ours, and short.
constexpr std::size_t state_name_max = 255;

/// Bytes of the rows of one frame at most; larger puts are divided. Small
/// enough to be checked and decoded without much memory beside the stream.
constexpr std::size_t state_frame_bytes_max = 16 << 20;

/// Streams that one reader takes: a task has no more subtasks than that.
constexpr std::size_t state_streams_max = key_groups;

/// Takes the next bytes of a stream.
using byte_sink = std::function<absl::Status(std::string_view)>;

class state_stream_writer final : public state_writer {
public:
  explicit state_stream_writer(byte_sink out, std::size_t frame_bytes_max
                                              = state_frame_bytes_max);

  /// Fails when `out` does, or for one row that is longer than a frame.
  absl::Status put(std::string_view table, int key_group,
                   const batch& rows) override;

  /// Writes the end mark; nothing may follow.
  absl::Status finish();

private:
  absl::Status send(std::string_view bytes);

  byte_sink out_;
  std::size_t frame_bytes_max_;
  std::uint64_t frames_ = 0;
  std::uint32_t checksum_ = 0;
  bool begun_ = false;
  bool finished_ = false;
};

class state_stream_reader final : public state_reader {
public:
  /// Checks the frames and the end of every stream. O(bytes).
  static absl::StatusOr<std::unique_ptr<state_stream_reader>>
  open(std::vector<std::string> streams);

  /// Also fails for rows that are no valid Arrow IPC.
  absl::Status read(std::string_view table, key_group_range range,
                    const visitor& visit) const override;

  /// Names of all tables, sorted.
  std::vector<std::string> tables() const;

private:
  struct place {
    std::string_view table;
    int key_group = 0;
    std::string_view rows;
  };

  absl::Status index(std::string_view stream);

  std::vector<std::string> streams_; ///< what `places_` point into
  std::vector<place> places_;
};

} // namespace herald
