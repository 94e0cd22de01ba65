#pragma once

#include "engine/expr/expr.hpp"

// The condition that stands before a sink with NOT NULL columns: it is TRUE,
// or fails at the first batch that has a NULL in one of them. It is not steady,
// so that rules leave it where the rows are those of the sink. Immutable; safe
// on any thread.

namespace herald {

/// The condition over `columns`, at least one, for table `table`; the error
/// names the column by its entry in `names`, as many.
expr_ptr make_null_check(const std::vector<expr_ptr>& columns,
                         const std::vector<std::string>& names,
                         const std::string& table, text_position where);

/// True for what `make_null_check` made: a condition that every row passes.
bool is_null_check(const expr& x);

} // namespace herald
