#pragma once

#include "engine/operators/group_index.hpp"
#include "engine/state/state.hpp"

#include <algorithm>
#include <limits>
#include <optional>

// Time to live of what operators keep by group (`group_index`): when each was
// written last, by the clock, and which have been silent for too long. Those
// are forgotten without a word, as in Flink, and begin anew if they come
// again: who meets one that `is_over` treats it as unknown, whether or not a
// sweep has come by. One thread at a time; 8 bytes a group, and a bounded
// number of groups a call. Without a time to live it does and costs nothing.

namespace herald {

class group_ttl {
public:
  /// 0: for ever.
  explicit group_ttl(std::int64_t ttl_ms) : ttl_ms_(ttl_ms) {}

  bool on() const {
    return ttl_ms_ > 0;
  }

  // -- commands --------------------------------------------------------------

  /// Sets the time for what follows. What was restored without a time lives
  /// from the first one on.
  void set_time(std::int64_t now_ms);

  /// The group is written to.
  void touch(std::int32_t group) {
    if (!on())
      return;
    const auto at = static_cast<std::size_t>(group);
    if (at >= used_ms_.size())
      used_ms_.resize(at + 1, nobody);
    if (used_ms_[at] == nobody && known_++ == 0)
      next_round_ms_ = now_ms_ + round_ms();
    used_ms_[at] = now_ms_;
  }

  /// The group is forgotten; it need not be known.
  void erase(std::int32_t group) {
    const auto at = static_cast<std::size_t>(group);
    if (at >= used_ms_.size() || used_ms_[at] == nobody)
      return;
    used_ms_[at] = nobody;
    --known_;
  }

  /// Four times in a time to live, looks at all groups, a bounded number a
  /// call. Calls `forget(group)` for those that are over; if it gives true the
  /// group is erased, else it is looked at again. True if some were erased.
  template <class Forget>
  bool sweep(Forget forget) {
    if (!is_due())
      return false;
    const auto before = known_;
    const auto rest = used_ms_.size() - swept_;
    const auto end = swept_ + std::min(rest, looks_max);
    for (; swept_ < end; ++swept_) {
      const auto group = static_cast<std::int32_t>(swept_);
      if (is_over(group) && forget(group))
        erase(group);
    }
    if (swept_ == used_ms_.size()) {
      swept_ = 0;
      next_round_ms_ = now_ms_ + round_ms();
    }
    return known_ < before;
  }

  /// The same for the groups of `index`: `clear(group)` empties what is kept of
  /// one (false: not yet), which is then erased; `reclaim()` follows if some
  /// were. Then the index shrinks, if it is worth it, and gives the groups that
  /// it kept: the caller's vectors are to be cut likewise (`keep_groups`).
  template <class Clear, class Reclaim>
  std::optional<std::vector<std::int32_t>> sweep(group_index& index,
                                                 Clear clear, Reclaim reclaim) {
    const bool some = sweep([&](std::int32_t group) {
      if (!clear(group))
        return false;
      index.erase(group);
      return true;
    });
    if (!some)
      return std::nullopt;
    reclaim();
    auto kept = index.shrink();
    if (kept)
      renumber(*kept);
    return kept;
  }

  /// Groups got new numbers: number i was `kept[i]` before, which ascend.
  void renumber(std::span<const std::int32_t> kept);

  // -- queries ---------------------------------------------------------------

  /// True if the group is known, and over its time.
  bool is_over(std::int32_t group) const {
    const auto at = static_cast<std::size_t>(group);
    return at < used_ms_.size() && used_ms_[at] != nobody
           && used_ms_[at] + ttl_ms_ <= now_ms_;
  }

  /// When `sweep` wants to be called next.
  std::optional<std::int64_t> due_ms() const {
    return known_ > 0 ? std::optional(next_round_ms_) : std::nullopt;
  }

  bool is_due() const {
    return known_ > 0 && now_ms_ >= next_round_ms_;
  }

  // -- state -----------------------------------------------------------------

  /// When each of `groups` was written last, as a BIGINT; 0 without a ttl.
  column_ptr times_of(std::span<const std::int32_t> groups) const;

  /// Sets what `times_of` gave.
  void load(std::span<const std::int32_t> groups, const column& times);

  /// Writes the times of all groups of `index`, with their keys, as a table of
  /// its own.
  absl::Status write(const group_index& index, state_writer& writer) const;

  /// Reads them; `index` has been read before. A state that was written
  /// without a ttl has none.
  absl::Status read(const group_index& index, key_group_range range,
                    const state_reader& reader);

  std::int64_t memory_bytes() const {
    return static_cast<std::int64_t>(used_ms_.capacity() * 8);
  }

private:
  static constexpr auto nobody = std::numeric_limits<std::int64_t>::min();
  /// Of a state without times; read as long ago.
  static constexpr std::int64_t unknown = 0;
  /// Groups that one call looks at: some tens of microseconds.
  static constexpr std::size_t looks_max = 1 << 16;
  static constexpr std::int64_t rounds_per_ttl = 4;

  std::int64_t round_ms() const {
    return std::max<std::int64_t>(1, ttl_ms_ / rounds_per_ttl);
  }

  std::int64_t ttl_ms_;
  std::int64_t now_ms_ = nobody;
  std::vector<std::int64_t> used_ms_; ///< by group
  std::int64_t known_ = 0;            ///< groups that have a time
  std::size_t swept_ = 0;             ///< where the round goes on
  std::int64_t next_round_ms_ = 0;
};

} // namespace herald
