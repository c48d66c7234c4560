// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/random.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(RandomTest, PoissonNumbersHaveTheirMeanAndItsSpread) {
  for (double mean : {0.001, 0.3, 1.0, 2.5, 40.0, 1000.0, 20'000.25}) {
    Random random(3);
    const int count = mean < 100 ? 200'000 : 500;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < count; ++i) {
      auto number = static_cast<double>(random.poisson(mean));
      sum += number;
      squares += (number - mean) * (number - mean);
    }
    // Six times what chance alone does to a mean and to a variance.
    EXPECT_NEAR(sum / count, mean, 6 * std::sqrt(mean / count)) << mean;
    EXPECT_NEAR(squares / count, mean, 6 * std::sqrt((mean + 2 * mean * mean) / count)) << mean;
  }
}

TEST(RandomTest, PoissonNumbersOfMeanOneComeAsOftenAsTheyShould) {
  Random random(11);
  std::vector<int> counts(30);
  for (int i = 0; i < 1'000'000; ++i) ++counts[random.poisson(1)];

  double expected = 1'000'000 / std::exp(1.0);
  for (std::size_t n = 0; n < 6; expected /= static_cast<double>(++n)) {
    EXPECT_NEAR(counts[n], expected, 6 * std::sqrt(expected)) << n;
  }
}

TEST(RandomTest, TheSameSeedGivesTheSameNumbersEverywhere) {
  Random random(42);
  std::vector<std::uint64_t> numbers;
  for (double mean : {0.5, 0.5, 3.0, 3.75, 100.0, 5000.5}) numbers.push_back(random.poisson(mean));
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{2, 0, 2, 3, 96, 4993}));
  EXPECT_EQ(Random(1).poisson(0), 0U);
}

}  // namespace
}  // namespace thalweg
