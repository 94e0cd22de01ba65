#pragma once

#include "engine/serving/query_engine.hpp"

#include <cstdint>

// DuckDB inside this process: one database in memory a process, one engine (a
// connection) a worker. A query runs on its worker's thread alone. The memory
// limit is one for all; users cannot change it, nor any other setting. Files
// are read with read_json, read_csv and read_parquet.

namespace herald {

struct duckdb_settings {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  /// Folder for what does not fit into memory; empty: such queries fail.
  std::string spill_folder;
};

class shared_duckdb {
public:
  /// Opens an empty database. Fails if DuckDB refuses the settings.
  static absl::StatusOr<std::shared_ptr<shared_duckdb>>
  open(const duckdb_settings& settings);

  virtual ~shared_duckdb() = default;

  /// Makes an engine, which keeps the database open. Any thread.
  virtual absl::StatusOr<std::unique_ptr<query_engine>> connect() = 0;
};

} // namespace herald
