// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/connectors/connector.h"

namespace thalweg::memory {

/// Rows into a named table of this process, for tests. See README.md beside this.
extern const Connector connector;

}  // namespace thalweg::memory
