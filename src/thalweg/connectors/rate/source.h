// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"

namespace thalweg::rate {

/// A source of the numbers 0, 1, 2, ... each at its time. Options: those of the connector.
std::unique_ptr<Source> make_source(const Options& options, const ConnectorContext& context);

}  // namespace thalweg::rate
