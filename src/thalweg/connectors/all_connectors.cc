// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/console/console.h"
#include "thalweg/connectors/files/files.h"
#include "thalweg/connectors/kafka/kafka.h"
#include "thalweg/connectors/memory/memory.h"
#include "thalweg/connectors/rate/rate.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/connectors/socket/socket.h"

namespace thalweg {

// The list of connectors: a folder, its header above, and a line here, sorted by name. Written by
// hand rather than by static initialisers, which vanish from static libraries and run in no order.
std::span<const Connector* const> all_connectors() {
  static constexpr const Connector* connectors[] = {
      &console::connector, &files::connector, &kafka::connector,
      &memory::connector,  &rate::connector,  &socket::connector,
  };
  return connectors;
}

}  // namespace thalweg
