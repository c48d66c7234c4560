// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/follow_source.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// A source that follows the logs of a directory; next() is what a batch of the engine does.
class FollowSourceTest : public ::testing::Test {
 protected:
  FollowSourceTest() { source_ = open(); }

  std::unique_ptr<Source> open() {
    auto source = make_source("files", {{"path", directory_.path("app.log*")}, {"follow", "true"}},
                              {clock_, memory_, systems_, {}, &wanted_});
    EXPECT_TRUE(source.ok()) << source.status().to_string();
    return std::move(source).value();
  }
  void append(const std::string& name, const std::string& bytes) const {
    std::ofstream(directory_.path(name), std::ios::binary | std::ios::app) << bytes;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(directory_.path(from), directory_.path(to));
  }

  struct Range {
    Partition partition;
    Position from;
    Position until;
  };

  /// Plans a batch.
  std::vector<Range> plan() {
    auto found = source_->discover(resume_);
    EXPECT_TRUE(found.ok()) << found.status().to_string();
    resume_ = found.value().resume;
    for (const auto& partition : found.value().partitions) ranges_.push_back({partition, {}, {}});
    for (auto& range : ranges_) {
      range.from = range.until;
      auto until = source_->plan(range.partition, range.from, 1000, 1'000'000);
      EXPECT_TRUE(until.ok()) << until.status().to_string();
      range.until = until.value();
    }
    auto planned = ranges_;
    std::erase_if(ranges_, [&](const Range& range) {
      return source_->is_finished(range.partition, range.until);
    });
    return planned;
  }
  Lines read(const std::vector<Range>& ranges) {
    Lines lines;
    for (const auto& range : ranges) {
      if (range.from == range.until) continue;
      auto reader = source_->open(range.partition, range.from);
      if (!reader.ok()) {
        lines.push_back(reader.status().to_string());
        continue;
      }
      EXPECT_TRUE(reader.value()->stop_at(range.until).ok());
      while (!reader.value()->finished()) {
        auto polled = reader.value()->poll(1000, Duration(0));
        if (!polled.ok()) {
          lines.push_back(polled.status().to_string());
          break;
        }
        std::string_view text = polled.value().batch.text();
        while (!text.empty()) {
          lines.emplace_back(text.substr(0, text.find('\n')));
          text.remove_prefix(text.find('\n') + 1);
        }
      }
    }
    return lines;
  }
  Lines next() { return read(plan()); }

  testing::TemporaryDirectory directory_;
  VirtualClock clock_;
  MemoryBudget memory_{1 << 20};
  FileSystems systems_;
  Schema wanted_{{{"value", Type::text}}};
  std::unique_ptr<Source> source_;
  std::string resume_;
  std::vector<Range> ranges_;
};

TEST_F(FollowSourceTest, ReadsWholeLinesAsTheyCome) {
  EXPECT_EQ(next(), Lines());
  append("app.log", "one\ntw");
  EXPECT_EQ(next(), (Lines{"one"}));
  EXPECT_EQ(next(), Lines());
  append("app.log", "o\nthree\n");
  EXPECT_EQ(next(), (Lines{"two", "three"}));
}

TEST_F(FollowSourceTest, ReadsARotatedFileToItsEnd) {
  append("app.log", "one\n");
  EXPECT_EQ(next(), (Lines{"one"}));
  append("app.log", "two\nthr");
  rename("app.log", "app.log.1");
  append("app.log", "new\n");
  // Who writes goes on for a while with the file that it has open.
  append("app.log.1", "ee\n");

  EXPECT_EQ(next(), (Lines{"two", "three", "new"}));
}

TEST_F(FollowSourceTest, ReadsTheEndOfAFileThatIsRemoved) {
  append("app.log", "one\n");
  EXPECT_EQ(next(), (Lines{"one"}));
  append("app.log", "two\nlast without an end");
  std::filesystem::remove(directory_.path("app.log"));

  EXPECT_EQ(next(), (Lines{"two"}));
  clock_.advance(files::quiet_after_gone);
  EXPECT_EQ(next(), (Lines{"last without an end"}));
  EXPECT_TRUE(ranges_.empty());
}

TEST_F(FollowSourceTest, FollowsAFileThatIsMovedAway) {
  append("app.log", "one\n");
  EXPECT_EQ(next(), (Lines{"one"}));
  rename("app.log", "old");
  EXPECT_EQ(next(), Lines());
  append("old", "two\n");
  EXPECT_EQ(next(), (Lines{"two"}));
}

TEST_F(FollowSourceTest, NoticesThatAFileWasCutOff) {
  append("app.log", "one\ntwo\n");
  EXPECT_EQ(next(), (Lines{"one", "two"}));
  std::filesystem::resize_file(directory_.path("app.log"), 0);
  append("app.log", "new\n");
  EXPECT_EQ(next(), (Lines{"new"}));
  append("app.log", "newer\n");
  EXPECT_EQ(next(), (Lines{"newer"}));
}

TEST_F(FollowSourceTest, ReadsABatchAgainTheSameAfterARotation) {
  append("app.log", "one\n");
  next();
  append("app.log", "two\n");
  auto batch = plan();
  append("app.log", "three\n");
  rename("app.log", "old");

  source_ = open();
  std::vector<Partition> partitions;
  for (const auto& range : batch) partitions.push_back(range.partition);
  ASSERT_TRUE(source_->recall(partitions, resume_).ok());
  EXPECT_EQ(read(batch), (Lines{"two"}));
  EXPECT_EQ(next(), (Lines{"three"}));
}

TEST_F(FollowSourceTest, SaysWhatIsLostWithAFileThatIsGoneAfterARestart) {
  append("app.log", "one\n");
  next();
  append("app.log", "two\n");
  auto batch = plan();
  std::filesystem::remove(directory_.path("app.log"));

  source_ = open();
  ASSERT_TRUE(source_->recall({}, resume_).ok());
  EXPECT_EQ(read(batch),
            (Lines{"data_loss: source files: file is gone and was not read from offset 4 on: " +
                   directory_.path("app.log")}));
}

TEST_F(FollowSourceTest, TakesALineThatIsLongerThanABatch) {
  append("app.log", std::string(1'500'000, 'x'));
  EXPECT_EQ(next(), Lines());
  append("app.log", "\nnext\n");
  EXPECT_EQ(next(), (Lines{std::string(1'500'000, 'x')}));
  EXPECT_EQ(next(), (Lines{"next"}));
}

TEST_F(FollowSourceTest, RefusesWhatHasNoLines) {
  auto refusal = [&](OptionTexts options) {
    options.emplace("path", "in");
    options.emplace("follow", "true");
    return make_source("files", options, {clock_, memory_, systems_, {}, &wanted_})
        .status()
        .to_string();
  };
  EXPECT_EQ(refusal({{"format", "csv"}}),
            "invalid_argument: source files: only text and json can be followed, not csv; set "
            "follow to false");
  EXPECT_EQ(refusal({{"cleanSource", "delete"}}),
            "invalid_argument: source files: files that are followed are never read to their end, "
            "so that cleanSource can't be set with follow");
}

}  // namespace
}  // namespace thalweg
