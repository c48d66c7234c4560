// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// Where the partitions of several nodes lie when they stand one after the other.
class UnionPlaces {
 public:
  /// A node that has partitions, and which of all is its first.
  struct Place {
    AnyNode* node;
    int first;
  };

  /// The nodes outlive this.
  explicit UnionPlaces(const std::vector<std::shared_ptr<AnyNode>>& nodes);

  /// The node that has the partition.
  [[nodiscard]] const Place& of(int partition) const;

  [[nodiscard]] static std::vector<Dependency> dependencies_on(
      const std::vector<std::shared_ptr<AnyNode>>& nodes);
  [[nodiscard]] static int partition_count(const std::vector<std::shared_ptr<AnyNode>>& nodes);

 private:
  std::vector<Place> places_;
};

/// The partitions of several parents, one after the other. Nothing is copied.
template <typename T>
class UnionNode final : public RddNode<T> {
 public:
  /// REQUIRES: at least one parent; all have rows of type T.
  explicit UnionNode(const std::vector<std::shared_ptr<AnyNode>>& parents)
      : RddNode<T>(parents.front()->session_pointer(), "union",
                   UnionPlaces::dependencies_on(parents), UnionPlaces::partition_count(parents)),
        places_(parents) {}

  void sources(int partition, std::vector<AnyNode::Source>& out) const override {
    const auto& place = places_.of(partition);
    out.push_back({place.node, partition - place.first});
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    const auto& place = places_.of(partition);
    return static_cast<RddNode<T>*>(place.node)->open(partition - place.first, context);
  }

 private:
  const UnionPlaces places_;
};

}  // namespace thalweg
