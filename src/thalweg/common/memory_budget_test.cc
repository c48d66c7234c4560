// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/memory_budget.h"

#include <gtest/gtest.h>

#include "thalweg/common/random.h"

namespace thalweg {
namespace {

TEST(MemoryBudgetTest, KnowsWhenItIsOverItsLimit) {
  MemoryBudget budget(100);
  budget.charge(100);
  EXPECT_FALSE(budget.over_limit());
  budget.charge(1);
  EXPECT_TRUE(budget.over_limit());
  budget.release(1);
  EXPECT_FALSE(budget.over_limit());
  EXPECT_EQ(budget.used_bytes(), 100);
}

TEST(MemoryBudgetTest, AChargeIsGivenBack) {
  MemoryBudget budget(100);
  {
    MemoryCharge charge(budget);
    charge.resize(30);
    charge.resize(20);
    EXPECT_EQ(budget.used_bytes(), 20);
    MemoryCharge moved = std::move(charge);
    EXPECT_EQ(moved.bytes(), 20);
    EXPECT_EQ(budget.used_bytes(), 20);
  }
  EXPECT_EQ(budget.used_bytes(), 0);
}

TEST(MemoryBudgetTest, AChargeWithoutABudgetDoesNothing) {
  MemoryCharge charge;
  charge.resize(30);
  EXPECT_EQ(charge.bytes(), 0);
}

TEST(MemoryBudgetTest, TheDefaultIsPartOfTheMachine) { EXPECT_GT(default_memory_bytes_max(), 0); }

TEST(RandomTest, IsTheSameForTheSameSeed) {
  Random random(1);
  EXPECT_EQ(random.next(), 0x910A2DEC89025CC1U);
  EXPECT_EQ(random.next(), 0xBEEB8DA1658EEC67U);
}

TEST(RandomTest, StaysWithinItsBounds) {
  Random random(2);
  int below_half = 0;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_LT(random.below(7), 7U);
    double share = random.uniform();
    EXPECT_GE(share, 0);
    EXPECT_LT(share, 1);
    below_half += share < 0.5 ? 1 : 0;
  }
  EXPECT_NEAR(below_half, 5000, 200);
  EXPECT_EQ(random.below(1), 0U);
}

}  // namespace
}  // namespace thalweg
