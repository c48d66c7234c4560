// SPDX-License-Identifier: Apache-2.0
// expect: PredicateFunction
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) {
  context.range(10).filter([](std::int64_t x) { return std::to_string(x); });
}
