#pragma once

#include "engine/connectors/filesystem/file_reader.hpp"
#include "engine/connectors/filesystem/part_writer.hpp"

// Format 'parquet' of files, through Arrow's library. Read, a file comes in
// batches, of its row groups one after the other, and only the columns that
// are used; a position is the number of a row. Written, a part has row groups
// of `row_group_bytes_max`, and lasts from barrier to barrier, since it cannot
// be read without its end. One thread at a time.

namespace herald {

/// Memory that the pages of one file may take that are being read. A file with
/// larger ones is refused.
constexpr std::int64_t parquet_pages_max = 512 << 20;

/// Memory of all columns of the process that came from Parquet: far more than
/// credit lets be on the way, and less than a hostile file asks for.
constexpr std::int64_t parquet_columns_max = std::int64_t{2} << 30;

/// Values, in bytes, that a row group holds at most, beyond those of a batch.
constexpr std::int64_t row_group_bytes_max = 16 << 20;

/// Checks the options, and fails for the first type that Parquet cannot hold.
absl::Status check_parquet(const std::vector<field>& fields,
                           const option_map& options);

absl::StatusOr<std::unique_ptr<file_kind>> make_parquet_kind(file_scan scan);

absl::StatusOr<std::unique_ptr<part_kind>>
make_parquet_parts(const file_options& options, schema_ptr layout);

} // namespace herald
