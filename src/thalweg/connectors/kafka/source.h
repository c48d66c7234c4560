// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"

namespace thalweg::kafka {

/// A source with a partition for each of a topic's. Options: those of the connector.
/// Errors: invalid_argument for options that don't go together.
Result<std::unique_ptr<Source>> make_source(const Options& options,
                                            const ConnectorContext& context);

}  // namespace thalweg::kafka
