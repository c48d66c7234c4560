// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/node.h"
#include "thalweg/dstream/rate/rate_controller.h"
#include "thalweg/dstream/receiver/receiver.h"

namespace thalweg {

/// The records of received blocks, a partition a block. What opens a block counts what it reads.
template <typename T>
class ReceivedNode final : public RddNode<T> {
 public:
  using Open = std::function<CursorPointer<T>(std::shared_ptr<const Block>, TaskContext&,
                                              const TextSearch* search)>;

  ReceivedNode(std::shared_ptr<SessionState> session, ReceivedBlocks::Blocks blocks, Open open)
      : RddNode<T>(std::move(session), "received", {}, static_cast<int>(blocks.size())),
        blocks_(std::move(blocks)),
        open_(std::move(open)) {}

  Result<CursorPointer<T>> open_matching(int partition, TaskContext& context,
                                         const TextSearch& search) override {
    if (this->storage_level() != StorageLevel::none) return CursorPointer<T>();
    return open_block(partition, context, &search);
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    return open_block(partition, context, nullptr);
  }

 private:
  Result<CursorPointer<T>> open_block(int partition, TaskContext& context,
                                      const TextSearch* search) {
    const auto& received = blocks_[static_cast<std::size_t>(partition)];
    THALWEG_TRY_ASSIGN(auto block, received->read());
    return open_(std::move(block), context, search);
  }

  const ReceivedBlocks::Blocks blocks_;
  const Open open_;
};

/// What streams that are received have in common: each batch takes the blocks that came since the
/// last one.
template <typename T>
class ReceivedInputNode : public StreamNode, public InputNode {
 public:
  using Row = T;

  ReceivedInputNode(std::shared_ptr<StreamGraph> graph, std::string_view kind)
      : StreamNode(std::move(graph), kind, {}),
        blocks_(std::make_shared<ReceivedBlocks>(this->graph().context().session(), this->id())) {}

  void begin_batch(Time time) override {
    close_open_block();
    blocks_->allocate(time);
  }
  [[nodiscard]] std::optional<std::int64_t> records_of(Time time) const override {
    std::int64_t records = 0;
    for (const auto& block : blocks_->of_batch(time)) records += block->records();
    return records;
  }
  [[nodiscard]] std::int64_t stream_id() const override { return this->id(); }
  [[nodiscard]] bool has_waiting() const override { return blocks_->has_waiting(); }
  void forget_before(Time time) override {
    StreamNode::forget_before(time);
    blocks_->forget_before(time);
  }

  [[nodiscard]] bool can_replay() const override { return true; }
  [[nodiscard]] std::string plan_of(Time time) override { return blocks_->plan_of(time); }
  Status keep_received(const std::shared_ptr<FileSystem>& files,
                       const std::string& directory) override {
    for (const auto& [name, input] : graph().input_names()) {
      if (input == this) return blocks_->keep_in(files, directory, "received-" + name, codec());
    }
    return {};
  }
  Status restore(Time time, std::string_view plan) override { return blocks_->restore(time, plan); }
  Status resume(Time) override { return blocks_->resume(); }
  void release_before(Time time) override { blocks_->release_before(time); }

  /// Records received so far, in batches or not.
  [[nodiscard]] std::int64_t record_count() const { return blocks_->record_count(); }

 protected:
  /// Puts what was received but lies in no block yet into one.
  virtual void close_open_block() {}
  /// The byte form of blocks; null where they have none.
  [[nodiscard]] virtual const BlockCodec* codec() const = 0;
  /// How a block is read.
  virtual typename ReceivedNode<T>::Open opener() const = 0;

  Result<BatchRdd> compute(Time time) override {
    auto blocks = blocks_->of_batch(time);
    if (blocks.empty()) return BatchRdd(graph().context().template empty_rdd<T>().node());
    return BatchRdd(
        make_node<ReceivedNode<T>>(graph().context().session(), std::move(blocks), opener()));
  }

  [[nodiscard]] const std::shared_ptr<ReceivedBlocks>& blocks() const { return blocks_; }

 private:
  const std::shared_ptr<ReceivedBlocks> blocks_;
};

/// A stream of what a user's receiver stores.
template <typename T>
class ReceiverInputNode final : public ReceivedInputNode<T> {
 public:
  ReceiverInputNode(std::shared_ptr<StreamGraph> graph, std::shared_ptr<Receiver<T>> receiver,
                    Duration block_interval, RateController& rates)
      : ReceivedInputNode<T>(std::move(graph), "receiver_stream"),
        receiver_(std::move(receiver)),
        collector_(std::make_shared<RowCollector<T>>(this->blocks(), this->graph().session().clock,
                                                     block_interval, rates.limit_of(this->id()))),
        thread_(this->graph(), this->id(), this->describe()) {}

  void start(Time) override {
    collector_->set_error_report([this](const std::string& message) {
      ReceiverReport report{this->id(), this->describe(), true, message};
      this->graph().listeners().post(
          [&](StreamingListener& listener) { listener.on_receiver_error(report); });
    });
    thread_.start(
        [this](std::stop_token stop) {
          collector_->set_stop(stop);
          return receiver_->run(stop, collector_);
        },
        receiver_->restart_delay());
  }
  void stop() override {
    thread_.stop();
    // Who keeps the receiver, or a thread that still works in it, must not keep the session.
    receiver_->detach();
    collector_->set_error_report({});
  }
  [[nodiscard]] bool ended() const override { return thread_.ended(); }
  [[nodiscard]] bool has_waiting() const override {
    // What lies in the open block waits as well.
    collector_->cut();
    return ReceivedInputNode<T>::has_waiting();
  }

 protected:
  void close_open_block() override { collector_->cut(); }
  [[nodiscard]] const BlockCodec* codec() const override { return row_codec<T>(); }
  typename ReceivedNode<T>::Open opener() const override {
    return [](std::shared_ptr<const Block> block, TaskContext& context, const TextSearch* search) {
      if (search != nullptr) return CursorPointer<T>();
      auto rows = std::static_pointer_cast<const RowBlock<T>>(std::move(block));
      context.records_read += static_cast<std::int64_t>(rows->size());
      return CursorPointer<T>(new BlockCursor<T>(std::move(rows), context));
    };
  }

 private:
  const std::shared_ptr<Receiver<T>> receiver_;
  const std::shared_ptr<RowCollector<T>> collector_;
  ReceiverThread thread_;
};

}  // namespace thalweg
