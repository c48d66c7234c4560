// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"

namespace thalweg::socket {

/// A source of one partition: the lines that a TCP server sends. Options: those of the connector.
std::unique_ptr<Source> make_source(const Options& options, const ConnectorContext& context);

}  // namespace thalweg::socket
