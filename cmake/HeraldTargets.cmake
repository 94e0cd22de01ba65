# Helpers that keep every CMakeLists.txt to lists of files.
#
# herald_library(NAME SOURCES a.cpp … DEPS lib …): a static library.
# herald_test(NAME SOURCES a_test.cpp … DEPS lib …
#             [LABELS fast|slow|system [threads]]):
#   one GoogleTest binary, one ctest entry. A test that links no CAF gets the
#   label `pure` as well, unless it is a system test: those run under the
#   address sanitizer too. One of them in which several threads run says
#   `threads`, and the thread sanitizer looks at it.
# herald_fuzzer(NAME SOURCES a_fuzz.cpp DEPS lib …): a libFuzzer program, made
#   in the preset asan only; its seeds are in tests/fuzz/corpus/NAME/.
#
# Targets to build all of a kind: herald_tests_fast, herald_tests_slow,
# herald_tests_system, herald_tests_pure, herald_tests_threads, herald_fuzzers.
#
# There is no precompiled CAF header: it saves 0.5 s of a source's 5 s, because
# instantiating CAF's templates costs more than reading them, and takes 6 s and
# 200 MB per preset.

# Warnings are errors with g++, the compiler that ships; sanitizers make it see
# ghosts, and clang (asan, fuzzers, clang-tidy) has opinions of its own.
add_library(herald_warnings INTERFACE)
target_compile_options(herald_warnings INTERFACE
  -Wall -Wextra -Wnon-virtual-dtor
  # In a group of files, what hides another file's own name is no mistake.
  $<$<NOT:$<BOOL:${HERALD_UNITY}>>:-Wshadow>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU
    AND NOT CMAKE_CXX_FLAGS MATCHES "fsanitize")
  target_compile_options(herald_warnings INTERFACE -Werror)
endif()
# g++ 12 reports these two for its own std::string and for moved variants when
# it optimises (its bugs 105329 and 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(herald_warnings INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized)
endif()

foreach(kind fast slow system pure threads)
  add_custom_target(herald_tests_${kind})
endforeach()
add_custom_target(herald_fuzzers)

if(CMAKE_CXX_FLAGS MATCHES "fsanitize=thread")
  add_library(herald_tsan_threads OBJECT
    ${PROJECT_SOURCE_DIR}/cmake/tsan_threads.cpp)
endif()

# herald_precompile(TARGET library|test): with one of two precompiled headers;
# cmake/precompiled.hpp says why. Tests are not optimised there: compiling them
# would take longer than running them does.
if(HERALD_PRECOMPILE)
  foreach(kind library test)
    add_library(herald_precompiled_${kind} OBJECT
      ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
    target_include_directories(herald_precompiled_${kind} PRIVATE
      ${PROJECT_SOURCE_DIR})
    target_link_libraries(herald_precompiled_${kind} PRIVATE
      absl::flat_hash_map absl::statusor Arrow::arrow fmt::fmt
      GTest::gmock GTest::gtest herald_warnings)
    set_target_properties(herald_precompiled_${kind} PROPERTIES
      POSITION_INDEPENDENT_CODE ON)
  endforeach()
  target_precompile_headers(herald_precompiled_library PRIVATE
    ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  target_precompile_headers(herald_precompiled_test PRIVATE
    ${PROJECT_SOURCE_DIR}/cmake/precompiled_test.hpp)
  target_compile_options(herald_precompiled_test PRIVATE -O0)
endif()

function(herald_precompile TARGET KIND)
  if(HERALD_PRECOMPILE)
    target_precompile_headers(${TARGET} REUSE_FROM herald_precompiled_${KIND})
    # The same for programs, which would be -fPIE: the header allows one way.
    set_target_properties(${TARGET} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${TARGET} PRIVATE -fPIC)
    if(KIND STREQUAL test)
      target_compile_options(${TARGET} PRIVATE -O0)
    endif()
  endif()
endfunction()

# Replaces the list SOURCES by files that each include eight of it: reading
# headers is half of what a source costs. Their text does not depend on the
# folder of the clone, so that clones share what ccache keeps, which they would
# not with UNITY_BUILD.
function(herald_group SOURCES NAME)
  set(groups)
  list(LENGTH ${SOURCES} count)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  math(EXPR last "${count} - 1")
  foreach(file ${${SOURCES}})
    get_source_file_property(options ${file} COMPILE_OPTIONS)
    if(options OR IS_ABSOLUTE ${file})
      message(FATAL_ERROR "${file} cannot be in a group: it is generated, or "
        "has options of its own")
    endif()
  endforeach()
  foreach(begin RANGE 0 ${last} 8)
    list(SUBLIST ${SOURCES} ${begin} 8 files)
    list(TRANSFORM files REPLACE "(.+)" "#include \"${folder}/\\1\"\n")
    list(JOIN files "" text)
    set(group ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_${begin}.cpp)
    file(CONFIGURE OUTPUT ${group} CONTENT "${text}" @ONLY)
    list(APPEND groups ${group})
  endforeach()
  set(${SOURCES} ${groups} PARENT_SCOPE)
endfunction()

function(herald_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  # Actors name their parts alike, and CAF's templates cost more than headers.
  set(with_caf FALSE)
  foreach(dep ${ARG_DEPS})
    herald_reaches_caf(dep_with_caf ${dep})
    if(dep_with_caf)
      set(with_caf TRUE)
    endif()
  endforeach()
  if(HERALD_UNITY AND NOT with_caf)
    herald_group(ARG_SOURCES ${NAME})
  endif()
  add_library(${NAME} STATIC ${ARG_SOURCES})
  target_include_directories(${NAME} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} PRIVATE herald_warnings)
  herald_precompile(${NAME} library)
endfunction()

# Sets OUT to whether a target, or what it links, links CAF.
function(herald_reaches_caf OUT TARGET)
  set(todo ${TARGET})
  set(seen)
  while(todo)
    list(POP_FRONT todo target)
    if(target MATCHES "^CAF::")
      set(${OUT} TRUE PARENT_SCOPE)
      return()
    endif()
    if(target IN_LIST seen OR NOT TARGET ${target})
      continue()
    endif()
    list(APPEND seen ${target})
    get_target_property(libraries ${target} LINK_LIBRARIES)
    if(libraries)
      list(APPEND todo ${libraries})
    endif()
  endwhile()
  set(${OUT} FALSE PARENT_SCOPE)
endfunction()

function(herald_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS fast)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE
    ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main herald_warnings)
  herald_precompile(${NAME} test)
  if(TARGET herald_tsan_threads)
    target_sources(${NAME} PRIVATE $<TARGET_OBJECTS:herald_tsan_threads>)
  endif()
  set_target_properties(${NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  herald_reaches_caf(with_caf ${NAME})
  if(NOT with_caf AND NOT system IN_LIST ARG_LABELS)
    list(APPEND ARG_LABELS pure)
  endif()
  foreach(label ${ARG_LABELS})
    add_dependencies(herald_tests_${label} ${NAME})
  endforeach()
  add_test(NAME ${NAME} COMMAND ${NAME}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  # The time limit is only for a test that hangs.
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
endfunction()

# Seconds that ctest lets each fuzzer look for trouble; to look for longer, run
# build/asan/bin/NAME by hand.
set(HERALD_FUZZ_SECONDS 8)

function(herald_fuzzer NAME)
  if(NOT HERALD_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} herald_warnings)
  target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
  herald_precompile(${NAME} library)
  add_dependencies(herald_fuzzers ${NAME})
  set(found ${PROJECT_BINARY_DIR}/corpus/${NAME})
  file(MAKE_DIRECTORY ${found})
  set(seeds ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${NAME})
  if(NOT IS_DIRECTORY ${seeds})
    set(seeds)
  endif()
  add_test(NAME ${NAME} COMMAND ${NAME}
    -max_total_time=${HERALD_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
    -max_len=4096 -print_final_stats=1 -verbosity=0
    -artifact_prefix=${PROJECT_BINARY_DIR}/crash-${NAME}-
    ${found} ${seeds})
  set_tests_properties(${NAME} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()
