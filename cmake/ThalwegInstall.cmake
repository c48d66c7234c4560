# SPDX-License-Identifier: Apache-2.0
#
# What `make install` writes: the library, its public headers, and the files by which another
# project's find_package(thalweg) finds them. The library remembers where Arrow is, so that programs
# start without LD_LIBRARY_PATH.

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/thalweg")

set_target_properties(thalweg PROPERTIES INSTALL_RPATH "${THALWEG_ARROW_LIBRARY_DIR}")

install(
  TARGETS thalweg
  EXPORT thalweg
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT thalweg NAMESPACE thalweg:: FILE thalweg-targets.cmake DESTINATION "${package_dir}")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/thalweg-config.cmake.in" "${PROJECT_BINARY_DIR}/thalweg-config.cmake"
  INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/thalweg-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/thalweg-config.cmake"
              "${PROJECT_BINARY_DIR}/thalweg-config-version.cmake" DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
