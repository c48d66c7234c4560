// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/transformed.h"

#include <utility>

#include "thalweg/common/caught.h"

namespace thalweg {

TransformedNode::TransformedNode(std::vector<std::shared_ptr<StreamNode>> parents,
                                 std::string_view kind, Function function, MissingBatch missing)
    : StreamNode(parents.front()->graph_pointer(), kind, Parents(parents.begin(), parents.end())),
      function_(std::move(function)),
      missing_(missing) {
  for (const auto& parent : parents) streams_.push_back(parent.get());
}

Result<BatchRdd> TransformedNode::compute(Time time) {
  std::vector<BatchRdd> batches;
  for (StreamNode* stream : streams_) {
    THALWEG_TRY_ASSIGN(auto batch, stream->rdd_at(time));
    if (batch == nullptr && missing_ != MissingBatch::give) {
      if (missing_ == MissingBatch::skip) return BatchRdd();
      return Status(ErrorCode::invalid_argument,
                    "missing parent batch at time " + to_string(time) + ": " + stream->describe());
    }
    batches.push_back(std::move(batch));
  }
  return batch_or_failure([&] { return function_(batches, time); });
}

std::shared_ptr<StreamNode> make_transformed_node(std::vector<std::shared_ptr<StreamNode>> parents,
                                                  std::string_view kind,
                                                  TransformedNode::Function function,
                                                  MissingBatch missing) {
  return std::make_shared<TransformedNode>(std::move(parents), kind, std::move(function), missing);
}

Result<BatchRdd> batch_or_failure(const std::function<BatchRdd()>& make) {
  try {
    return make();
  } catch (...) {
    return caught_failure();
  }
}

}  // namespace thalweg
