#pragma once

#include "engine/columnar/batch.hpp"

#include <algorithm>
#include <vector>

// The rows of a result as picks from stored rows, each with its change. A
// plain list that an operator fills and empties for each input batch.

namespace herald {

struct change_list {
  std::vector<std::int32_t> rows; ///< numbers in a store
  std::vector<std::int8_t> kinds; ///< one `change` a row

  void add(std::int32_t row, change kind) {
    rows.push_back(row);
    kinds.push_back(static_cast<std::int8_t>(kind));
    inserts_only_ &= kind == change::insert;
  }

  void clear() {
    rows.clear();
    kinds.clear();
    inserts_only_ = true;
  }

  /// The changes of `count` rows from `begin`; null if all are inserts.
  buffer_ptr changes(std::size_t begin, std::size_t count) const {
    if (inserts_only_)
      return nullptr;
    auto result = allocate_buffer(static_cast<std::int64_t>(count));
    std::copy_n(kinds.begin() + static_cast<std::ptrdiff_t>(begin), count,
                reinterpret_cast<std::int8_t*>(result->mutable_data()));
    return result;
  }

private:
  bool inserts_only_ = true;
};

} // namespace herald
