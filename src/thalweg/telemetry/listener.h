// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/common/time.h"

namespace thalweg {

/// One output operation of one batch.
struct OutputOperation {
  Time batch_time;
  int id = 0;  ///< Its place in the order of registration.
  std::string name;
  std::optional<Time> started;
  std::optional<Time> ended;
  std::optional<std::string> failure;
};

/// How far a batch is behind what its source has in one partition, as of when the batch was made.
struct PartitionLag {
  std::int64_t stream_id = 0;
  std::string partition;     ///< In the connector's words: "topic=orders;partition=3;start=0".
  std::int64_t records = 0;  ///< At most so many wait that came too late for the batch.
  /// How long ago the first of these was seen: zero where none waits. At least so long, where it
  /// was there before the program started, and exact to the interval of the batches.
  Duration time{0};
};

/// What is known of a batch; later events know more.
struct BatchReport {
  Time batch_time;
  std::map<std::int64_t, std::int64_t> input_records;  ///< By stream, for streams that count.
  std::vector<PartitionLag> lags;  ///< Of streams whose source counts what it has.
  Time submitted;
  std::optional<Time> started;
  std::optional<Time> ended;
  std::vector<OutputOperation> outputs;

  /// How long the batch waited; empty before it started.
  [[nodiscard]] std::optional<Duration> scheduling_delay() const;
  [[nodiscard]] std::optional<Duration> processing_delay() const;
  [[nodiscard]] std::optional<Duration> total_delay() const;
  [[nodiscard]] std::int64_t record_count() const;
  /// The records that wait in all partitions.
  [[nodiscard]] std::int64_t lag_records() const;
  /// The first failure of an output, if any.
  [[nodiscard]] std::optional<std::string> failure() const;
};

/// A receiver, for its listener.
struct ReceiverReport {
  std::int64_t stream_id = 0;
  std::string name;
  bool active = false;
  std::string last_error;
};

/// Told what a streaming context does. Called by one thread at a time; a slow listener holds the
/// batches up; what it throws is logged and forgotten. It must not stop the context (stop() from a
/// listener is an Error).
/// Source: the events are those of Spark's StreamingListener.
class StreamingListener {
 public:
  virtual ~StreamingListener() = default;
  virtual void on_streaming_started(Time) {}
  virtual void on_receiver_started(const ReceiverReport&) {}
  virtual void on_receiver_error(const ReceiverReport&) {}
  virtual void on_receiver_stopped(const ReceiverReport&) {}
  virtual void on_batch_submitted(const BatchReport&) {}
  virtual void on_batch_started(const BatchReport&) {}
  virtual void on_batch_completed(const BatchReport&) {}
  virtual void on_output_operation_started(const OutputOperation&) {}
  virtual void on_output_operation_completed(const OutputOperation&) {}
};

}  // namespace thalweg
