#pragma once

#include <cstdint>

// Calendar arithmetic that temporal functions share. Pure functions.

namespace herald {

/// `days` since 1970 moved by `months`; a day past the end of the month
/// becomes its last.
std::int64_t add_months(std::int64_t days, std::int64_t months);

} // namespace herald
