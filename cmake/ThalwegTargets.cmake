# SPDX-License-Identifier: Apache-2.0
#
# The few kinds of targets there are. Sources are found by their place in the tree, so adding a file
# needs no change here; Ninja looks again at each build (CONFIGURE_DEPENDS).

# The names of the modules in src/thalweg/LAYERS, in that order.
function(thalweg_read_layers result)
  set(file "${PROJECT_SOURCE_DIR}/src/thalweg/LAYERS")
  file(STRINGS "${file}" lines REGEX "^[a-z_]+:")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ":.*" "" name "${line}")
    list(APPEND names "${name}")
  endforeach()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

# thalweg_module(name): adds src/thalweg/<name>/**/*.cc to the library, and its *_test.cc files to
# one test program thalweg_<name>_test. A folder that does not exist yet adds nothing. A folder in
# it that has a CMakeLists.txt is left to that: see thalweg_loaded_library().
function(thalweg_module name)
  set(folder "${PROJECT_SOURCE_DIR}/src/thalweg/${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cc")
  file(GLOB separate CONFIGURE_DEPENDS "${folder}/*/CMakeLists.txt")
  foreach(list IN LISTS separate)
    cmake_path(GET list PARENT_PATH separate_folder)
    cmake_path(GET separate_folder FILENAME separate_name)
    list(FILTER sources EXCLUDE REGEX "/${name}/${separate_name}/")
    add_subdirectory("${separate_folder}" "${separate_name}")
  endforeach()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  target_sources(thalweg PRIVATE ${sources})
  thalweg_test(thalweg_${name}_test ${tests})
endfunction()

# thalweg_loaded_library(name targets... [CORE sources...]): the sources of the calling folder as a
# library of their own, libthalweg_<name>.so, which links the targets; those after CORE belong to
# the main library instead. It lies beside the main library, which loads it when something in it is
# first used (common/loading/loaded_library.h), so that other programs don't need what it links. Its
# *_test.cc files become thalweg_<name>_test.
function(thalweg_loaded_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "CORE")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  foreach(source IN LISTS arg_CORE)
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(library thalweg_${name})
  add_library(${library} SHARED ${sources})
  target_link_libraries(${library} PRIVATE thalweg thalweg_compiling thalweg_arrow
                                           ${arg_UNPARSED_ARGUMENTS})
  if(SKBUILD)
    # In a wheel: beside the main library, in the package's folder.
    set(destination thalweg)
    set(arrow_folder "$ORIGIN/../pyarrow")
  else()
    set(destination "${CMAKE_INSTALL_LIBDIR}")
    set(arrow_folder "${THALWEG_ARROW_LIBRARY_DIR}")
  endif()
  set_target_properties(
    ${library} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/src"
                          INSTALL_RPATH "$ORIGIN;${arrow_folder}")
  install(TARGETS ${library} LIBRARY DESTINATION "${destination}")
  thalweg_test(${library}_test ${tests})
  if(TARGET ${library}_test)
    target_link_libraries(${library}_test PRIVATE ${library} ${arg_UNPARSED_ARGUMENTS})
  endif()
  add_dependencies(thalweg_loaded_libraries ${library})
endfunction()

# thalweg_test(name sources...): one GoogleTest program, one entry in ctest. Without sources it adds
# nothing. Most of a full build's time is that of the tests, so they are compiled with little
# optimisation; those with the most templates five files at once: what they include is read, and
# what they share is instantiated, once. Names in their anonymous namespaces must differ.
set(THALWEG_TESTS_TOGETHER
    thalweg_rdd_test thalweg_dstream_test thalweg_connectors_test thalweg_common_test
    thalweg_columnar_test thalweg_runtime_test thalweg_state_test thalweg_network_test
    thalweg_files_test)
function(thalweg_test name)
  if(NOT THALWEG_TESTS OR NOT ARGN)
    return()
  endif()
  find_package(GTest REQUIRED)
  find_package(nlohmann_json REQUIRED)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/source_directory.cc.in"
                 "${PROJECT_BINARY_DIR}/source_directory.cc" @ONLY)
  add_executable(${name} EXCLUDE_FROM_ALL ${ARGN} "${PROJECT_BINARY_DIR}/source_directory.cc")
  add_dependencies(thalweg_tests ${name})
  # Whatever it tests may load one of them.
  add_dependencies(${name} thalweg_loaded_libraries)
  target_link_libraries(
    ${name} PRIVATE thalweg thalweg_compiling thalweg_arrow nlohmann_json::nlohmann_json
                    GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  if(name IN_LIST THALWEG_TESTS_TOGETHER)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  thalweg_test_properties(${name} TIMEOUT 900)
endfunction()

# The tests that take longest, the longest first. They begin first, so that none of them is alone at
# the end.
set(THALWEG_LONG_TESTS
    thalweg_network_test recovery.kafka_torture_test recovery.kafka_canary_test kafka.kafka_test
    thalweg_kafka_test public_headers thalweg_files_test thalweg_hdfs_test recovery.canaries_test
    wheel)

# thalweg_test_properties(name TIMEOUT seconds): what every entry in ctest has in common. Exit code
# 77 says that a test was skipped.
function(thalweg_test_properties name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "")
  set(suppressions "${PROJECT_SOURCE_DIR}/tools/tsan.supp")
  list(FIND THALWEG_LONG_TESTS ${name} place)
  if(place GREATER_EQUAL 0)
    math(EXPR cost "1000 - ${place}")
    set_tests_properties(${name} PROPERTIES COST ${cost})
  endif()
  set_tests_properties(
    ${name}
    PROPERTIES
      TIMEOUT ${arg_TIMEOUT}
      WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/tests"
      SKIP_RETURN_CODE 77
      ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
  )
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "UBSAN_OPTIONS=print_stacktrace=1")
  set_property(
    TEST ${name} APPEND
    PROPERTY ENVIRONMENT
             "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${suppressions}")
endfunction()

# thalweg_lock_port(name script): the word count's port is 9999; of the tests whose scripts name it,
# one runs at a time.
function(thalweg_lock_port name script)
  file(STRINGS "${script}" names_port REGEX "9999" LIMIT_COUNT 1)
  if(names_port)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK port_9999)
  endif()
endfunction()

# thalweg_program(name OUTPUT folder source): one program, in build/<preset>/<folder>/.
function(thalweg_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE thalweg::thalweg thalweg_compiling)
  set_target_properties(
    ${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${arg_OUTPUT}")
endfunction()

# thalweg_programs(folder OUTPUT folder): each .cc in the folder becomes a program of its name. One
# that uses SQLite is built where there is SQLite.
function(thalweg_programs folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    file(STRINGS "${source}" uses_sqlite REGEX "#include <sqlite3.h>" LIMIT_COUNT 1)
    if(uses_sqlite)
      find_package(SQLite3 QUIET)
      if(NOT SQLite3_FOUND)
        message(STATUS "${folder}/${name}: not built, SQLite is missing (libsqlite3-dev)")
        continue()
      endif()
    endif()
    thalweg_program(${name} OUTPUT ${arg_OUTPUT} "${source}")
    if(uses_sqlite)
      target_link_libraries(${name} PRIVATE SQLite::SQLite3)
    endif()
  endforeach()
endfunction()

# thalweg_benchmarks(folder): folder/*.cc are programs; folder/micro/*.cc use Google Benchmark and
# are built by the target thalweg_benchmarks only.
function(thalweg_benchmarks folder)
  file(GLOB programs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  file(GLOB micros CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/micro/*.cc")
  add_custom_target(thalweg_benchmarks)
  foreach(source IN LISTS programs)
    cmake_path(GET source STEM name)
    file(STRINGS "${source}" uses_kafka REGEX "#include <librdkafka/" LIMIT_COUNT 1)
    if(uses_kafka AND NOT TARGET thalweg_rdkafka)
      message(STATUS "${folder}/${name}: not built, librdkafka is missing (librdkafka-dev)")
      continue()
    endif()
    thalweg_program(${name} OUTPUT benchmarks "${source}")
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O3>)
    if(uses_kafka)
      target_link_libraries(${name} PRIVATE thalweg_rdkafka)
    endif()
    add_dependencies(thalweg_benchmarks ${name})
  endforeach()
  if(micros)
    find_package(benchmark QUIET)
    if(NOT benchmark_FOUND)
      message(STATUS "benchmarks/micro: not built, Google Benchmark is missing (libbenchmark-dev)")
      return()
    endif()
  endif()
  foreach(source IN LISTS micros)
    cmake_path(GET source STEM stem)
    set(name micro_${stem})
    thalweg_program(${name} OUTPUT benchmarks/micro "${source}")
    target_link_libraries(${name} PRIVATE benchmark::benchmark benchmark::benchmark_main)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O3>)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL TRUE OUTPUT_NAME ${stem})
    add_dependencies(thalweg_benchmarks ${name})
  endforeach()
endfunction()
