#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/formats/text_parse.hpp"

// From the text of a value to the value in a column, for every type that is
// not nested. One thread at a time.

namespace herald {

/// Appends the value that `text` stands for to `builder`; false, and nothing
/// appended, if it is not one of the builder's type or out of its range.
/// Blanks around numbers and booleans are ignored; bytes are base 64.
bool append_parsed(column_builder& builder, std::string_view text,
                   timestamp_standard standard);

/// `text` without blanks at its ends.
std::string_view strip_blanks(std::string_view text);

} // namespace herald
