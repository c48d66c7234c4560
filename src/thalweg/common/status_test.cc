// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/status.h"

#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/common/caught.h"
#include "thalweg/common/error.h"

namespace thalweg {
namespace {

Status refused() { return {ErrorCode::unavailable, "connection refused"}; }

Result<int> half_of(int number) {
  if (number % 2 != 0) return Status(ErrorCode::invalid_argument, "odd: " + std::to_string(number));
  return number / 2;
}

Result<int> quarter_of(int number) {
  THALWEG_TRY_ASSIGN(int half, half_of(number));
  THALWEG_TRY_ASSIGN(int quarter, half_of(half));
  return quarter;
}

Status check_even(int number) {
  THALWEG_TRY(half_of(number).status());
  return {};
}

TEST(StatusTest, IsSuccessAtFirst) {
  Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.to_string(), "ok");
  EXPECT_TRUE(status.within("anywhere").ok());
}

TEST(StatusTest, SaysWhereItHappened) {
  Status status = refused().within("source socket").within("query orders");
  EXPECT_EQ(status.code(), ErrorCode::unavailable);
  EXPECT_EQ(status.message(), "query orders: source socket: connection refused");
  EXPECT_EQ(status.to_string(), "unavailable: query orders: source socket: connection refused");
}

TEST(StatusTest, CopiesAreIndependent) {
  Status first = refused();
  Status second = first;
  first = Status();
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(second.message(), "connection refused");
  Status moved = std::move(second);
  EXPECT_EQ(moved.message(), "connection refused");
}

TEST(StatusTest, KeepsWhatAUsersFunctionThrewOnItsWayUpAndDown) {
  Status status;
  try {
    throw std::out_of_range("row 7");
  } catch (...) {
    status = caught_failure().within("map (rdd 5)");
  }
  Status again;
  try {
    throw_if_failed(status);
  } catch (...) {
    again = caught_failure();
  }
  EXPECT_EQ(again.message(), "map (rdd 5): row 7");
  EXPECT_THROW(std::rethrow_exception(again.cause()), std::out_of_range);
}

TEST(StatusTest, IsOnePointerWide) { EXPECT_EQ(sizeof(Status), sizeof(void*)); }

TEST(StatusTest, EveryCodeHasAName) {
  EXPECT_EQ(to_string(ErrorCode::invalid_argument), "invalid_argument");
  EXPECT_EQ(to_string(ErrorCode::not_found), "not_found");
  EXPECT_EQ(to_string(ErrorCode::unavailable), "unavailable");
  EXPECT_EQ(to_string(ErrorCode::data_loss), "data_loss");
  EXPECT_EQ(to_string(ErrorCode::unsupported), "unsupported");
  EXPECT_EQ(to_string(ErrorCode::cancelled), "cancelled");
  EXPECT_EQ(to_string(ErrorCode::user_error), "user_error");
  EXPECT_EQ(to_string(ErrorCode::internal), "internal");
}

TEST(ResultTest, IsAValueOrAFailure) {
  EXPECT_EQ(half_of(4).value(), 2);
  EXPECT_TRUE(half_of(4).status().ok());
  EXPECT_FALSE(half_of(3).ok());
  EXPECT_EQ(half_of(3).status().message(), "odd: 3");
}

TEST(ResultTest, TryPassesTheFirstFailureOn) {
  EXPECT_EQ(quarter_of(8).value(), 2);
  EXPECT_EQ(quarter_of(6).status().message(), "odd: 3");
  EXPECT_EQ(quarter_of(5).status().message(), "odd: 5");
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_EQ(check_even(1).message(), "odd: 1");
}

TEST(ResultTest, MadeOfASuccessWithoutAValueIsAFailure) {
  Result<int> result = Status();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), ErrorCode::internal);
}

TEST(ResultTest, AssignedToDestroysWhatItHadAndKeepsWhatItIsGiven) {
  auto first = std::make_shared<int>(1);
  Result<std::shared_ptr<int>> result = first;
  result = Result<std::shared_ptr<int>>(Status(ErrorCode::not_found, "no number"));
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(result.status().message(), "no number");

  result = Result<std::shared_ptr<int>>(first);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result.value(), 1);
  EXPECT_EQ(first.use_count(), 2);
}

TEST(ResultTest, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  std::unique_ptr<int> number = std::move(result).value();
  EXPECT_EQ(*number, 3);
}

TEST(ErrorTest, CarriesCodeAndMessage) {
  EXPECT_NO_THROW(throw_if_failed(Status()));
  EXPECT_EQ(value_or_throw(half_of(4)), 2);
  try {
    throw_if_failed(refused());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_STREQ(error.what(), "connection refused");
  }
  EXPECT_THROW(value_or_throw(half_of(3)), Error);
}

}  // namespace
}  // namespace thalweg
