#pragma once

#include "engine/columnar/column.hpp"
#include "engine/expr/zone.hpp"

#include <string>

// The texts that CAST to STRING gives, which differ from scalar's to_string:
// doubles as Java writes them, TIMESTAMP_LTZ in the session's zone, nested
// values. Functions append, so a scratch string serves many rows.

namespace herald {

/// Appends the text of row `row` of `x`, which is not NULL.
void append_value(std::string& to, const column& x, std::int64_t row,
                  zone& local);

/// As Java's Double.toString, with the shortest digits that read back:
/// "1.0", "1.0E7", "-Infinity".
void append_double(std::string& to, double x);
void append_float(std::string& to, float x);

} // namespace herald
