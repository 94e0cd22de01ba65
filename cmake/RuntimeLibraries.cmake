# Puts the prebuilt libraries beside the program: bin/herald finds them in
# ../lib, so that a built tree can be moved to another folder or machine.
if(TARGET herald)
  foreach(file ${ARROW_LIBRARY} ${ARROW_COMPUTE_LIBRARY} ${PARQUET_LIBRARY}
          ${DUCKDB_LIBRARY})
    get_filename_component(name ${file} NAME)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/lib/${name}
      COMMAND ${CMAKE_COMMAND} -E copy ${file}
        ${PROJECT_BINARY_DIR}/lib/${name}
      DEPENDS ${file} VERBATIM)
    list(APPEND copies ${PROJECT_BINARY_DIR}/lib/${name})
  endforeach()
  add_custom_target(herald_runtime_libraries DEPENDS ${copies})
  add_dependencies(herald herald_runtime_libraries)
  set_target_properties(herald PROPERTIES
    BUILD_WITH_INSTALL_RPATH ON
    INSTALL_RPATH "$ORIGIN/../lib")
endif()
