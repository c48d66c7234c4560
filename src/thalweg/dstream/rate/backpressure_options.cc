// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/backpressure_options.h"

#include <cmath>
#include <string>

#include "thalweg/common/error.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

[[noreturn]] void refuse(const std::string& what, double value) {
  std::string message = "backpressure: " + what + ": got ";
  append_number(value, message);
  throw Error(ErrorCode::invalid_argument, message);
}

void require_rate(const std::string& name, double rate) {
  if (!(rate > 0)) refuse(name + " must be a positive number of records per second", rate);
}

void require_gain(const std::string& name, double gain) {
  if (!(gain >= 0) || std::isinf(gain)) refuse(name + " must be 0 or more", gain);
}

}  // namespace

void require_valid(const BackpressureOptions& options) {
  if (options.initial_rate) require_rate("initial_rate", *options.initial_rate);
  if (options.max_rate) require_rate("max_rate", *options.max_rate);
  require_rate("min_rate", options.min_rate);
  require_gain("proportional", options.proportional);
  require_gain("integral", options.integral);
  require_gain("derived", options.derived);
}

}  // namespace thalweg
