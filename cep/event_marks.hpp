#pragma once

#include "cep/event_keys.hpp"
#include "cep/ordering_buffer.hpp"

#include <vector>

// What each event of a batch could be: which steps' own conditions it
// satisfies, and the group of its key. Events that cannot matter are left out.
// Buffers are used again batch after batch. One thread at a time.

namespace herald {

class event_marks {
public:
  explicit event_marks(const compiled_rule& rule);

  /// Looks at the rows of a batch in order of time. New keys are made only
  /// for events that start a run. O(rows · steps).
  absl::Status mark(const batch& rows, event_keys& keys,
                    const eval_context& context);

  /// True if the event satisfies the own condition of `step`.
  bool fits(std::int32_t row, std::size_t step) const {
    return masks_[static_cast<std::size_t>(row)] >> step & 1;
  }

  /// Events that start a run, in order, and their groups.
  const row_list& starts() const {
    return starts_;
  }

  const std::vector<std::int32_t>& start_groups() const {
    return start_groups_;
  }

  /// Other events that may matter, and their groups or -1. All of them if a
  /// step is strict: any event then ends what waits for the next one.
  const row_list& others() const {
    return others_;
  }

  const std::vector<std::int32_t>& other_groups() const {
    return other_groups_;
  }

private:
  absl::Status add_step(const batch& rows, std::size_t step,
                        const eval_context& context);

  const compiled_rule& rule_;
  bool strict_ = false;              ///< some step is
  std::vector<std::uint32_t> masks_; ///< bit s: fits step s
  row_list starts_;
  row_list others_;
  std::vector<std::int32_t> start_groups_;
  std::vector<std::int32_t> other_groups_;
};

} // namespace herald
