# Finds Apache Arrow C++ as tools/dev setup unpacks it from the pyarrow wheel.
# Defines Arrow::arrow, Arrow::compute and Arrow::parquet.
find_path(ARROW_INCLUDE_DIR arrow/buffer.h
  PATHS ${HERALD_DEPS}/arrow/include NO_DEFAULT_PATH)
find_library(ARROW_LIBRARY NAMES libarrow.so.2600
  PATHS ${HERALD_DEPS}/arrow/lib NO_DEFAULT_PATH)
find_library(ARROW_COMPUTE_LIBRARY NAMES libarrow_compute.so.2600
  PATHS ${HERALD_DEPS}/arrow/lib NO_DEFAULT_PATH)
find_library(PARQUET_LIBRARY NAMES libparquet.so.2600
  PATHS ${HERALD_DEPS}/arrow/lib NO_DEFAULT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ArrowWheel
  REQUIRED_VARS ARROW_INCLUDE_DIR ARROW_LIBRARY ARROW_COMPUTE_LIBRARY
    PARQUET_LIBRARY
  REASON_FAILURE_MESSAGE "run ./tools/dev setup first")
if(ArrowWheel_FOUND AND NOT TARGET Arrow::arrow)
  add_library(Arrow::arrow SHARED IMPORTED)
  set_target_properties(Arrow::arrow PROPERTIES
    IMPORTED_LOCATION ${ARROW_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ARROW_INCLUDE_DIR})
  add_library(Arrow::compute SHARED IMPORTED)
  set_target_properties(Arrow::compute PROPERTIES
    IMPORTED_LOCATION ${ARROW_COMPUTE_LIBRARY}
    INTERFACE_LINK_LIBRARIES Arrow::arrow)
  add_library(Arrow::parquet SHARED IMPORTED)
  set_target_properties(Arrow::parquet PROPERTIES
    IMPORTED_LOCATION ${PARQUET_LIBRARY}
    INTERFACE_LINK_LIBRARIES Arrow::arrow)
endif()
