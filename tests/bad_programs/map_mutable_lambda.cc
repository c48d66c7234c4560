// SPDX-License-Identifier: Apache-2.0
// expect: MapFunction
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) {
  context.range(10).map([sum = std::int64_t{0}](std::int64_t x) mutable { return sum += x; });
}
