// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"

namespace thalweg::kafka {

/// Rows as records of topics. Options: those of the connector.
/// Errors: invalid_argument for options that don't go together.
Result<std::unique_ptr<Sink>> make_sink(const Options& options, const ConnectorContext& context);

}  // namespace thalweg::kafka
