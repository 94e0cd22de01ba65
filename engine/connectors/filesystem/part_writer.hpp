#pragma once

#include "engine/connectors/filesystem/options.hpp"
#include "engine/connectors/filesystem/part_file.hpp"

// How rows become the bytes of a part, by the kind of the format. A kind
// belongs to one sink. One thread at a time.

namespace herald {

/// One open part.
class part_writer {
public:
  virtual ~part_writer() = default;

  virtual absl::Status write(const batch_ptr& rows) = 0;

  /// Makes durable what was written; only for kinds that `can_keep`.
  virtual absl::Status keep() = 0;

  /// Completes the part; the last call.
  virtual absl::Status finish() = 0;

  /// Bytes of the part so far, about.
  virtual std::int64_t size() const = 0;

  /// Bytes of them that are still in memory.
  virtual std::int64_t held() const = 0;
};

class part_kind {
public:
  virtual ~part_kind() = default;

  /// True if a part that has no end yet can be read already, so that it may
  /// go on after a barrier; otherwise each barrier ends it.
  virtual bool can_keep() const = 0;

  virtual absl::StatusOr<std::unique_ptr<part_writer>>
  start(std::unique_ptr<part_file> file) = 0;
};

/// Parts of records, a line each. `layout`: without the columns of PARTITIONED
/// BY.
absl::StatusOr<std::unique_ptr<part_kind>>
make_line_parts(const file_options& options, schema_ptr layout);

} // namespace herald
