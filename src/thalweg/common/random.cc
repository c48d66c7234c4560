// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/random.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>

namespace thalweg {
namespace {

/// Below the n-th of these lie, of all 64-bit numbers, as many as a Poisson number of mean 1 is n
/// or less: the sum of 1 / (e * i!) for i up to n, times 2^64. No exp(), which need not be the same
/// on every machine.
constexpr std::uint64_t poisson_of_one[] = {
    0x5E2D58D8B3BCDF1A, 0xBC5AB1B16779BE35, 0xEB715E1DC1582DC2, 0xFB23979734A252F1,
    0xFF1025F59174DC3D, 0xFFD90F3BA4055E19, 0xFFFA8B71FC72C913, 0xFFFF540C0914B3C9,
    0xFFFFED1F4AA8F120, 0xFFFFFE216E641462, 0xFFFFFFD4D85D3183, 0xFFFFFFFC6DA262B4,
    0xFFFFFFFFBA12D178, 0xFFFFFFFFFB07C64C, 0xFFFFFFFFFFAB8EA5, 0xFFFFFFFFFFFABE22,
    0xFFFFFFFFFFFFB11A, 0xFFFFFFFFFFFFFBA1, 0xFFFFFFFFFFFFFFC5, 0xFFFFFFFFFFFFFFFD};

}  // namespace

std::uint64_t Random::poisson(double mean) {
  auto draw_of_one = [this] {
    std::uint64_t number = next();
    return static_cast<std::uint64_t>(
        std::find_if(std::begin(poisson_of_one), std::end(poisson_of_one),
                     [&](std::uint64_t bound) { return number < bound; }) -
        std::begin(poisson_of_one));
  };
  // Means add up; and where each of one's events is kept with a probability, that is the mean.
  const double whole = std::floor(mean);
  const double rest = mean - whole;
  std::uint64_t count = 0;
  for (auto left = static_cast<std::uint64_t>(whole); left > 0; --left) count += draw_of_one();
  if (rest > 0) {
    for (auto left = draw_of_one(); left > 0; --left) count += uniform() < rest ? 1 : 0;
  }
  return count;
}

std::uint64_t Random::fresh_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace thalweg
