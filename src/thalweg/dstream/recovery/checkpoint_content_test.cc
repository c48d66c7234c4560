// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/recovery/checkpoint_content.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

using namespace std::chrono_literals;

CheckpointContent sample() {
  CheckpointContent content;
  content.batch_interval = 1s;
  content.began = Time(5s);
  content.zero = Time(4s);
  content.completed = Time(6s);
  content.log_segment = 3;
  content.plans[Time(6s)] = {{{"direct_stream#0", "plan"}}, 3, {{"sums", 7}}};
  content.states.push_back({"sums", "update_state_by_key", true, "int -> int", 2, {"a", "b"}});
  content.memories = {{"direct_stream#0", std::string("\0seen", 5)}};
  return content;
}

TEST(CheckpointContentTest, ReadsWhatItWrote) {
  auto read = CheckpointContent::decode(sample().encode());

  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read.value().encode(), sample().encode());
  EXPECT_EQ(read.value().memories, sample().memories);
  EXPECT_EQ(read.value().plans, sample().plans);
  EXPECT_EQ(read.value().states, sample().states);
}

/// As before version 3: nothing behind the plan says how the batch is divided.
std::string without_division(std::string bytes, std::uint8_t version) {
  bytes[8] = static_cast<char>(version);
  constexpr std::string_view plan = "plan";
  constexpr std::size_t division_bytes = 8;  // 3, how many, "sums" and its length, 7.
  return bytes.erase(bytes.find(plan) + plan.size(), division_bytes);
}

TEST(CheckpointContentTest, ReadsWhatVersionTwoWrote) {
  auto read = CheckpointContent::decode(without_division(sample().encode(), 2));

  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read.value().states, sample().states);
  EXPECT_EQ(read.value().memories, sample().memories);
  EXPECT_EQ(read.value().plans.at(Time(6s)).inputs, sample().plans.at(Time(6s)).inputs);
  EXPECT_EQ(read.value().plans.at(Time(6s)).partitions, 0);
}

TEST(CheckpointContentTest, ReadsABatchRecordFromBeforeVersionThree) {
  BatchRecord record{BatchRecord::Kind::planned, Time(6s), sample().plans.at(Time(6s))};
  std::string bytes = record.encode();
  EXPECT_EQ(BatchRecord::decode(bytes).value().plan, record.plan);
  bytes.resize(bytes.size() - 8);

  auto read = BatchRecord::decode(bytes);

  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read.value().plan.inputs, record.plan.inputs);
  EXPECT_EQ(read.value().plan.partitions, 0);
}

TEST(CheckpointContentTest, ReadsWhatVersionOneWrote) {
  CheckpointContent content = sample();
  content.memories.clear();
  std::string bytes = without_division(content.encode(), 1);
  bytes.pop_back();  // How many memories.

  auto read = CheckpointContent::decode(bytes);

  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read.value().states, sample().states);
  EXPECT_TRUE(read.value().memories.empty());
}

TEST(CheckpointContentTest, RefusesWhatIsCutOffOrNewer) {
  std::string bytes = sample().encode();
  std::string newer = bytes;
  newer[8] = 4;

  EXPECT_EQ(CheckpointContent::decode(newer).status().to_string(),
            "unsupported: the checkpoint has version 4; this program reads up to version 3");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(CheckpointContent::decode(bytes.substr(0, size)).status().code(),
              ErrorCode::data_loss)
        << size;
  }
}

}  // namespace
}  // namespace thalweg
