// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/kafka/fetching_internal.h"
#include "thalweg/connectors/kafka/values_internal.h"
#include "thalweg/connectors/kafka_position.h"

namespace thalweg::kafka {

/// How a partition is read, as the options say.
struct ReadingOptions {
  bool fail_on_data_loss = true;
  bool with_headers = false;
  Duration wait_max{0};  ///< For records that are there, by the plan.
  Duration timeout{0};   ///< Of questions to the brokers.
  ValueFormat values;
};

/// Reads a partition from `from` on. `decoder`: of the values; null where they have no format.
std::unique_ptr<PartitionReader> make_reader(Fetching::Lease lease, TopicPartition partition,
                                             Offset from, const ReadingOptions& options,
                                             std::unique_ptr<RecordDecoder> decoder,
                                             const ConnectorContext& context);

}  // namespace thalweg::kafka
