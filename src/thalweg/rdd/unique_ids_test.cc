// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/unique_ids.h"

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"

namespace thalweg {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class UniqueIdsTest : public ::testing::Test {
 protected:
  Session session_{"local[2]", "test"};
  Context context_{session_};
};

TEST_F(UniqueIdsTest, CountPartitionByPartitionInStepsOfTheirNumber) {
  auto letters = context_.parallelize({"a", "b", "c", "d", "e"}, 3);

  EXPECT_THAT(zip_with_unique_id(letters).collect(),
              ElementsAre(Pair("a", 0), Pair("b", 1), Pair("c", 4), Pair("d", 2), Pair("e", 5)));
}

TEST_F(UniqueIdsTest, AreUniqueAcrossManyChunks) {
  auto rows = zip_with_unique_id(context_.range(0, 10'000, 1, 3));
  std::set<std::int64_t> ids;
  for (const auto& [row, id] : rows.collect()) ids.insert(id);

  EXPECT_THAT(ids, SizeIs(10'000));
}

TEST_F(UniqueIdsTest, LeaveRowsThatAreKeptAsTheyAre) {
  auto kept = context_.parallelize({"a text that is not short at all", "b"}, 1);
  kept.persist();

  for (int time = 0; time < 2; ++time) {
    EXPECT_THAT(zip_with_unique_id(kept).collect(),
                ElementsAre(Pair("a text that is not short at all", 0), Pair("b", 1)));
  }
  EXPECT_THAT(zip_with_unique_id(context_.empty_rdd<int>()).collect(), IsEmpty());
}

}  // namespace
}  // namespace thalweg
