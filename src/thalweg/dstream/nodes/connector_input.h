// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "thalweg/columnar/records.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/dstream/nodes/receiver_input.h"
#include "thalweg/dstream/receiver/batch_block.h"

namespace thalweg {

/// Reads a connector's source on a thread of its own and gathers its batches into blocks.
///
/// Thread safety: start() and stop() on one thread; the others on any.
class ConnectorReceiver {
 public:
  ConnectorReceiver(StreamGraph& graph, std::int64_t stream_id, std::string connector,
                    OptionTexts options, Schema wanted, std::shared_ptr<ReceivedBlocks> blocks,
                    Duration block_interval, std::shared_ptr<RateLimit> limit);

  void start();
  void stop() { thread_.stop(); }
  void end_when_exhausted() { end_when_exhausted_ = true; }
  [[nodiscard]] bool ended() const { return thread_.ended(); }
  /// Closes the block that is being filled.
  void cut() { gatherer_.cut(); }
  /// "socket host=localhost port=9999".
  [[nodiscard]] const std::string& source_name() const { return source_name_; }

 private:
  ReceiverThread::Outcome run(std::stop_token stop);
  Result<ReceiverThread::Outcome> read_all(Source& source, const std::stop_token& stop);
  void take(Polled polled);

  StreamGraph& graph_;
  const std::string connector_;
  const OptionTexts options_;
  const Schema wanted_;
  const std::string source_name_;
  const std::shared_ptr<ReceivedBlocks> blocks_;
  const Duration block_interval_;
  std::atomic<bool> end_when_exhausted_{false};
  BlockGatherer<OpenBatches> gatherer_;
  const std::shared_ptr<RateLimit> limit_;
  ReceiverThread thread_;
};

/// A stream of the records of a connector's source: lines for text, else described records.
template <Record T>
class ConnectorInputNode final : public ReceivedInputNode<T> {
 public:
  /// Errors: throws Error(not_found) for an unknown connector, invalid_argument for options that
  ///         it refuses.
  ConnectorInputNode(std::shared_ptr<StreamGraph> graph, std::string_view kind,
                     const std::string& connector, OptionTexts options, Duration block_interval,
                     RateController& rates)
      : ReceivedInputNode<T>(std::move(graph), kind),
        receiver_(this->graph(), this->id(), connector, std::move(options),
                  schema_of(RecordColumns<T>::shape()), this->blocks(), block_interval,
                  rates.limit_of(this->id())) {}

  void start(Time) override { receiver_.start(); }
  void stop() override { receiver_.stop(); }
  void end_when_exhausted() override { receiver_.end_when_exhausted(); }
  [[nodiscard]] bool ended() const override { return receiver_.ended(); }
  [[nodiscard]] bool has_waiting() const override {
    const_cast<ConnectorReceiver&>(receiver_).cut();
    return ReceivedInputNode<T>::has_waiting();
  }

 protected:
  void close_open_block() override { receiver_.cut(); }
  [[nodiscard]] const BlockCodec* codec() const override {
    return std::same_as<T, std::string_view> ? BatchBlock::text_form() : nullptr;
  }
  typename ReceivedNode<T>::Open opener() const override {
    if constexpr (std::same_as<T, std::string_view>) {
      return [source = receiver_.source_name()](std::shared_ptr<const Block> block,
                                                TaskContext& context, const TextSearch* search) {
        return open_text(std::move(block), source, context, search);
      };
    } else {
      return [](std::shared_ptr<const Block> block, TaskContext& context,
                const TextSearch* search) {
        return search == nullptr ? CursorPointer<T>(new RecordCursor<T>(std::move(block), context))
                                 : CursorPointer<T>();
      };
    }
  }

 private:
  ConnectorReceiver receiver_;
};

}  // namespace thalweg
