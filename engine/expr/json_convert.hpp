#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/expr/json_document.hpp"

// From single JSON values to SQL's, for JSON_VALUE … RETURNING. Pure but for
// the builder.

namespace herald {

/// A scalar of a document, texts without quotes.
struct json_scalar {
  json_kind kind = json_kind::null;
  std::string text;
};

/// Appends `x` to a builder of a text, BOOLEAN, INT or DOUBLE. Numbers in
/// texts count as numbers, fractions of an INT are cut off. False, with
/// nothing appended, if it does not fit.
bool append_converted(column_builder& to, const json_scalar& x);

} // namespace herald
