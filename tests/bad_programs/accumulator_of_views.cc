// SPDX-License-Identifier: Apache-2.0
// expect: OwningRecord
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) { (void)context.accumulator(std::string_view("all")); }
