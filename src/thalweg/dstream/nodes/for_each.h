// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// Calls a function on the driver with the RDD of every batch.
template <typename T>
class ForEachNode final : public OutputNode {
 public:
  using Function = std::function<void(const RDD<T>&, Time)>;

  ForEachNode(const std::shared_ptr<DStreamNode<T>>& parent, std::string kind, Function function)
      : OutputNode(parent->graph_pointer(), std::move(kind), {parent}),
        parent_(*parent),
        function_(std::make_shared<Function>(std::move(function))) {}

  Result<std::optional<Job>> make_job(Time time) override {
    THALWEG_TRY_ASSIGN(auto batch, parent_.rdd_at(time));
    if (!batch) return std::optional<Job>();
    return std::optional<Job>(
        [function = function_, rdd = *batch, time] { (*function)(rdd, time); });
  }

 private:
  DStreamNode<T>& parent_;
  const std::shared_ptr<Function> function_;
};

}  // namespace thalweg
