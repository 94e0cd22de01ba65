#pragma once

#include "engine/connectors/filesystem/file_reader.hpp"

#include <arrow/type_fwd.h>

namespace parquet::arrow {
struct SchemaField;
struct SchemaManifest;
} // namespace parquet::arrow

// How the columns of a Parquet file become those of a scan: found by name,
// down to fields of rows, and cast to the declared type. Belongs to one open
// file. One thread at a time.

namespace herald {

/// The field of the file at `path`, through rows only, or null.
const parquet::arrow::SchemaField*
find_parquet_field(const parquet::arrow::SchemaManifest& file,
                   const std::vector<std::string>& path);

class parquet_columns {
public:
  /// Looks the paths of `scan` up in a file. Errors: a column that is not
  /// nullable is missing, or the types cannot be cast to each other.
  static absl::StatusOr<parquet_columns>
  make(const file_scan& scan, const parquet::arrow::SchemaManifest& file);

  /// The columns of the file to read, its leaves, ascending.
  const std::vector<int>& leaves() const {
    return leaves_;
  }

  /// Makes the columns of the scan from a batch of those leaves, whose every
  /// offset and size was checked. Errors: a value that the type cannot hold.
  absl::StatusOr<batch_ptr> convert(const arrow::RecordBatch& from) const;

private:
  struct source {
    std::vector<std::string> path; ///< empty: the file has no such column
    data_type type;                ///< in the file, nullable
  };

  absl::StatusOr<column_ptr> convert_one(const arrow::RecordBatch& from,
                                         std::size_t index) const;

  schema_ptr layout_;
  std::vector<source> sources_; ///< one a column of `layout_`
  std::vector<int> leaves_;
};

} // namespace herald
