// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "thalweg/connectors/connector.h"

namespace thalweg {

/// Every connector there is, sorted by name. Lives for ever.
std::span<const Connector* const> all_connectors();

/// Errors: not_found, with the name that is nearest and all there are.
Result<const Connector*> find_connector(std::string_view name);

/// A source of the connector of that name.
///
/// Errors: not_found for the name; unsupported for a connector that only writes; invalid_argument
///         for options that don't fit; what the connector itself returns.
Result<std::unique_ptr<Source>> make_source(std::string_view name, const OptionTexts& options,
                                            const ConnectorContext& context);

/// A sink of the connector of that name. Errors: as make_source().
Result<std::unique_ptr<Sink>> make_sink(std::string_view name, const OptionTexts& options,
                                        const ConnectorContext& context);

}  // namespace thalweg
