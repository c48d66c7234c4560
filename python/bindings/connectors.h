// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

/// connectors() and check_connection().
void bind_connectors(nanobind::module_& module);

}  // namespace thalweg::python
