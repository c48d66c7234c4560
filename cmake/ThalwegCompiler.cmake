# SPDX-License-Identifier: Apache-2.0
#
# How our own sources are compiled. Users of the installed library get none of this but C++20.
#
# Targets:  thalweg_compiling   linked privately by everything we compile

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)

find_program(CCACHE_PROGRAM ccache)
find_program(ENV_PROGRAM env)
if(CCACHE_PROGRAM AND ENV_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # It knows a file by what the compiler says it includes, and need not preprocess it first; and by
  # its place in the project, so that another clone finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ENV_PROGRAM}" CCACHE_DEPEND=1
                                  "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${CCACHE_PROGRAM}")
endif()

add_library(thalweg_compiling INTERFACE)
target_compile_features(thalweg_compiling INTERFACE cxx_std_20)
target_compile_options(
  thalweg_compiling
  INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${THALWEG_WERROR}>:-Werror>
            # g++ 12 gives these for correct uses of std::string and std::shared_ptr.
            -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
target_link_options(thalweg_compiling INTERFACE -Wl,--as-needed)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Left alone it collects its garbage every 130 MB: a seventh of its time. This takes a third more
  # memory, 1 GB for the largest file.
  target_compile_options(thalweg_compiling INTERFACE --param=ggc-min-heapsize=1000000
                                                     --param=ggc-min-expand=200)
endif()

if(THALWEG_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
  target_compile_options(
    thalweg_compiling
    INTERFACE -fsanitize=${THALWEG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
              # Instrumented code makes g++ see uninitialised variables that are not.
              -Wno-maybe-uninitialized)
  target_link_options(thalweg_compiling INTERFACE -fsanitize=${THALWEG_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  # Checks inside the standard library that keep its layout; _GLIBCXX_DEBUG would break Arrow's ABI.
  target_compile_definitions(thalweg_compiling INTERFACE _GLIBCXX_ASSERTIONS)
endif()
