# Finds DuckDB's library and C header as tools/dev setup unpacks them from the
# npm packages. Defines DuckDB::duckdb.
find_path(DUCKDB_INCLUDE_DIR duckdb.h
  PATHS ${HERALD_DEPS}/duckdb NO_DEFAULT_PATH)
find_library(DUCKDB_LIBRARY NAMES libduckdb.so
  PATHS ${HERALD_DEPS}/duckdb NO_DEFAULT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB
  REQUIRED_VARS DUCKDB_INCLUDE_DIR DUCKDB_LIBRARY
  REASON_FAILURE_MESSAGE "run ./tools/dev setup first")
if(DuckDB_FOUND AND NOT TARGET DuckDB::duckdb)
  add_library(DuckDB::duckdb SHARED IMPORTED)
  set_target_properties(DuckDB::duckdb PROPERTIES
    IMPORTED_LOCATION ${DUCKDB_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE_DIR})
endif()
