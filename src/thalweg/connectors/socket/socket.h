// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/connectors/connector.h"

namespace thalweg::socket {

/// Lines of text from a TCP server. See README.md beside this.
extern const Connector connector;

}  // namespace thalweg::socket
