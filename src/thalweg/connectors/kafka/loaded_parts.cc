// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka/kafka.h"
#include "thalweg/connectors/kafka/sink.h"
#include "thalweg/connectors/kafka/source.h"

extern "C" const thalweg::kafka::LoadedParts thalweg_kafka;

/// What the main library looks for when it has loaded this one.
const thalweg::kafka::LoadedParts thalweg_kafka = {thalweg::kafka::make_source,
                                                   thalweg::kafka::make_sink};
