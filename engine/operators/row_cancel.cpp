#include "engine/operators/row_cancel.hpp"

#include "engine/columnar/hash.hpp"
#include "engine/operators/compare.hpp"
#include "engine/operators/row_finder.hpp"

#include <numeric>

namespace herald {

batch_ptr without(const batch_ptr& added, const batch& removed) {
  std::vector<int> columns(added->columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(added->rows));
  hash_rows(*added, columns, hashes);
  row_finder finder;
  for (auto i = static_cast<std::int32_t>(added->rows) - 1; i >= 0; --i)
    finder.insert(hashes[static_cast<std::size_t>(i)], i);
  hashes.resize(static_cast<std::size_t>(removed.rows));
  hash_rows(removed, columns, hashes);
  std::vector<bool> gone(static_cast<std::size_t>(added->rows));
  std::int64_t left = added->rows;
  for (std::int32_t i = 0; i < removed.rows; ++i) {
    const auto row = finder.find(
        hashes[static_cast<std::size_t>(i)], [&](std::int32_t candidate) {
          return same_row(added->columns, candidate, removed.columns, i);
        });
    if (row < 0)
      continue;
    finder.erase(row);
    gone[static_cast<std::size_t>(row)] = true;
    --left;
  }
  if (left == added->rows)
    return added;
  row_list kept;
  for (std::size_t i = 0; i < gone.size(); ++i)
    if (!gone[i])
      kept.push_back(static_cast<std::int32_t>(i));
  return take(*added, kept);
}

} // namespace herald
