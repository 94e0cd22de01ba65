#pragma once

#include "engine/connectors/filesystem/file_reader.hpp"
#include "engine/expr/expr.hpp"

#include <arrow/type_fwd.h>

namespace parquet {
class RowGroupMetaData;
} // namespace parquet

namespace parquet::arrow {
struct SchemaManifest;
} // namespace parquet::arrow

// Which row groups of a Parquet file can hold rows that a scan wants: the file
// notes the least and the greatest value of each column in each group, and the
// conditions that the plan pushed are asked of these, by the same code that
// the plan's filter uses. What is not noted or not comparable is not skipped.
// Belongs to one open file. One thread at a time.

namespace herald {

class parquet_groups {
public:
  /// Takes the conditions of `scan` on columns that the file has in a type of
  /// the same order.
  static parquet_groups make(const file_scan& scan,
                             const parquet::arrow::SchemaManifest& file);

  /// False if no row of the group meets the conditions. O(conditions).
  bool may_hold(const parquet::RowGroupMetaData& group) const;

private:
  struct condition {
    int leaf = 0; ///< of the file
    std::shared_ptr<arrow::DataType> stored;
    data_type known;    ///< `stored`, as ours
    data_type declared; ///< in the table
    expr_ptr of_least;  ///< what the least value has to meet, or null
    expr_ptr of_greatest;
  };

  static bool may_meet(const condition& x,
                       const parquet::RowGroupMetaData& group);
  static bool meets(const condition& x, const arrow::Scalar& value,
                    const expr& what);

  std::vector<condition> conditions_;
};

} // namespace herald
