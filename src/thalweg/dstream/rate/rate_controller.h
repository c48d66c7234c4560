// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "thalweg/common/clock.h"
#include "thalweg/dstream/rate/backpressure_options.h"
#include "thalweg/dstream/rate/pid_rate_estimator.h"
#include "thalweg/dstream/rate/rate_limit.h"
#include "thalweg/telemetry/listener.h"

namespace thalweg {

/// Holds the rate of each receiving stream at what its batches are seen to manage: learns from
/// every batch that has run, and sets the limit that the stream's receiver asks. Until there is an
/// estimate initial_rate holds, and always max_rate.
///
///     receiver ──RateLimit──> blocks ──> batch ──on_batch_completed──> estimator ──set──>
///     RateLimit
///
/// Thread safety: all methods may be called concurrently.
/// Source: Spark's RateController, and the rates at which its receivers start.
class RateController final : public StreamingListener {
 public:
  /// `clock` must outlive it. Errors: throws Error(invalid_argument) for options that make no
  /// sense.
  RateController(Duration batch_interval, Clock& clock, const BackpressureOptions& options);

  /// Whether batches have to be told, so that rates follow them.
  [[nodiscard]] bool learns() const { return options_.backpressure; }
  /// The limit of a stream, from its first record on.
  [[nodiscard]] std::shared_ptr<RateLimit> limit_of(std::int64_t stream_id);

  void on_batch_completed(const BatchReport& report) override;

 private:
  struct Stream {
    PidRateEstimator estimator;
    std::shared_ptr<RateLimit> limit;
  };

  const Duration batch_interval_;
  Clock& clock_;
  const BackpressureOptions options_;
  std::mutex mutex_;
  std::map<std::int64_t, Stream> streams_;
};

}  // namespace thalweg
