#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/formats/csv.hpp"

// Arrays and rows in one field of CSV, as Flink writes them: their values
// between 'csv.array-element-delimiter', one level deep. One thread at a time.

namespace herald {

/// The type of an ARRAY or ROW whose values are none themselves.
bool is_csv_list(const data_type& x);

/// Appends the value that a field's text stands for, of any type that CSV can
/// hold; false, and nothing appended, if it is none. Empty values, but for
/// texts, and the null literal are NULL.
bool append_csv(column_builder& builder, std::string_view text,
                const csv_options& options);

/// Appends the text of `x` at `row`, which is not NULL.
void print_csv(const column& x, std::int64_t row, const csv_options& options,
               std::string& out);

} // namespace herald
