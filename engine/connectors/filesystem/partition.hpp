#pragma once

#include "engine/connectors/filesystem/options.hpp"

#include <optional>
#include <string>
#include <string_view>

// The folders of a partitioned table, as Hive names them: for PARTITIONED BY
// (dt, hm) the file of a row lies in "dt=2026-11-21/hm=12%3A30". Safe on any
// thread; all but the last function are pure.

namespace herald {

/// The folder, without '/' at its ends, for row `row` of `columns`, which are
/// those of `options.partitioned_by`. NULLs and empty texts have the default
/// name.
std::string partition_folder(const file_options& options,
                             std::span<const column_ptr> columns,
                             std::int64_t row);

/// The value that the name of a folder on the way to `file` gives to `column`;
/// nullopt if there is no such folder.
std::optional<std::string> partition_text(std::string_view file,
                                          std::string_view column);

/// The value of type `type` for that text. Errors: it does not stand for one.
absl::StatusOr<scalar> partition_value(const file_options& options,
                                       std::string_view text,
                                       const data_type& type);

/// The texts of the values of each partition that has a folder, sorted. Errors:
/// a folder cannot be listed, there are more than `files_max`.
absl::StatusOr<std::vector<std::vector<std::string>>>
partitions_of(const file_options& options);

} // namespace herald
