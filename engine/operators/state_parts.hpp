#pragma once

#include "engine/columnar/hash.hpp"
#include "engine/common/error.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

// How operators cut the state of their key groups into batches, so that not
// all of it is there twice while it is written. Called on the operator's
// thread; bounded by `state_rows_max`.

namespace herald {

/// Rows (or groups) of one batch of saved state.
constexpr std::size_t state_rows_max = 4096;

/// The saved table of an operator's rows.
constexpr std::string_view rows_table = "rows";

/// Columns of these types, which nobody reads by name.
inline schema_ptr unnamed_columns(const std::vector<data_type>& types) {
  auto result = std::make_shared<schema>();
  for (const auto& type : types)
    result->fields.push_back({fmt::format("c{}", result->fields.size()), type});
  return result;
}

/// Calls `visit(key group, part)` for the list of each key group, in parts of
/// at most `state_rows_max` and in order; empty lists have none. `lists` has
/// `key_groups` entries. Stops at the first error.
template <class T, class Visit>
absl::Status for_each_part(const std::vector<std::vector<T>>& lists,
                           Visit visit) {
  for (int k = 0; k < key_groups; ++k) {
    std::span<const T> rest = lists[static_cast<std::size_t>(k)];
    while (!rest.empty()) {
      const auto part = rest.first(std::min(rest.size(), state_rows_max));
      rest = rest.subspan(part.size());
      HERALD_TRY(visit(k, part));
    }
  }
  return absl::OkStatus();
}

} // namespace herald
