// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/connectors/connector.h"

namespace thalweg::kafka {

/// The topics of a Kafka cluster. See README.md beside this.
extern const Connector connector;

/// What libthalweg_kafka.so has under the name "thalweg_kafka": all that needs Kafka's client,
/// which is loaded when a source or sink is first made.
struct LoadedParts {
  Result<std::unique_ptr<Source>> (*make_source)(const Options&, const ConnectorContext&);
  Result<std::unique_ptr<Sink>> (*make_sink)(const Options&, const ConnectorContext&);
};

}  // namespace thalweg::kafka
