// SPDX-License-Identifier: Apache-2.0
// expect: KeyedRecord
#include "thalweg/rdd/context.h"

void use(const thalweg::Context& context) { context.range(10).reduce_by_key(std::plus<>()); }
