// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/connectors/connector.h"

namespace thalweg::console {

/// Rows as text on standard output. See README.md beside this.
extern const Connector connector;

}  // namespace thalweg::console
