// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// What a node does when a parent has no batch at a time.
enum class MissingBatch {
  skip,    ///< Has none either: map, filter and the like.
  refuse,  ///< An error: transform and union, whose function can't be asked without it.
  give,    ///< Asks the function nevertheless, with null in its place.
};

/// Each batch made from those of the parents at the same time: what all transformations are that
/// keep nothing from batch to batch.
class TransformedNode final : public StreamNode {
 public:
  /// Makes a batch of those of the parents, in their order; null for none. It may throw.
  using Function = std::function<BatchRdd(const std::vector<BatchRdd>& batches, Time time)>;

  /// REQUIRES: at least one parent.
  TransformedNode(std::vector<std::shared_ptr<StreamNode>> parents, std::string_view kind,
                  Function function, MissingBatch missing);

 protected:
  Result<BatchRdd> compute(Time time) override;

 private:
  std::vector<StreamNode*> streams_;  ///< The parents, which own them.
  const Function function_;
  const MissingBatch missing_;
};

/// A TransformedNode, made.
std::shared_ptr<StreamNode> make_transformed_node(std::vector<std::shared_ptr<StreamNode>> parents,
                                                  std::string_view kind,
                                                  TransformedNode::Function function,
                                                  MissingBatch missing);

/// What `make()` returns, or the failure that it threw.
Result<BatchRdd> batch_or_failure(const std::function<BatchRdd()>& make);

}  // namespace thalweg
