// SPDX-License-Identifier: Apache-2.0
// expect: ReduceFunction
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) {
  context.range(10).reduce([](std::int64_t, std::int64_t) { return std::string("sum"); });
}
