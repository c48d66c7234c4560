// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/shared_as.h"

#include <memory>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

struct Shape {
  virtual ~Shape() = default;
};
struct Circle final : Shape {
  explicit Circle(int given) : radius(given) {}
  int radius;
};
using CirclePointer = SharedAs<Circle, Shape>;

TEST(SharedAsTest, PointsAtWhatItIsKnownToBe) {
  CirclePointer circle(std::make_shared<Circle>(7));

  EXPECT_EQ(circle->radius, 7);
  EXPECT_EQ((*circle).radius, 7);
  EXPECT_EQ(circle.get()->radius, 7);
  EXPECT_FALSE(circle == nullptr);
}

TEST(SharedAsTest, PointsAtNothingWhenMadeWithout) {
  CirclePointer circle;

  EXPECT_TRUE(circle == nullptr);
  EXPECT_EQ(circle.get(), nullptr);
}

TEST(SharedAsTest, SharesWithPointersToTheBase) {
  CirclePointer circle(std::make_shared<Circle>(1));
  const std::shared_ptr<Shape>& shape = circle;

  EXPECT_EQ(shape.use_count(), 1);
  EXPECT_EQ(shape.get(), circle.get());
}

}  // namespace
}  // namespace thalweg
