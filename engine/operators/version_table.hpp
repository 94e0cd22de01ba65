#pragma once

#include "engine/operators/calendar.hpp"
#include "engine/operators/group_ttl.hpp"
#include "engine/operators/row_store.hpp"

// The versions of rows by key, each valid from its time on until the next one
// of its key: the right side of a temporal join. What the watermark has left
// behind is freed: of each key only the newest version before it, and those
// behind it, are kept, and with a time to live nothing of keys that were
// silent for so long. One thread at a time; bounded by the keys and the
// versions that the watermark is behind.

namespace herald {

class version_table {
public:
  /// `ttl_ms`: for which keys are kept that nothing comes to; 0: for ever.
  version_table(schema_ptr layout, std::vector<int> keys, int time_column,
                std::int64_t ttl_ms = 0);

  // -- commands --------------------------------------------------------------

  /// Takes versions; -D ends what its row began, -U says nothing. Rows without
  /// a key or a time are never found, so they are not kept.
  void add(const batch& x);

  /// Sets the time for what follows, and forgets keys that are over theirs.
  void set_time(std::int64_t now_ms);

  /// The keys of `x`, a batch of the other side, live on.
  void touch(const batch& x, std::span<const int> keys);

  /// Frees versions that no row after `t` can find. Amortised O(1) a version.
  void forget(event_time t);

  // -- queries ---------------------------------------------------------------

  /// Of each row of `x` the version that is valid at `times`, as its row in
  /// `rows()`; -1: there is none.
  std::vector<std::int32_t> find(const batch& x, std::span<const int> keys,
                                 std::span<const event_time> times) const;

  /// When `set_time` has something to do next.
  std::optional<std::int64_t> due_ms() const {
    return ttl_.due_ms();
  }

  const row_store& rows() const {
    return rows_;
  }

  /// Versions that are kept.
  std::int64_t size() const {
    return live_;
  }

  // -- state -----------------------------------------------------------------

  absl::Status write(std::string_view table, state_writer& writer) const;
  absl::Status read(std::string_view table, key_group_range range,
                    const state_reader& reader);
  std::int64_t memory_bytes() const;

private:
  struct version {
    event_time time = 0;
    std::int32_t row = 0;
    bool gone = false; ///< from then on there is no row
  };

  void clear(std::int32_t group);
  void insert(std::size_t group, const version& x);
  void trim();

  std::vector<int> keys_;
  int time_column_ = 0;
  row_store rows_;
  group_index index_;
  group_ttl ttl_;
  std::vector<std::vector<version>> versions_; ///< by group, in order of time
  calendar due_;                               ///< groups by their versions
  std::int64_t live_ = 0;
  std::vector<std::int32_t> groups_; ///< scratch
};

/// `x` with its changes as a last column (TINYINT), as state keeps them.
batch_ptr with_kinds(const batch& x);

/// The reverse; `layout`: of the rows.
batch_ptr without_kinds(const batch& x, schema_ptr layout);

} // namespace herald
