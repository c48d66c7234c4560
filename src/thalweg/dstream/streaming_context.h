// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/dstream.h"
#include "thalweg/dstream/nodes/connector_input.h"
#include "thalweg/dstream/nodes/file_input.h"
#include "thalweg/dstream/nodes/planned_input.h"
#include "thalweg/dstream/nodes/queue_input.h"
#include "thalweg/dstream/nodes/receiver_input.h"
#include "thalweg/dstream/rate/rate_controller.h"
#include "thalweg/dstream/receiver/socket_receiver.h"
#include "thalweg/dstream/recovery/recovery_options.h"
#include "thalweg/rdd/nodes/fixed_records.h"

namespace thalweg {

class BatchScheduler;

/// What can be set when a streaming context is made.
struct StreamingOptions {
  /// Received records are cut into blocks, which become partitions, this often; at most the batch
  /// interval.
  Duration block_interval = std::chrono::milliseconds(200);
  /// Batches that may wait to run; beyond it no more are made until one has run. None is lost.
  std::size_t queued_batches_max = 1000;
  /// await_termination() answers SIGINT and SIGTERM.
  bool handle_signals = true;
  /// How fast each stream that receives may be: backpressure, and bounds.
  BackpressureOptions rates = {};
};

/// A program on streams: makes the streams, starts and stops them. One may be active in a process.
///
///     Session session("local[2]", "word count");
///     StreamingContext context(session, 1s);
///     context.socket_text_stream("localhost", 9999).count().print();
///     context.start();
///     context.await_termination();
///
/// A batch is made at every multiple of the interval, whether anything came or not; time zero is
/// one interval before the first. Batches that can't keep up wait, and run in order with their own
/// times.
/// Thread safety: streams are made on one thread before start(); the rest may be called from any.
/// Source: Spark's StreamingContext.
class StreamingContext {
 public:
  /// Errors: throws Error(invalid_argument) for an interval that is not positive, or options that
  ///         make no sense.
  StreamingContext(const Session& session, Duration batch_interval, StreamingOptions options = {});
  /// Stops without grace what still runs.
  ~StreamingContext();
  StreamingContext(const StreamingContext&) = delete;
  StreamingContext& operator=(const StreamingContext&) = delete;

  /// For RDDs, broadcasts and accumulators.
  [[nodiscard]] const Context& context() const { return graph_->context(); }

  // Inputs.

  /// The lines that a TCP server sends. Connects again after 2 s when it can't or is cut off.
  [[nodiscard]] DStream<std::string_view> socket_text_stream(const std::string& host,
                                                             int port) const;

  /// What `converter` reads from a TCP server: called again and again with the stream until it
  /// returns nothing; then, or when the connection is lost, it connects again after 2 s.
  template <OwningRecord T>
  [[nodiscard]] DStream<T> socket_stream(
      const std::string& host, int port,
      std::function<std::optional<T>(std::istream& in)> converter) const {
    return receiver_stream(std::make_shared<SocketReceiver<T>>(host, port, graph_->session().clock,
                                                               std::move(converter)));
  }

  /// The lines of files that appear in a directory, or in those that a glob matches. See NewFiles.
  [[nodiscard]] DStream<std::string_view> text_file_stream(const std::string& directory) const {
    return file_stream(directory, {});
  }
  /// The same, for the files that the options choose.
  [[nodiscard]] DStream<std::string_view> file_stream(const std::string& directory,
                                                      FileStreamOptions options) const;
  /// Records of `record_bytes` bytes each from files that appear in a directory.
  [[nodiscard]] DStream<std::string_view> binary_records_stream(const std::string& directory,
                                                                std::size_t record_bytes) const;

  /// The RDDs of a queue: one a batch, or all that wait. Where there is none: `otherwise`, or an
  /// empty batch.
  template <typename T>
  [[nodiscard]] DStream<T> queue_stream(
      RddQueue<T> queue, bool one_at_a_time = true,
      std::type_identity_t<std::optional<RDD<T>>> otherwise = std::nullopt) const {
    return add_input<QueueInputNode<T>>(std::move(queue), one_at_a_time, std::move(otherwise));
  }
  template <typename T>
  [[nodiscard]] DStream<T> queue_stream(std::vector<RDD<T>> rdds, bool one_at_a_time = true) const {
    return queue_stream(RddQueue<T>(std::move(rdds)), one_at_a_time);
  }

  /// What a receiver of your own stores: R is a subclass of Receiver.
  template <typename R>
  requires std::derived_from<R, Receiver<typename R::Row>>
  [[nodiscard]] DStream<typename R::Row> receiver_stream(std::shared_ptr<R> receiver) const {
    return add_input<ReceiverInputNode<typename R::Row>>(std::move(receiver), block_interval(),
                                                         *rates_);
  }

  /// The records of a connector's source, lines (T = std::string_view) or a described struct.
  ///     context.stream<Order>("kafka", {{"topic", "orders"}})
  /// Errors: throws Error for an unknown connector or options that it refuses.
  template <Record T>
  [[nodiscard]] DStream<T> stream(const std::string& connector, OptionTexts options = {}) const {
    if (value_or_throw(find_connector(connector))->by_ranges) {
      return direct_stream<T>(connector, std::move(options));
    }
    return add_input<ConnectorInputNode<T>>("stream", connector, std::move(options),
                                            block_interval(), *rates_);
  }

  /// The same for a source that can be read twice, without a receiver: what a batch holds is fixed
  /// when it is made, as a range of each of the source's partitions, and read by the tasks, so that
  /// a batch is the same however often it is read. Beside the connector's options there are
  /// maxRatePerPartition (rows a second), maxRecordsPerTrigger and maxBytesPerTrigger.
  /// Errors: throws Error as stream(), and for a source that can't be read twice.
  template <Record T>
  [[nodiscard]] DStream<T> direct_stream(const std::string& connector,
                                         OptionTexts options = {}) const {
    return add_input<PlannedInputNode<T>>(connector, std::move(options), *rates_);
  }

  /// A node of your own, made with graph().
  template <typename T, typename Node>
  [[nodiscard]] DStream<T> input(const std::shared_ptr<Node>& node) const {
    graph_->add_input(node);
    return DStream<T>(node);
  }

  /// What `function(rdds, time)` makes of the RDDs of each batch of several streams.
  template <typename T, typename F>
  [[nodiscard]] auto transform(const std::vector<DStream<T>>& streams, F function) const {
    if (streams.empty()) {
      throw Error(ErrorCode::invalid_argument, "transform needs at least one stream");
    }
    using Batch = std::remove_cvref_t<std::invoke_result_t<const F&, std::vector<RDD<T>>, Time>>;
    using U = typename RddRow<Batch>::type;
    std::vector<std::shared_ptr<StreamNode>> nodes;
    for (const auto& stream : streams) nodes.push_back(stream.node());
    return DStream<U>(make_transformed_node(
        std::move(nodes), "transform",
        [function = std::move(function)](const std::vector<BatchRdd>& batches, Time time) {
          std::vector<RDD<T>> rdds;
          for (const auto& batch : batches) rdds.push_back(rdd_of<T>(batch));
          return batch_of(function(rdds, time));
        },
        MissingBatch::refuse));
  }
  template <typename T>
  [[nodiscard]] DStream<T> union_of(const std::vector<DStream<T>>& streams) const {
    return thalweg::union_of(streams);
  }

  // Life.

  /// Every stream keeps its RDDs for at least so long, for slice().
  void remember(Duration length);
  void add_listener(std::shared_ptr<StreamingListener> listener) const;
  void remove_listener(const std::shared_ptr<StreamingListener>& listener) const;
  /// await_termination() returns when every input has ended and all its batches ran. A socket ends
  /// when the other side closes it; a queue when it is empty. Before start().
  void stop_at_end();

  /// Makes the program survive: what every batch holds and, from time to time, all states are
  /// written to `directory`, and start() goes on from what an earlier run left there. Functions are
  /// never written: this program's are used. Before start().
  /// See RecoveryOptions, and docs/internals/dstream.md for what is exactly once.
  void checkpoint(const std::string& directory, RecoveryOptions options = {});

  /// The context that `setup` makes, with checkpoints in `directory`. Unlike in Spark, `setup` runs
  /// also where there is a checkpoint, as functions are not stored.
  static std::unique_ptr<StreamingContext> get_or_create(
      const std::string& directory,
      const std::function<std::unique_ptr<StreamingContext>()>& setup);

  /// Starts the inputs and the clock.
  /// Errors: throws Error(invalid_argument) without an output operation, when this context or
  ///         another one is active, or once this one has stopped.
  void start();

  /// Waits until the context has stopped, or a batch has failed.
  ///
  /// Answers SIGINT and SIGTERM meanwhile (but see StreamingOptions): the first stops gracefully,
  /// the second at once. The handlers of before are put back when it returns.
  /// Errors: throws Error with what failed first in any batch; the context goes on, call stop().
  void await_termination();
  /// The same for at most `timeout`. True when the context has stopped.
  bool await_termination_or_timeout(Duration timeout);

  /// Stops receiving and making batches. Graceful: everything received so far is processed first.
  /// Not graceful: running tasks end within a chunk. Called again it does nothing more.
  /// In a function that runs within a batch it returns at once and the context stops afterwards.
  /// Errors: throws Error(invalid_argument) when a listener calls it.
  void stop(bool graceful = false);

  [[nodiscard]] StreamingState state() const { return graph_->state(); }
  [[nodiscard]] std::int64_t completed_batch_count() const;
  /// What nodes of your own are made in.
  [[nodiscard]] const std::shared_ptr<StreamGraph>& graph() const { return graph_; }

 private:
  class Termination;

  template <typename Node, typename... Arguments>
  [[nodiscard]] auto add_input(Arguments&&... arguments) const {
    auto node = std::make_shared<Node>(graph_, std::forward<Arguments>(arguments)...);
    graph_->add_input(node);
    return DStream<typename Node::Row>(node);
  }
  [[nodiscard]] Duration block_interval() const {
    return std::min(options_.block_interval, graph_->batch_interval());
  }
  bool await(std::optional<Duration> timeout);
  void stop_now(bool graceful);

  const StreamingOptions options_;
  const std::shared_ptr<StreamGraph> graph_;
  const std::shared_ptr<RateController> rates_;
  bool stop_at_end_ = false;
  std::string checkpoint_directory_;
  RecoveryOptions recovery_options_;
  std::unique_ptr<Termination> termination_;
  std::unique_ptr<BatchScheduler> scheduler_;
};

}  // namespace thalweg
