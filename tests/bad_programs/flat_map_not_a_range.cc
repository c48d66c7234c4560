// SPDX-License-Identifier: Apache-2.0
// expect: FlatMapFunction
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) {
  context.range(10).flat_map([](std::int64_t x) { return x; });
}
