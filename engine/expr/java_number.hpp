#pragma once

#include <string>

// Numbers with a given count of digits, as Java's formatter writes them:
// rounded, halves up, from the shortest digits that read back to the number.
// Pure functions; `x` is finite and not negative.

namespace herald {

/// "12.50": `digits` digits after the point.
void append_rounded(std::string& to, double x, int digits);

/// "1.25e+01": `digits` digits after the point.
void append_scientific(std::string& to, double x, int digits);

/// As either, with `digits` digits in all: plain from 1e-4 on while they
/// suffice.
void append_general_number(std::string& to, double x, int digits);

} // namespace herald
