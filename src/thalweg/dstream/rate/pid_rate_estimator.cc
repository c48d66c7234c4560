// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/pid_rate_estimator.h"

#include <algorithm>

#include "thalweg/common/error.h"

namespace thalweg {
namespace {

double millis(Duration length) { return static_cast<double>(length.count()) / 1000; }

}  // namespace

PidRateEstimator::PidRateEstimator(Duration batch_interval, const BackpressureOptions& options)
    : batch_interval_ms_(millis(batch_interval)), options_(options) {
  if (batch_interval.count() <= 0) {
    throw Error(ErrorCode::invalid_argument,
                "batch interval must be positive: got " + to_string(batch_interval));
  }
  require_valid(options_);
}

std::optional<double> PidRateEstimator::compute(Time time, std::int64_t elements,
                                                double processing_delay_ms,
                                                double scheduling_delay_ms) {
  bool after = !latest_time_ || time > *latest_time_;
  if (!after || elements <= 0 || !(processing_delay_ms > 0)) return std::nullopt;
  const double processing_rate = static_cast<double>(elements) / processing_delay_ms * 1000;
  if (!latest_time_) {
    latest_time_ = time;
    latest_rate_ = processing_rate;
    return std::nullopt;
  }
  const double seconds = millis(time - *latest_time_) / 1000;
  const double error = latest_rate_ - processing_rate;
  // What waits, as if it had come at the rate at which it can be processed.
  const double backlog = scheduling_delay_ms * processing_rate / batch_interval_ms_;
  const double change = (error - latest_error_) / seconds;
  const double rate = latest_rate_ - options_.proportional * error - options_.integral * backlog -
                      options_.derived * change;
  latest_time_ = time;
  latest_rate_ = std::max(rate, options_.min_rate);
  latest_error_ = error;
  return latest_rate_;
}

}  // namespace thalweg
