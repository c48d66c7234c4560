// SPDX-License-Identifier: Apache-2.0
// expect: MapFunction
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) {
  context.range(10).map([](const std::string& text) { return text.size(); });
}
