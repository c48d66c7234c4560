// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/rate_controller.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace thalweg {
namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

double millis(Duration length) { return static_cast<double>(length.count()) / 1000; }

}  // namespace

RateController::RateController(Duration batch_interval, Clock& clock,
                               const BackpressureOptions& options)
    : batch_interval_(batch_interval), clock_(clock), options_(options) {
  require_valid(options_);
}

std::shared_ptr<RateLimit> RateController::limit_of(std::int64_t stream_id) {
  std::lock_guard lock(mutex_);
  auto found = streams_.find(stream_id);
  if (found == streams_.end()) {
    auto limit = std::make_shared<RateLimit>(clock_);
    double max_rate = options_.max_rate.value_or(no_limit);
    double first = options_.backpressure ? options_.initial_rate.value_or(no_limit) : no_limit;
    limit->set(std::min(first, max_rate));
    Stream stream{PidRateEstimator(batch_interval_, options_), std::move(limit)};
    found = streams_.emplace(stream_id, std::move(stream)).first;
  }
  return found->second.limit;
}

void RateController::on_batch_completed(const BatchReport& report) {
  if (!options_.backpressure || !report.ended) return;
  std::lock_guard lock(mutex_);
  for (const auto& [stream_id, records] : report.input_records) {
    auto found = streams_.find(stream_id);
    if (found == streams_.end()) continue;
    auto& [estimator, limit] = found->second;
    auto rate = estimator.compute(*report.ended, records, millis(*report.processing_delay()),
                                  millis(*report.scheduling_delay()));
    if (rate) limit->set(std::min(*rate, options_.max_rate.value_or(no_limit)));
  }
}

}  // namespace thalweg
