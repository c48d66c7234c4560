// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/graph.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// One stream of a graph, whatever its element type. A node says who its parents are, how often it
/// yields a batch, and (in DStreamNode) how a batch is made; the rest has defaults.
class AnyStreamNode : public std::enable_shared_from_this<AnyStreamNode> {
 public:
  using Parents = std::vector<std::shared_ptr<AnyStreamNode>>;

  /// Errors: throws Error(invalid_argument) once the context has started, and when parents belong
  ///         to different contexts.
  AnyStreamNode(std::shared_ptr<StreamGraph> graph, std::string kind, Parents parents);
  virtual ~AnyStreamNode();
  AnyStreamNode(const AnyStreamNode&) = delete;
  AnyStreamNode& operator=(const AnyStreamNode&) = delete;

  [[nodiscard]] const Parents& parents() const { return parents_; }
  /// The time between two batches of this stream: that of its parents, by default.
  [[nodiscard]] virtual Duration slide() const;
  /// How long parents must remember for this node to make a batch while it remembers its own.
  [[nodiscard]] virtual Duration parent_remember() const { return remember_; }

  [[nodiscard]] const std::string& kind() const { return kind_; }
  void set_name(std::string name) { name_ = std::move(name); }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// For messages: `map "name" (stream 3)`.
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] std::int64_t id() const { return id_; }
  [[nodiscard]] StreamGraph& graph() const { return *graph_; }
  [[nodiscard]] const std::shared_ptr<StreamGraph>& graph_pointer() const { return graph_; }

  /// Keeps batches for at least `length`.
  void remember(Duration length) { remember_ = std::max(remember_, length); }
  [[nodiscard]] Duration remember() const { return remember_; }

  /// True for the times at which this stream has a batch: whole slides after zero.
  [[nodiscard]] bool has_batch_at(Time time) const;

  virtual void forget_before(Time time) = 0;

  [[nodiscard]] StorageLevel storage_level() const { return storage_level_; }
  virtual void persist(StorageLevel level) { storage_level_ = level; }

 private:
  const std::shared_ptr<StreamGraph> graph_;
  const std::string kind_;
  const std::int64_t id_;
  Parents parents_;
  std::string name_;
  Duration remember_{0};
  StorageLevel storage_level_ = StorageLevel::none;
};

/// A stream of T: how the RDD of a batch is made.
template <typename T>
class DStreamNode : public AnyStreamNode {
 public:
  using Batch = std::optional<RDD<T>>;

  using AnyStreamNode::AnyStreamNode;

  /// The RDD of the batch at `time`: remembered, or made now. Empty where the stream has none then.
  /// The caller holds generation_mutex().
  Result<Batch> rdd_at(Time time) {
    if (auto known = batches_.find(time); known != batches_.end()) return Batch(known->second);
    if (!has_batch_at(time)) return Batch();
    auto made = compute(time);
    if (!made.ok()) return made.status().within(describe());
    if (made.value()) {
      if constexpr (Record<T>) {
        if (storage_level() != StorageLevel::none) made.value()->persist(storage_level());
      }
      batches_.insert_or_assign(time, *made.value());
    }
    return made;
  }

  void forget_before(Time time) override {
    batches_.erase(batches_.begin(), batches_.lower_bound(time));
  }

  [[nodiscard]] std::size_t remembered_count() const { return batches_.size(); }

 protected:
  virtual Result<Batch> compute(Time time) = 0;

 private:
  std::map<Time, RDD<T>> batches_;
};

/// Where a stream begins. Told when the context starts and stops.
class InputNode {
 public:
  virtual ~InputNode() = default;
  /// Begins to receive. Errors: throws Error where the input can't be had at all.
  virtual void start(Time) {}
  /// Stops receiving; what was received stays. Returns when no more will come.
  virtual void stop() {}
  /// Decides what belongs to the batch at `time`; called once a batch, in order.
  virtual void begin_batch(Time) {}
  /// Records of a batch that begin_batch() has fixed, where the input counts them.
  [[nodiscard]] virtual std::optional<std::int64_t> records_of(Time) const { return std::nullopt; }
  [[nodiscard]] virtual std::int64_t stream_id() const = 0;
  /// True when something was received that no batch has yet.
  [[nodiscard]] virtual bool has_waiting() const { return false; }
  /// True when nothing more will come.
  [[nodiscard]] virtual bool ended() const { return false; }
  /// An input that would wait for ever for more data is to end where it can (stop_at_end).
  virtual void end_when_exhausted() {}
};

/// What is done with each batch of a stream.
class OutputNode : public AnyStreamNode {
 public:
  using Job = std::function<void()>;
  using AnyStreamNode::AnyStreamNode;
  /// The work of the batch at `time`; empty where the stream has none then. The job throws what
  /// fails. The caller holds generation_mutex().
  virtual Result<std::optional<Job>> make_job(Time time) = 0;
  void forget_before(Time) override {}
};

/// Throws unless `length` is a positive multiple of `unit`, the slide of a parent.
void require_multiple(const std::string& what, Duration length, Duration unit);

}  // namespace thalweg
