// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "thalweg/common/time.h"
#include "thalweg/dstream/rate/backpressure_options.h"

namespace thalweg {

/// Estimates how many records per second a stream can take, from how its batches fared: a
/// proportional-integral-derivative controller whose error is the rate now, less the rate at which
/// the last batch was processed.
///
///     estimate = rate - proportional * error
///                     - integral * scheduling delay * processing rate / batch interval
///                     - derived * change of the error per second          (at least min_rate)
///
/// Thread safety: one thread at a time.
/// Source: Spark's PIDRateEstimator.
class PidRateEstimator {
 public:
  /// Errors: throws Error(invalid_argument) for an interval or a rate that is not positive, or a
  ///         gain below 0.
  PidRateEstimator(Duration batch_interval, const BackpressureOptions& options);

  /// The new rate, in records per second, after a batch of `elements` records that ended at `time`
  /// and took `processing_delay_ms` after waiting for `scheduling_delay_ms`. Empty for the first
  /// batch, which only sets the base; and where there is nothing to learn: no records, no delay,
  /// or a time that is not after the last one's.
  std::optional<double> compute(Time time, std::int64_t elements, double processing_delay_ms,
                                double scheduling_delay_ms);

 private:
  const double batch_interval_ms_;
  const BackpressureOptions options_;
  std::optional<Time> latest_time_;  ///< Empty before the first batch.
  double latest_rate_ = 0;
  double latest_error_ = 0;
};

}  // namespace thalweg
