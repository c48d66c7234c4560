// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/lag_times.h"

namespace thalweg {

Duration LagTimes::note(const Partition& partition, Time now, const Position& latest,
                        const std::function<std::int64_t(const Position&)>& rows_since) {
  auto& looks = looks_[partition.text];
  while (!looks.empty() && rows_since(looks.front().latest) == 0) looks.pop_front();
  if (rows_since(latest) == 0) {
    // Partitions come and go, as files do: only those with something to read are remembered.
    looks_.erase(partition.text);
    return Duration(0);
  }
  if (looks.empty() || looks.back().latest != latest) looks.push_back({now, latest});
  if (looks.size() > looks_max) {
    // The first says since when something waits; the last what is there.
    std::deque<Look> kept;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      if (i % 2 == 0 || i + 1 == looks.size()) kept.push_back(std::move(looks[i]));
    }
    looks = std::move(kept);
  }
  return now - looks.front().time;
}

}  // namespace thalweg
