# SPDX-License-Identifier: Apache-2.0
#
# What a wheel holds beside the Python files: the module and the library, next to each other in the
# package's folder. Arrow's libraries are those inside the pyarrow that it depends on.

set_target_properties(thalweg thalweg_engine PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/../pyarrow")
# A wheel knows no links: one file under the name that the module asks for.
get_target_property(soversion thalweg SOVERSION)
set_target_properties(thalweg PROPERTIES VERSION "${soversion}")
install(TARGETS thalweg LIBRARY DESTINATION thalweg NAMELINK_SKIP)
install(TARGETS thalweg_engine LIBRARY DESTINATION thalweg)
