// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/connectors/kafka/client_internal.h"
#include "thalweg/connectors/kafka_position.h"

namespace thalweg::kafka {

/// A topic and a partition's number.
using PartitionKey = std::pair<std::string, std::int32_t>;
/// Offsets by partition. A partition that the cluster does not have is not there.
using Offsets = std::map<PartitionKey, std::int64_t>;

/// What a source asks a cluster besides records: which topics there are, and where they begin and
/// end. Connects when it is first asked.
///
/// Thread safety: one thread.
class Cluster {
 public:
  /// `timeout`: of each question.
  Cluster(Settings settings, Duration timeout)
      : settings_(std::move(settings)), timeout_(timeout) {}

  /// How many partitions each of these topics has; those that don't exist are not there.
  Result<std::map<std::string, std::int32_t>> partition_counts(
      const std::vector<std::string>& topics);
  /// Of all topics.
  Result<std::map<std::string, std::int32_t>> all_partition_counts();

  /// The first offset that is stored.
  Result<Offsets> begins(const std::vector<PartitionKey>& partitions);
  /// The offset that the next record gets; where settings say isolation.level=read_committed, that
  /// before which all transactions have ended.
  Result<Offsets> ends(const std::vector<PartitionKey>& partitions);
  /// The first offset whose record is not older than `millis`; -1 where there is none.
  Result<Offsets> at_time(const std::vector<PartitionKey>& partitions, std::int64_t millis);

  /// Stores positions for a consumer group, which needs kafka.group.id. Does not wait.
  Status commit(const Offsets& offsets);

 private:
  Result<Client*> client();
  Result<std::map<std::string, std::int32_t>> ask_metadata(const std::string* topic);
  Result<Offsets> ask_offsets(const std::vector<PartitionKey>& partitions, std::int64_t wanted,
                              const std::string& what);
  [[nodiscard]] int timeout_ms() const { return static_cast<int>(timeout_.count() / 1000); }

  const Settings settings_;
  const Duration timeout_;
  std::unique_ptr<Client> client_;
};

}  // namespace thalweg::kafka
