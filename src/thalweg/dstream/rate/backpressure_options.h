// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace thalweg {

/// How fast input streams that receive may be. Rates are records per second of each such stream.
/// Source: spark.streaming.backpressure.* and spark.streaming.receiver.maxRate, with their
/// defaults.
struct BackpressureOptions {
  /// The rate follows what batches are seen to manage (PidRateEstimator). Else only max_rate holds.
  bool backpressure = false;
  /// Until there is an estimate, and at most max_rate. Empty: max_rate.
  std::optional<double> initial_rate = std::nullopt;
  /// Never faster than this, with or without backpressure. Empty: as fast as records come.
  std::optional<double> max_rate = std::nullopt;
  /// No estimate is below this.
  double min_rate = 100;
  /// Weight of the difference between the rate now and what the last batch managed.
  double proportional = 1.0;
  /// Weight of what waits: the records that the last batch's scheduling delay stands for.
  double integral = 0.2;
  /// Weight of the difference's change; high values make the rate swing.
  double derived = 0.0;
};

/// Errors: throws Error(invalid_argument) for a rate that is not positive or a gain below 0.
void require_valid(const BackpressureOptions& options);

}  // namespace thalweg
