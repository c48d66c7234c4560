# SPDX-License-Identifier: Apache-2.0
#
# Finds the Arrow C++ libraries that come inside an installed pyarrow wheel.
#
# Input:    THALWEG_PYTHON       the interpreter whose site-packages hold the wheel
# Targets:  PyArrow::arrow       and, where the wheel has the library, PyArrow::compute,
#           PyArrow::parquet, PyArrow::acero, PyArrow::dataset, PyArrow::s3
# Output:   PyArrow_FOUND, PyArrow_VERSION, PyArrow_INCLUDE_DIR, PyArrow_LIBRARY_DIR
#
# The wheel has no unversioned libarrow.so, so each library is named by its SONAME; nothing is
# written into the wheel. The package is located without being imported, which would cost a second.

set(PyArrow_NOT_FOUND_REASON "the Python interpreter ${THALWEG_PYTHON} has no package pyarrow")
set(_pyarrow_question
    "import importlib.util as i; print(i.find_spec('pyarrow').submodule_search_locations[0])")
execute_process(
  COMMAND "${THALWEG_PYTHON}" -c "${_pyarrow_question}"
  OUTPUT_VARIABLE PyArrow_LIBRARY_DIR OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE _pyarrow_exit ERROR_QUIET)
if(_pyarrow_exit EQUAL 0)
  set(PyArrow_INCLUDE_DIR "${PyArrow_LIBRARY_DIR}/include")
  set(_pyarrow_config "${PyArrow_INCLUDE_DIR}/arrow/util/config.h")
  if(EXISTS "${_pyarrow_config}")
    file(STRINGS "${_pyarrow_config}" _pyarrow_lines
         REGEX "define ARROW_(VERSION_STRING|SO_VERSION) ")
    foreach(_pyarrow_line IN LISTS _pyarrow_lines)
      if(_pyarrow_line MATCHES "ARROW_([A-Z_]+) +\"([0-9.]+)")
        set(_pyarrow_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
      endif()
    endforeach()
    set(PyArrow_VERSION "${_pyarrow_VERSION_STRING}")
  else()
    set(PyArrow_NOT_FOUND_REASON "the wheel in ${PyArrow_LIBRARY_DIR} has no C++ headers")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  PyArrow
  REQUIRED_VARS PyArrow_INCLUDE_DIR PyArrow_LIBRARY_DIR PyArrow_VERSION
  VERSION_VAR PyArrow_VERSION
  REASON_FAILURE_MESSAGE "${PyArrow_NOT_FOUND_REASON}")

# _pyarrow_library(name needs...): PyArrow::<name> for one library and the targets it needs.
function(_pyarrow_library name)
  set(file "lib${name}.so.${_pyarrow_SO_VERSION}")
  string(REGEX REPLACE "^arrow_" "" name "${name}")
  if(TARGET PyArrow::${name} OR NOT EXISTS "${PyArrow_LIBRARY_DIR}/${file}")
    return()
  endif()
  add_library(PyArrow::${name} SHARED IMPORTED)
  set_target_properties(
    PyArrow::${name}
    PROPERTIES IMPORTED_LOCATION "${PyArrow_LIBRARY_DIR}/${file}"
               IMPORTED_SONAME "${file}"
               INTERFACE_INCLUDE_DIRECTORIES "${PyArrow_INCLUDE_DIR}"
               INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

if(PyArrow_FOUND)
  _pyarrow_library(arrow)
  _pyarrow_library(arrow_compute PyArrow::arrow)
  _pyarrow_library(parquet PyArrow::arrow)
  _pyarrow_library(arrow_acero PyArrow::compute)
  _pyarrow_library(arrow_dataset PyArrow::acero PyArrow::parquet)
  _pyarrow_library(arrow_s3 PyArrow::arrow)
endif()
