// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// RDDs that wait to become batches. A handle: who keeps a copy may add more while the context
/// runs.
///
/// Thread safety: all methods may be called concurrently.
template <typename T>
class RddQueue {
 public:
  RddQueue() : shared_(std::make_shared<Shared>()) {}
  RddQueue(std::vector<RDD<T>> rdds) : RddQueue() {  // NOLINT(google-explicit-constructor)
    for (auto& rdd : rdds) push(std::move(rdd));
  }

  void push(RDD<T> rdd) const {
    std::lock_guard lock(shared_->mutex);
    shared_->rdds.push_back(std::move(rdd));
  }
  [[nodiscard]] std::optional<RDD<T>> pop() const {
    std::lock_guard lock(shared_->mutex);
    if (shared_->rdds.empty()) return std::nullopt;
    std::optional<RDD<T>> rdd(std::move(shared_->rdds.front()));
    shared_->rdds.pop_front();
    return rdd;
  }
  [[nodiscard]] bool empty() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->rdds.empty();
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::deque<RDD<T>> rdds;
  };
  std::shared_ptr<Shared> shared_;
};

/// A stream fed from a queue: each batch takes the next RDD, or all that wait. When the queue is
/// empty the batch is `otherwise`, or empty.
/// Source: Spark's QueueInputDStream, which pops when a batch is computed.
template <typename T>
class QueueInputNode final : public StreamNode, public InputNode {
 public:
  using Row = T;

  QueueInputNode(std::shared_ptr<StreamGraph> graph, RddQueue<T> queue, bool one_at_a_time,
                 std::optional<RDD<T>> otherwise)
      : StreamNode(std::move(graph), "queue_stream", {}),
        queue_(std::move(queue)),
        one_at_a_time_(one_at_a_time),
        otherwise_(std::move(otherwise)) {}

  [[nodiscard]] std::int64_t stream_id() const override { return this->id(); }
  [[nodiscard]] bool has_waiting() const override { return !queue_.empty(); }
  [[nodiscard]] bool ended() const override { return queue_.empty(); }

 protected:
  Result<BatchRdd> compute(Time) override {
    std::vector<RDD<T>> rdds;
    while (auto rdd = queue_.pop()) {
      rdds.push_back(std::move(*rdd));
      if (one_at_a_time_) break;
    }
    if (rdds.size() == 1) return BatchRdd(rdds.front().node());
    if (!rdds.empty()) return BatchRdd(union_of(rdds).node());
    if (otherwise_) return BatchRdd(otherwise_->node());
    return BatchRdd(graph().context().template empty_rdd<T>().node());
  }

 private:
  const RddQueue<T> queue_;
  const bool one_at_a_time_;
  const std::optional<RDD<T>> otherwise_;
};

}  // namespace thalweg
