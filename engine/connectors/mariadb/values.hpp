#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/connectors/mariadb/client.hpp"

// Between the values of columns and the texts that the server reads and
// writes. Pure, safe on any thread.

namespace herald {

/// Rows of results as batches of `layout`, a column each.
class mariadb_rows {
public:
  explicit mariadb_rows(schema_ptr layout);

  /// Errors: a value that its column cannot hold. The row is then half there:
  /// give up.
  absl::Status append(mariadb_client::row x);

  std::int64_t rows() const {
    return rows_;
  }

  batch_ptr finish();

private:
  schema_ptr layout_;
  std::vector<std::unique_ptr<column_builder>> builders_;
  std::int64_t rows_ = 0;
};

/// Appends the value as a literal; false, and nothing appended, if nothing in
/// a table can equal it (NULL, NaN).
bool append_literal(const column& x, std::int64_t row, std::string& out);

/// "SELECT a, b FROM t" for the columns of `layout`; of FLOATs all digits.
std::string select_text(const schema& layout, const mariadb_options& from);

} // namespace herald
