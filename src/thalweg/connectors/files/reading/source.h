// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"

namespace thalweg::files {

/// A source whose partitions are files, each read once and whole: docs/design/0009. Options: those
/// of the connector. Errors: invalid_argument for options that are refused; unsupported for a
/// format or a file system that this installation lacks.
Result<std::unique_ptr<Source>> make_source(const Options& options,
                                            const ConnectorContext& context);

}  // namespace thalweg::files
