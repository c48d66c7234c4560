// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/connectors/connector.h"

namespace thalweg::rate {

/// So many rows a second, by the clock. See README.md beside this.
extern const Connector connector;

}  // namespace thalweg::rate
