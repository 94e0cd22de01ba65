#pragma once

#include "engine/columnar/column.hpp"

#include <string>

// The text of a value as a person or a CSV file sees it. Pure, safe on any
// thread.

namespace herald {

/// Appends the value of `x` at `row`: texts as they are, decimals with all
/// digits, timestamps in SQL form, bytes in base 64, nested values as JSON,
/// NULL as "NULL". TIMESTAMP_LTZ is in UTC; `zoned`: and says so with a "Z".
void print_value(const column& x, std::int64_t row, std::string& out,
                 bool zoned = false);

} // namespace herald
