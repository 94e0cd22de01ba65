#pragma once

#include "engine/expr/registry.hpp"

// Comparison of two values of any type: what both are cast to, and the code.
// Shared by the operators, IN, NULLIF and GREATEST.

namespace herald {

/// Casts `a` and `b` to types that can be compared; text becomes the type of
/// the other side. Fails for types that have nothing in common, and for
/// ARRAY, MAP and ROW unless `equality`.
absl::Status align_comparison(const call_site& site, expr_ptr& a, expr_ptr& b,
                              bool equality);

/// The type that several values are compared in, or nullopt.
std::optional<data_type> comparison_type(const std::vector<data_type>& types);

/// Whether `x` is (a, b, …) or ROW(a, b, …), so that its parts are at hand.
bool is_row_value(const expr& x);

/// (a, b) = (c, d) is a = c AND b = d, and so unknown only where no part that
/// is known tells them apart. `a` and `b` are rows.
absl::StatusOr<expr_ptr> equal_parts(const call_site& site, const expr_ptr& a,
                                     const expr_ptr& b);

/// `a op b` with op one of = <> < <= > >=, after `align_comparison`.
absl::StatusOr<expr_ptr> make_comparison(const call_site& site,
                                         std::string_view op, expr_ptr a,
                                         expr_ptr b);

/// Whether row `i` of `a` equals row `j` of `b`, columns of one kind of type.
/// NULLs inside equal each other.
bool equal_rows(const column& a, std::int64_t i, const column& b,
                std::int64_t j);

void register_in_list(registry& to);

} // namespace herald
