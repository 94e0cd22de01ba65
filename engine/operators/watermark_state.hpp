#pragma once

#include "engine/operators/operator.hpp"

// The watermark as a part of an operator's state: a source that reads on
// after a restart knows its own only with its first rows, and until then
// nothing would be late. Kept once for every key group, so that it is there
// under any parallelism; the highest counts.

namespace herald {

absl::Status write_watermark(event_time watermark, key_group_range owned,
                             state_writer& writer);

/// Raises `watermark` to what was written.
absl::Status read_watermark(const state_reader& reader, key_group_range owned,
                            event_time& watermark);

} // namespace herald
