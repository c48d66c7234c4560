// SPDX-License-Identifier: Apache-2.0
// expect: Record<T>
#include "thalweg/rdd/context.h"

struct Order {
  std::int64_t id;
};

void use(const thalweg::Context& context) {
  context.range(10).map([](std::int64_t x) { return Order{x}; }).save_as_text_file("out");
}
