// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/union.h"

#include <algorithm>
#include <iterator>

namespace thalweg {

UnionPlaces::UnionPlaces(const std::vector<std::shared_ptr<AnyNode>>& nodes) {
  int first = 0;
  for (const auto& node : nodes) {
    if (node->partition_count() > 0) places_.push_back({node.get(), first});
    first += node->partition_count();
  }
}

const UnionPlaces::Place& UnionPlaces::of(int partition) const {
  auto after =
      std::upper_bound(places_.begin(), places_.end(), partition,
                       [](int number, const Place& place) { return number < place.first; });
  return *std::prev(after);
}

std::vector<Dependency> UnionPlaces::dependencies_on(
    const std::vector<std::shared_ptr<AnyNode>>& nodes) {
  std::vector<Dependency> dependencies;
  dependencies.reserve(nodes.size());
  for (const auto& node : nodes) dependencies.push_back({node, nullptr});
  return dependencies;
}

int UnionPlaces::partition_count(const std::vector<std::shared_ptr<AnyNode>>& nodes) {
  int partitions = 0;
  for (const auto& node : nodes) partitions += node->partition_count();
  return partitions;
}

}  // namespace thalweg
