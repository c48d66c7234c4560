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
/// yields a batch, and (in StreamNode) how a batch is made; the rest has defaults.
class AnyStreamNode : public std::enable_shared_from_this<AnyStreamNode> {
 public:
  using Parents = std::vector<std::shared_ptr<AnyStreamNode>>;

  /// Errors: throws Error(invalid_argument) once the context has started, and when parents belong
  ///         to different contexts.
  AnyStreamNode(std::shared_ptr<StreamGraph> graph, std::string_view kind, Parents parents);
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

  /// Lets go of batches from before `time`.
  virtual void forget_before(Time time) = 0;

 private:
  const std::shared_ptr<StreamGraph> graph_;
  const std::string kind_;
  const std::int64_t id_;
  Parents parents_;
  std::string name_;
  Duration remember_{0};
};

/// The RDD of one batch of a stream, whatever its rows; null where the stream has none then.
using BatchRdd = std::shared_ptr<AnyNode>;

/// The RDD of a batch as its user knows it. REQUIRES: not null, and rows of type T.
template <typename T>
RDD<T> rdd_of(const BatchRdd& batch) {
  return RDD<T>(NodePointer<T>(batch));
}

/// A stream: how the RDD of a batch is made. What type its rows have, only DStream<T> knows.
class StreamNode : public AnyStreamNode {
 public:
  using AnyStreamNode::AnyStreamNode;
  ~StreamNode() override;

  /// The RDD of the batch at `time`: remembered, or made now.
  /// The caller holds generation_mutex().
  Result<BatchRdd> rdd_at(Time time);

  /// Keeps the RDD of every batch. `codec`: as for AnyNode::keep().
  virtual void persist(StorageLevel level, const BlockCodec* codec);
  [[nodiscard]] StorageLevel storage_level() const { return storage_level_; }

  void forget_before(Time time) override;
  [[nodiscard]] std::size_t remembered_count() const { return batches_.size(); }
  /// True when the batch at `time` was made and not forgotten.
  [[nodiscard]] bool remembers(Time time) const;

 protected:
  /// Makes the RDD of a batch; null where the stream has none at that time.
  virtual Result<BatchRdd> compute(Time time) = 0;

 private:
  StorageLevel storage_level_ = StorageLevel::none;
  const BlockCodec* codec_ = nullptr;
  std::map<Time, BatchRdd> batches_;
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
  /// How far that batch is behind what there is, where the input can tell.
  [[nodiscard]] virtual std::vector<PartitionLag> lags_of(Time) const;
  [[nodiscard]] virtual std::int64_t stream_id() const = 0;
  /// True when something was received that no batch has yet.
  [[nodiscard]] virtual bool has_waiting() const { return false; }
  /// True when nothing more will come.
  [[nodiscard]] virtual bool ended() const { return false; }
  /// An input that would wait for ever for more data is to end where it can (stop_at_end).
  virtual void end_when_exhausted() {}

  // Going on after a crash. Plans are an input's own words for what is in a batch.

  /// True where restore() can make a batch again.
  [[nodiscard]] virtual bool can_replay() const { return false; }
  /// What is in the batch at `time`, which was made; empty where there is nothing to say.
  [[nodiscard]] virtual std::string plan_of(Time) { return {}; }
  /// What there is to remember after the batch at `time`, the last one planned, besides the plans:
  /// for checkpoints. Empty: nothing. On the thread that runs batches.
  [[nodiscard]] virtual std::string memory_of(Time) { return {}; }
  /// What memory_of() gave. Before restore(). Errors: data_loss.
  virtual Status restore_memory(std::string_view) { return {}; }
  /// How much longer than its RDDs an input needs its plans.
  [[nodiscard]] virtual Duration remembers_content() const { return Duration(0); }
  /// Where an input that receives may keep what it got. Before restore().
  virtual Status keep_received(const std::shared_ptr<FileSystem>&, const std::string&) {
    return {};
  }
  /// The batch at `time` is to have what the plan says. Before start(), in the order of times.
  virtual Status restore(Time, std::string_view) { return {}; }
  /// All batches were restored; the context began at `began` when it first ran. Before start().
  virtual Status resume(Time) { return {}; }
  /// Batches before `time` will not be made again.
  virtual void release_before(Time) {}
  /// What is in the batches up to the one at `time` is safe: a checkpoint has it, or, where there
  /// are none, their outputs have run and no batch failed. On the thread that writes checkpoints or
  /// runs batches.
  virtual void settled(Time) {}
};

/// What is done with each batch of a stream.
class OutputNode : public AnyStreamNode {
 public:
  using Job = std::function<void()>;
  using AnyStreamNode::AnyStreamNode;
  /// The work of the batch at `time`; empty where the stream has none then. The job throws what
  /// fails. The caller holds generation_mutex().
  virtual Result<std::optional<Job>> make_job(Time time) = 0;
  /// Called once behind the last batch when the stream ends or is stopped gracefully, unless a
  /// batch failed. On the thread that runs batches.
  virtual Status end() { return {}; }
  void forget_before(Time) override {}
};

/// Throws unless `length` is a positive multiple of `unit`, the slide of a parent.
void require_multiple(const std::string& what, Duration length, Duration unit);

}  // namespace thalweg
