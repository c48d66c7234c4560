// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/connectors/kafka/fetching_internal.h"

namespace thalweg::kafka {

/// Records of one partition as columns: key and value (bytes, null where there is none), topic,
/// partition, offset, timestamp, timestampType (0: set by the producer, 1: by the broker, -1: none)
/// and, where wanted, headers: a list of names and values in the encoding of
/// docs/formats/records.md.
Result<Batch> to_batch(const std::vector<Message>& records, const PartitionKey& partition,
                       bool with_headers);

}  // namespace thalweg::kafka
