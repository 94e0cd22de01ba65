#pragma once

#include "engine/operators/operator.hpp"

#include <algorithm>

// Batches divided by row. Pure; linear in the rows.

namespace herald {

/// The rows of `x` that are not in `kept`, which is ascending.
inline row_list others(const batch& x, const row_list& kept) {
  row_list result;
  auto next = kept.begin();
  for (std::int32_t i = 0; i < x.rows; ++i) {
    if (next != kept.end() && *next == i)
      ++next;
    else
      result.push_back(i);
  }
  return result;
}

/// The rows of `x` for which `wanted`; `x` itself if that is all.
template <class Wanted>
batch_ptr rows_where(const batch_ptr& x, Wanted wanted) {
  row_list rows;
  for (std::int32_t i = 0; i < x->rows; ++i)
    if (wanted(static_cast<std::size_t>(i)))
      rows.push_back(i);
  return static_cast<std::int64_t>(rows.size()) == x->rows ? x : take(*x, rows);
}

/// Gives `rows` in pieces of at most `rows_max`.
inline absl::Status emit_pieces(const batch_ptr& rows, std::int64_t rows_max,
                                output& out) {
  if (rows->rows <= rows_max)
    return out.emit(rows);
  for (std::int64_t at = 0; at < rows->rows; at += rows_max)
    HERALD_TRY(out.emit(slice(*rows, at, std::min(rows_max, rows->rows - at))));
  return absl::OkStatus();
}

} // namespace herald
