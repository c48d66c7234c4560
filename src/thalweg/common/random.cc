// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/random.h"

#include <random>

namespace thalweg {

std::uint64_t Random::fresh_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace thalweg
