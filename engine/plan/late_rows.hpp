#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

// What the planner says of rows that an operator drops because they come
// behind the watermark, when the table that they are of has the 'late-rows'
// option: a part of the operator's spec, a plain value.

namespace herald {

struct table_definition;

/// Where rows go that come too late.
struct late_rows {
  std::shared_ptr<const table_definition> table;
  /// By column of the table: the input's, or -1: the watermark.
  std::vector<int> columns;

  friend bool operator==(const late_rows&, const late_rows&) = default;
};

/// What the spec in a variant says; null: its late rows are only counted.
template <class Variant>
const late_rows* late_rows_of(const Variant& spec) {
  return std::visit(
      [](const auto& x) -> const late_rows* {
        if constexpr (requires { x.late; })
          return x.late ? &*x.late : nullptr;
        else
          return nullptr;
      },
      spec);
}

} // namespace herald
