// SPDX-License-Identifier: Apache-2.0
#include "thalweg/telemetry/listener.h"

namespace thalweg {

std::optional<Duration> BatchReport::scheduling_delay() const {
  return started ? std::optional(*started - submitted) : std::nullopt;
}

std::optional<Duration> BatchReport::processing_delay() const {
  return ended && started ? std::optional(*ended - *started) : std::nullopt;
}

std::optional<Duration> BatchReport::total_delay() const {
  return ended ? std::optional(*ended - submitted) : std::nullopt;
}

std::int64_t BatchReport::record_count() const {
  std::int64_t sum = 0;
  for (const auto& [stream, records] : input_records) sum += records;
  return sum;
}

std::int64_t BatchReport::lag_records() const {
  std::int64_t sum = 0;
  for (const auto& lag : lags) sum += lag.records;
  return sum;
}

std::optional<std::string> BatchReport::failure() const {
  for (const auto& output : outputs) {
    if (output.failure) return output.failure;
  }
  return std::nullopt;
}

}  // namespace thalweg
