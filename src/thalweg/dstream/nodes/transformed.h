// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// What a node does when a parent has no batch at a time.
enum class MissingBatch {
  skip,    ///< Has none either: map, filter and the like.
  refuse,  ///< An error: transform and union, whose function can't be asked without it.
};

/// Each batch made from the parent's by a function from RDD to RDD: what all transformations are
/// that keep nothing from batch to batch.
///
/// `function(const RDD<T>&, Time)` returns a Result<std::optional<RDD<U>>>.
template <typename T, typename U>
class TransformedNode final : public DStreamNode<U> {
 public:
  using Batch = typename DStreamNode<U>::Batch;
  using Function = std::function<Result<Batch>(const RDD<T>&, Time)>;

  TransformedNode(const std::shared_ptr<DStreamNode<T>>& parent, std::string kind,
                  Function function, MissingBatch missing)
      : DStreamNode<U>(parent->graph_pointer(), std::move(kind), {parent}),
        parent_(*parent),
        function_(std::move(function)),
        missing_(missing) {}

 protected:
  Result<Batch> compute(Time time) override {
    THALWEG_TRY_ASSIGN(auto batch, parent_.rdd_at(time));
    if (batch) return function_(*batch, time);
    if (missing_ == MissingBatch::skip) return Batch();
    return Status(ErrorCode::invalid_argument,
                  "missing parent batch at time " + to_string(time) + ": " + parent_.describe());
  }

 private:
  DStreamNode<T>& parent_;
  const Function function_;
  const MissingBatch missing_;
};

/// Each batch made from those of two parents.
template <typename T, typename W, typename U>
class TransformedWithNode final : public DStreamNode<U> {
 public:
  using Batch = typename DStreamNode<U>::Batch;
  using Function = std::function<Result<Batch>(const RDD<T>&, const RDD<W>&, Time)>;

  TransformedWithNode(const std::shared_ptr<DStreamNode<T>>& left,
                      const std::shared_ptr<DStreamNode<W>>& right, std::string kind,
                      Function function)
      : DStreamNode<U>(left->graph_pointer(), std::move(kind), {left, right}),
        left_(*left),
        right_(*right),
        function_(std::move(function)) {}

 protected:
  Result<Batch> compute(Time time) override {
    THALWEG_TRY_ASSIGN(auto left, left_.rdd_at(time));
    THALWEG_TRY_ASSIGN(auto right, right_.rdd_at(time));
    if (left && right) return function_(*left, *right, time);
    return Status(ErrorCode::invalid_argument, "missing parent batch at time " + to_string(time) +
                                                   ": " +
                                                   (left ? right_.describe() : left_.describe()));
  }

 private:
  DStreamNode<T>& left_;
  DStreamNode<W>& right_;
  const Function function_;
};

/// Each batch made from those of any number of parents of one type.
template <typename T, typename U>
class TransformedAllNode final : public DStreamNode<U> {
 public:
  using Batch = typename DStreamNode<U>::Batch;
  using Function = std::function<Result<Batch>(const std::vector<RDD<T>>&, Time)>;
  using Streams = std::vector<std::shared_ptr<DStreamNode<T>>>;

  /// REQUIRES: at least one stream.
  TransformedAllNode(const Streams& streams, std::string kind, Function function)
      : DStreamNode<U>(streams.front()->graph_pointer(), std::move(kind),
                       AnyStreamNode::Parents(streams.begin(), streams.end())),
        function_(std::move(function)) {
    for (const auto& stream : streams) streams_.push_back(stream.get());
  }

 protected:
  Result<Batch> compute(Time time) override {
    std::vector<RDD<T>> batches;
    for (DStreamNode<T>* stream : streams_) {
      THALWEG_TRY_ASSIGN(auto batch, stream->rdd_at(time));
      if (!batch) {
        return Status(ErrorCode::invalid_argument, "missing parent batch at time " +
                                                       to_string(time) + ": " + stream->describe());
      }
      batches.push_back(*batch);
    }
    return function_(batches, time);
  }

 private:
  std::vector<DStreamNode<T>*> streams_;
  const Function function_;
};

}  // namespace thalweg
