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
  content.plans[Time(6s)] = {{"direct_stream#0", "plan"}};
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

TEST(CheckpointContentTest, ReadsWhatVersionOneWrote) {
  CheckpointContent content = sample();
  content.memories.clear();
  std::string bytes = content.encode();
  bytes[8] = 1;
  bytes.pop_back();  // How many memories.

  auto read = CheckpointContent::decode(bytes);

  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(read.value().states, sample().states);
  EXPECT_TRUE(read.value().memories.empty());
}

TEST(CheckpointContentTest, RefusesWhatIsCutOffOrNewer) {
  std::string bytes = sample().encode();
  std::string newer = bytes;
  newer[8] = 3;

  EXPECT_EQ(CheckpointContent::decode(newer).status().to_string(),
            "unsupported: the checkpoint has version 3; this program reads up to version 2");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(CheckpointContent::decode(bytes.substr(0, size)).status().code(),
              ErrorCode::data_loss)
        << size;
  }
}

}  // namespace
}  // namespace thalweg
