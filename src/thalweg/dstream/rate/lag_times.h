// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "thalweg/connectors/connector.h"

namespace thalweg {

/// How long ago a source had the first record that a stream has not planned yet, from what its
/// partitions had each time they were looked at. One thread.
class LagTimes {
 public:
  /// Looks that are remembered of a partition. Beyond them, every second one is forgotten, so that
  /// times become coarser, never shorter by more than one of the gaps.
  static constexpr std::size_t looks_max = 256;

  /// Notes that at `now` the partition went up to `latest`, and forgets what was planned.
  /// `rows_since(position)`: how many rows there are from where the plan ends up to `position`.
  /// Returns how long rows have waited; zero where none does.
  Duration note(const Partition& partition, Time now, const Position& latest,
                const std::function<std::int64_t(const Position&)>& rows_since);

 private:
  struct Look {
    Time time;
    Position latest;
  };
  std::map<std::string, std::deque<Look>, std::less<>> looks_;
};

}  // namespace thalweg
