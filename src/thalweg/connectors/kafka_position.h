// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "thalweg/connectors/connector.h"

namespace thalweg::kafka {

// How Kafka's source writes partitions and positions, for itself and for those who show them.

/// A partition of a topic, and the offset at which a query began to read it: part of its name, so
/// that "where the partition begins" is the same place after a restart.
struct TopicPartition {
  std::string topic;
  std::int32_t number = 0;
  std::int64_t start = 0;

  /// "orders/3".
  [[nodiscard]] std::string name() const { return topic + "/" + std::to_string(number); }
};

/// "topic=orders;partition=3;start=120".
Partition to_partition(const TopicPartition& partition);
/// Errors: invalid_argument for a partition of another source.
Result<TopicPartition> topic_partition_of(const Partition& partition);

/// An offset of a partition. `begin`, where it is not -1, is where the range that ends there
/// begins: records before it are gone, whatever the position before was.
struct Offset {
  std::int64_t offset = 0;
  std::int64_t begin = -1;
};

/// "offset=42", or "offset=42;begin=17".
Position to_position(const Offset& offset);
/// `start`: for a position without text. Errors: invalid_argument for a position of another source.
Result<Offset> offset_of(const Position& position, std::int64_t start);

}  // namespace thalweg::kafka
