// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "thalweg/connectors/kafka/cluster_internal.h"

namespace thalweg::kafka {

/// Which partitions a source reads, as its options say: subscribe, subscribePattern or assign.
class Selection {
 public:
  /// Errors: invalid_argument unless exactly one of the options is given and makes sense.
  static Result<Selection> make(const Options& options);

  /// The partitions that the cluster has of those wanted, sorted.
  Result<std::vector<PartitionKey>> find(Cluster& cluster) const;

 private:
  std::vector<std::string> topics_;
  std::optional<std::regex> pattern_;
  std::set<PartitionKey> assigned_;  ///< Empty: all partitions of the topics.
};

/// Where partitions are read from when a query first sees them, as its options say.
class Start {
 public:
  /// Errors: invalid_argument for options that make no sense.
  static Result<Start> make(const Options& options);

  /// Where each of these partitions begins for the query. `first`: it has read nothing yet; else
  /// they were added while it ran, and are read from their beginning.
  Result<Offsets> find(Cluster& cluster, const std::vector<PartitionKey>& partitions,
                       bool first) const;

 private:
  enum class Kind { earliest, latest, listed, time };
  Result<Offsets> find_listed(Cluster& cluster, const std::vector<PartitionKey>& partitions) const;
  Result<Offsets> find_time(Cluster& cluster, const std::vector<PartitionKey>& partitions) const;

  Kind kind_ = Kind::latest;
  Offsets listed_;  ///< -2: earliest, -1: latest.
  std::int64_t millis_ = 0;
  bool latest_after_time_ = false;
};

}  // namespace thalweg::kafka
