#pragma once

// How deep and how wide a query may be before it is refused.

namespace herald {

/// A view over a view over … that is deeper was built by a program gone wrong.
constexpr int view_depth_max = 32;

/// Subqueries of a statement: those inside others are bound more than once, so
/// nesting doubles the work.
constexpr int subqueries_max = 1024;

} // namespace herald
