// SPDX-License-Identifier: Apache-2.0
#pragma once

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
    for (const auto& parent : parents) {
      for (int i = 0; i < parent->partition_count(); ++i) places_.push_back({parent.get(), i});
    }
  }

  void sources(int partition, std::vector<AnyNode::Source>& out) const override {
    const Place& place = places_[static_cast<std::size_t>(partition)];
    out.push_back({place.parent, place.partition});
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    const Place& place = places_[static_cast<std::size_t>(partition)];
    return place.parent->open(place.partition, context);
  }

 private:
  struct Place {
    RddNode<T>* parent;
    int partition;
  };

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

  std::vector<Place> places_;
};

}  // namespace thalweg
