// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/planned_source.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using testing::VirtualStreams;

/// What a checkpoint says of a batch that read so many files to their ends.
std::string plan_of_files(std::size_t count, const std::string& name) {
  Encoder out;
  out.put_text("1");
  out.put_length(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.put_text(name + ";size=1;modified=1");
    out.put_text("");
    out.put_text("end");
  }
  return out.take();
}

TEST(PlannedSourceTest, SaysWhichFinishedFilesCleanSourceWillLeaveWhereTheyAre) {
  VirtualStreams streams;
  auto rate = std::make_shared<RateLimit>(streams.clock());
  PlannedSource source(*streams.context().graph(), 0, "files",
                       {{"path", "/nowhere"}, {"cleanSource", "delete"}}, Schema{}, rate);
  std::string many = plan_of_files(100'000, "a");
  ::testing::internal::CaptureStderr();
  // A million wait at most, for a checkpoint that does not come.
  for (int batch = 1; batch <= 10; ++batch) {
    ASSERT_TRUE(source.restore(Time(std::chrono::seconds(batch)), many).ok());
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");

  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(source.restore(Time(std::chrono::seconds(11)), plan_of_files(3, "late")).ok());
  std::string said = ::testing::internal::GetCapturedStderr();

  EXPECT_NE(said.find("source files path=/nowhere cleanSource=delete: 1000000 partitions that were "
                      "read to their end wait for a checkpoint; from late;size=1;modified=1 on the "
                      "source is not told that they may be forgotten, so cleanSource leaves such "
                      "files where they are; make checkpoints more often"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("batch 11000 ms has 3 such partitions"), std::string::npos) << said;
}

}  // namespace
}  // namespace thalweg
