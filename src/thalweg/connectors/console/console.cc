// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/console/console.h"

#include <iostream>

#include "thalweg/connectors/console/sink.h"

namespace thalweg::console {
namespace {

constexpr OptionSpec options[] = {
    {.name = "rows_max",
     .type = OptionType::integer,
     .default_value = "20",
     .help = "How many rows of an epoch each writer shows.",
     .min = 0},
};

}  // namespace

constinit const Connector connector = {
    .name = "console",
    .summary = "Rows as text on standard output.",
    .options = options,
    .make_sink = [](const Options& chosen,
                    const ConnectorContext&) -> Result<std::unique_ptr<Sink>> {
      return make_sink(std::cout, static_cast<std::size_t>(chosen.integer("rows_max")));
    },
};

}  // namespace thalweg::console
