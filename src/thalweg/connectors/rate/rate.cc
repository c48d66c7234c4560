// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/rate/rate.h"

#include "thalweg/connectors/rate/source.h"

namespace thalweg::rate {
namespace {

constexpr OptionSpec options[] = {
    {.name = "rows_per_second",
     .type = OptionType::integer,
     .default_value = "1",
     .help = "Rows a second, of all partitions together.",
     .min = 1,
     .max = 1'000'000'000},
    {.name = "partitions",
     .type = OptionType::integer,
     .default_value = "1",
     .help = "Parts that are read side by side; each takes every n-th row.",
     .min = 1,
     .max = 10'000},
    {.name = "row_count",
     .type = OptionType::integer,
     .default_value = "0",
     .help = "Rows after which the source ends; 0: never.",
     .min = 0},
};

}  // namespace

constinit const Connector connector = {
    .name = "rate",
    .summary = "The numbers 0, 1, 2, ... so many a second, each with its time.",
    .options = options,
    .make_source = [](const Options& chosen, const ConnectorContext& context)
        -> Result<std::unique_ptr<Source>> { return make_source(chosen, context); },
};

}  // namespace thalweg::rate
