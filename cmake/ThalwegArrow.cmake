# SPDX-License-Identifier: Apache-2.0
#
# Chooses the Arrow C++ that Thalweg links: the system's when it has one that is new enough, else
# the one inside the pyarrow wheel.
#
# Targets:  thalweg_arrow                what a module links that uses Arrow
# Output:   THALWEG_ARROW_INCLUDE_DIR    the folder that holds arrow/type_fwd.h
#           THALWEG_ARROW_LIBRARY_DIR    the folder that holds libarrow.so.*

set(THALWEG_ARROW_VERSION_MIN 21)

# Without a version in the call: some Arrow packages accept only the very major version asked for.
find_package(Arrow QUIET)
if(Arrow_FOUND AND Arrow_VERSION VERSION_GREATER_EQUAL THALWEG_ARROW_VERSION_MIN
   AND TARGET Arrow::arrow_shared)
  set(arrow_target Arrow::arrow_shared)
  message(STATUS "Arrow ${Arrow_VERSION} of the system: ${Arrow_DIR}")
else()
  if(Arrow_FOUND)
    message(STATUS "Arrow ${Arrow_VERSION} of the system is not used: "
                   "older than ${THALWEG_ARROW_VERSION_MIN}, or without a shared library")
  endif()
  if(EXISTS "${PROJECT_SOURCE_DIR}/.venv/bin/python")
    set(default_python "${PROJECT_SOURCE_DIR}/.venv/bin/python")
  else()
    set(default_python python3)
  endif()
  set(THALWEG_PYTHON "${default_python}" CACHE STRING "Interpreter that has pyarrow")
  find_package(PyArrow ${THALWEG_ARROW_VERSION_MIN} QUIET)
  if(NOT PyArrow_FOUND)
    message(FATAL_ERROR
      "no Arrow C++ of version ${THALWEG_ARROW_VERSION_MIN} or newer: the system has none, and "
      "${PyArrow_NOT_FOUND_REASON}. Run `make` (it installs one into .venv/), or "
      "`tools/setup.sh build`, or set Arrow_DIR or THALWEG_PYTHON.")
  endif()
  set(arrow_target PyArrow::arrow)
  message(STATUS "Arrow ${PyArrow_VERSION} of the pyarrow wheel: ${PyArrow_LIBRARY_DIR}")
endif()

add_library(thalweg_arrow INTERFACE)
target_link_libraries(thalweg_arrow INTERFACE ${arrow_target})

get_target_property(include_dirs ${arrow_target} INTERFACE_INCLUDE_DIRECTORIES)
find_path(arrow_include_dir arrow/type_fwd.h PATHS ${include_dirs} NO_DEFAULT_PATH NO_CACHE)
if(NOT arrow_include_dir)
  find_path(arrow_include_dir arrow/type_fwd.h NO_CACHE REQUIRED)
endif()
set(THALWEG_ARROW_INCLUDE_DIR "${arrow_include_dir}")

# The library's file, whichever configuration the package describes.
foreach(suffix IN ITEMS "" _RELEASE _RELWITHDEBINFO _NOCONFIG)
  get_target_property(location ${arrow_target} IMPORTED_LOCATION${suffix})
  if(location)
    break()
  endif()
endforeach()
cmake_path(GET location PARENT_PATH THALWEG_ARROW_LIBRARY_DIR)
