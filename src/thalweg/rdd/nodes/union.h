// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// The partitions of several parents, one after the other. Nothing is copied.
template <typename T>
class UnionNode final : public RddNode<T> {
 public:
  using Parents = std::vector<std::shared_ptr<RddNode<T>>>;

  /// REQUIRES: at least one parent.
  explicit UnionNode(const Parents& parents)
      : RddNode<T>(parents.front()->session_pointer(), "union",
                   std::vector<Dependency>(dependencies_of(parents)), count(parents)) {
    int first = 0;
    for (const auto& parent : parents) {
      if (parent->partition_count() > 0) parents_.push_back({parent.get(), first});
      first += parent->partition_count();
    }
  }

  void sources(int partition, std::vector<AnyNode::Source>& out) const override {
    const Place& place = place_of(partition);
    out.push_back({place.parent, partition - place.first});
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    const Place& place = place_of(partition);
    return place.parent->open(partition - place.first, context);
  }

 private:
  /// A parent that has partitions, and which of ours is its first.
  struct Place {
    RddNode<T>* parent;
    int first;
  };

  [[nodiscard]] const Place& place_of(int partition) const {
    auto after =
        std::upper_bound(parents_.begin(), parents_.end(), partition,
                         [](int number, const Place& place) { return number < place.first; });
    return *std::prev(after);
  }

  static std::vector<Dependency> dependencies_of(const Parents& parents) {
    std::vector<Dependency> dependencies;
    for (const auto& parent : parents) dependencies.push_back({parent, nullptr});
    return dependencies;
  }
  static int count(const Parents& parents) {
    int partitions = 0;
    for (const auto& parent : parents) partitions += parent->partition_count();
    return partitions;
  }

  std::vector<Place> parents_;
};

}  // namespace thalweg
