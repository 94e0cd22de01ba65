#pragma once

#include "engine/expr/shared_sets.hpp"
#include "engine/operators/value_codes.hpp"

// Which values each group has seen, for all DISTINCT calls over one argument
// at once: an entry for each (group, value) holds a bit for every call, or a
// count when rows can be taken back. One thread at a time; bounded by the
// distinct values of the groups.

namespace herald {

/// Rows by which a call learns that a value appeared in its group or, with a
/// change that retracts, went away.
struct distinct_changes {
  row_list rows;
  std::vector<std::int32_t> groups;
  std::vector<std::int8_t> changes; ///< one a row
  bool retracts = false;
};

class distinct_set {
public:
  distinct_set(data_type value, std::size_t calls, bool retractable);

  /// Counts `rows` (null: all) of `values`, row i of them in `groups[i]`, for
  /// every call the rows of its filter (null: all). `changes` as in
  /// `accumulator::add`. NULLs are left out. Adds to `out`, one a call.
  void add(const column_ptr& values,
           const std::vector<const row_list*>& filters, const row_list* rows,
           std::span<const std::int32_t> groups, const std::int8_t* changes,
           std::vector<distinct_changes>& out);

  /// The columns of `partials`.
  std::vector<data_type> partial_types() const {
    return set_types(type_, calls_, retractable_);
  }

  std::vector<column_ptr> partials(std::span<const std::int32_t> groups) const;

  /// Adds what column `part` of `partials` gave; rows of `out` are entries of
  /// its key column.
  void merge(std::size_t part, const column& partial,
             std::span<const std::int32_t> groups,
             std::vector<distinct_changes>& out);

  void clear(std::span<const std::int32_t> groups);

  std::int64_t memory_bytes() const;

private:
  struct entry {
    std::int64_t value = 0; ///< its code
    std::uint64_t seen = 0; ///< bits of calls
    std::int32_t group = -1;
    std::int32_t next = -1; ///< of the same group
    std::int32_t before = -1;
  };

  std::int32_t find_or_insert(std::int32_t group, std::int64_t value);
  void step(std::int32_t at, std::size_t call, std::int64_t by,
            std::int32_t row, distinct_changes& out);
  /// Drops those of the entries that no call counts any more. Not before all
  /// rows of a batch are added: a dropped value's code is given to another.
  void drop_unused(std::span<const std::int32_t> entries);
  void unlink(std::int32_t at);
  void remove(std::int32_t at);
  void grow();
  std::int64_t count_of(std::size_t entry, std::size_t part) const;

  data_type type_;
  std::size_t calls_;
  bool retractable_;
  value_codes values_;
  std::vector<entry> entries_;
  std::vector<std::int64_t> counts_; ///< by entry, then call
  std::vector<std::int32_t> free_;   ///< entries to use again
  std::vector<std::int32_t> slots_;  ///< hash table: entry or -1
  std::int64_t size_ = 0;
  std::vector<std::int32_t> first_; ///< by group
};

} // namespace herald
