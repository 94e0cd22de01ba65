#pragma once

#include "engine/expr/expr.hpp"

#include <string>
#include <string_view>
#include <vector>

// Formats values as Java's String.format does, for PRINTF: %s %d %x %o %c %b
// %e %f %g, their capitals, %% and %n, with flags, width, precision and
// positions ("%2$s"). Widths are bounded by `format_width_max`.

namespace herald {

/// More would only fill memory.
constexpr int format_width_max = 10'000;

/// Appends `format` with `args` in row `row`, from argument `first` on. False
/// if the format is wrong or does not fit the values.
bool append_formatted(std::string& to, std::string_view format,
                      const std::vector<vec>& args, std::size_t first,
                      std::int64_t row);

} // namespace herald
