#pragma once

#include "engine/connectors/connector.hpp"

// How the files of a table are read: one at a time, by the kind of their
// format. A kind belongs to one source and keeps memory to use again. One
// thread at a time.

namespace herald {

/// One open file.
class file_reader {
public:
  virtual ~file_reader() = default;

  /// Adds the next rows, at most `rows_max`, and dead letters to `out`; false
  /// at the end of the file.
  virtual absl::StatusOr<bool> read(std::int64_t rows_max, source_rows& out,
                                    source_counters& counters)
      = 0;

  /// Behind all that was read; what it counts is the kind's business.
  virtual std::int64_t position() const = 0;
};

class file_kind {
public:
  virtual ~file_kind() = default;

  /// Opens `path` at `position`, which a reader of it gave, or 0.
  virtual absl::StatusOr<std::unique_ptr<file_reader>>
  open(const std::string& path, std::int64_t position) = 0;
};

/// The part of a scan that the files themselves give: `scan` without columns
/// whose values stand outside of them.
struct file_scan {
  std::vector<field> fields; ///< of a record, in order
  std::vector<std::vector<std::string>> paths;
  schema_ptr layout; ///< of the paths
  std::vector<pushed_condition> pushed;
  option_map options;
};

/// Files of records, a line each, in format `name`.
absl::StatusOr<std::unique_ptr<file_kind>>
make_line_kind(const std::string& name, file_scan scan);

} // namespace herald
