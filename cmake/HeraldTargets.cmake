# Two helpers that keep every CMakeLists.txt to a list of files.
#
# herald_library(NAME SOURCES a.cpp … DEPS lib …): a static library.
# herald_test(NAME SOURCES a_test.cpp … DEPS lib … [LABELS fast|slow|system]):
#   one GoogleTest binary, one ctest entry.

add_library(herald_warnings INTERFACE)
target_compile_options(herald_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)

function(herald_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${NAME} STATIC ${ARG_SOURCES})
  target_include_directories(${NAME} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} PRIVATE herald_warnings)
endfunction()

function(herald_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS fast)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE
    ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main herald_warnings)
  add_test(NAME ${NAME} COMMAND ${NAME}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}")
endfunction()
