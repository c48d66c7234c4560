// SPDX-License-Identifier: Apache-2.0
// expect: ReduceFunction
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) {
  context.range(10)
      .map([](std::int64_t x) { return std::pair(x % 2, x); })
      .reduce_by_key([](const std::string& a, const std::string& b) { return a + b; });
}
