// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/source.h"

#include <gtest/gtest.h>

#include "thalweg/testing/file_source.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

class FilesSourceTest : public testing::FileSourceTest {};

TEST_F(FilesSourceTest, FindsEachFileOnceInTheOrderOfChange) {
  add("b", "1\n", 20);
  add("c", "1\n", 10);
  add("a", "1\n", 20);
  auto source = open();

  EXPECT_EQ(found(*source), (Names{"c", "a", "b"}));
  EXPECT_EQ(found(*source), Names());
  add("d", "1\n", 5);
  EXPECT_EQ(found(*source), (Names{"d"}));
}

TEST_F(FilesSourceTest, LeavesOutHiddenNamesEmptyFilesAndDirectories) {
  for (const char* name : {".a", "_b", "c._COPYING_", "sub/d", "_sub/e", "f"}) add(name, "1\n");
  add("empty", "");
  auto source = open();

  EXPECT_EQ(found(*source), (Names{"f"}));
  add("empty", "not now\n");
  EXPECT_EQ(found(*source), (Names{"empty"}));
}

TEST_F(FilesSourceTest, SearchesDirectoriesBelowWhereAskedOrNamedAsPartitions) {
  for (const char* name : {"a", "sub/b", "sub/deep/c", "day=1/d", "day=1/_hour=2/e"}) {
    add(name, "1\n");
  }
  EXPECT_EQ(found(*open()), (Names{"a", "day=1/_hour=2/e", "day=1/d"}));
  resume_ = "";
  EXPECT_EQ(found(*open({{"recursiveFileLookup", "true"}})),
            (Names{"a", "day=1/_hour=2/e", "day=1/d", "sub/b", "sub/deep/c"}));
}

TEST_F(FilesSourceTest, TakesGlobsOfDirectoriesFilesAndNames) {
  for (const char* name : {"x1/a.csv", "x1/b.txt", "x2/c.csv", "y/d.csv"}) add(name, "1\n");
  EXPECT_EQ(found(*open({{"path", "memory://in/x*"}})),
            (Names{"x1/a.csv", "x1/b.txt", "x2/c.csv"}));
  resume_ = "";
  EXPECT_EQ(found(*open({{"path", "memory://in/*/*.csv"}})),
            (Names{"x1/a.csv", "x2/c.csv", "y/d.csv"}));
  resume_ = "";
  EXPECT_EQ(found(*open({{"path", "memory://in/x1"}, {"pathGlobFilter", "*.txt"}})),
            (Names{"x1/b.txt"}));
  resume_ = "";
  EXPECT_EQ(found(*open({{"path", "memory://in/y/d.csv"}})), (Names{"y/d.csv"}));
}

TEST_F(FilesSourceTest, WaitsForAPlaceThatIsNotThere) {
  auto source = open();
  EXPECT_EQ(found(*source), Names());
  add("a", "1\n");
  EXPECT_EQ(found(*source), (Names{"a"}));
}

// proves: files: limits
TEST_F(FilesSourceTest, TakesSoManyFilesAndBytesABatch) {
  for (int i = 0; i < 5; ++i) add("f" + std::to_string(i), "12345678\n", i);
  auto by_count = open({{"maxFilesPerTrigger", "2"}});
  EXPECT_EQ(found(*by_count), (Names{"f0", "f1"}));
  EXPECT_EQ(found(*by_count), (Names{"f2", "f3"}));
  EXPECT_EQ(found(*by_count), (Names{"f4"}));

  resume_ = "";
  auto by_bytes = open({{"maxBytesPerTrigger", "20"}});
  EXPECT_EQ(found(*by_bytes), (Names{"f0", "f1"}));
  resume_ = "";
  auto tiny = open({{"maxBytesPerTrigger", "1"}});
  EXPECT_EQ(found(*tiny), (Names{"f0"}));
  EXPECT_EQ(found(*tiny), (Names{"f1"}));
}

TEST_F(FilesSourceTest, TakesTheLatestFirstWhereAsked) {
  for (int i = 0; i < 3; ++i) add("f" + std::to_string(i), "1\n", i);
  auto source = open({{"latestFirst", "true"}, {"maxFilesPerTrigger", "2"}});

  EXPECT_EQ(found(*source), (Names{"f2", "f1"}));
  add("f9", "1\n", 9);
  EXPECT_EQ(found(*source), (Names{"f9", "f0"}));
}

TEST_F(FilesSourceTest, ForgetsAndLeavesOutWhatIsTooOld) {
  add("old", "1\n", 0);
  auto source = open({{"maxFileAge", "10s"}});
  EXPECT_EQ(found(*source), (Names{"old"}));
  add("new", "1\n", 100);
  EXPECT_EQ(found(*source), (Names{"new"}));
  add("late", "1\n", 89);
  add("just", "1\n", 90);

  EXPECT_EQ(found(*source), (Names{"just"}));
  // "old" would be found again, if it were not too old as well.
  EXPECT_EQ(source->memory(resume_).find("old"), std::string::npos);
}

TEST_F(FilesSourceTest, TakesATimeInTheFutureAsNow) {
  add("future", "1\n", 3600LL * 2'000'000);
  add("now", "1\n", 3600LL * 1'000'000 - 5);
  auto source = open({{"maxFileAge", "10s"}});

  EXPECT_EQ(found(*source), (Names{"now", "future"}));
  add("later", "1\n", 3600LL * 1'000'000 - 2);
  EXPECT_EQ(found(*source), (Names{"later"}));
}

TEST_F(FilesSourceTest, LooksNoMoreOftenThanAsked) {
  auto source = open({{"source.monitor-interval", "60000"}});
  EXPECT_EQ(found(*source), Names());
  add("a", "1\n");
  EXPECT_EQ(found(*source), Names());
  clock_.advance(60s);
  EXPECT_EQ(found(*source), (Names{"a"}));
}

TEST_F(FilesSourceTest, HandsOutAgainWhatCameIntoNoBatch) {
  add("a", "1\n", 1);
  add("b", "1\n", 2);
  auto source = open({{"maxFilesPerTrigger", "1"}});
  EXPECT_EQ(found(*source), (Names{"a"}));
  std::string before = resume_;
  EXPECT_EQ(found(*source), (Names{"b"}));

  resume_ = before;
  EXPECT_EQ(found(*source), (Names{"b"}));
}

TEST_F(FilesSourceTest, GoesOnFromItsMemoryAndTheBatchesSince) {
  for (int i = 0; i < 4; ++i) add("f" + std::to_string(i), "1\n", i);
  std::string memory;
  std::vector<Partition> second;
  std::string resume;
  {
    auto source = open({{"maxFilesPerTrigger", "1"}});
    found(*source);
    std::string first = resume_;
    found(*source);
    second = partitions_;
    resume = resume_;
    found(*source);  // A batch that was not written down.
    memory = source->memory(first);
  }
  auto source = open({{"maxFilesPerTrigger", "1"}});
  ASSERT_TRUE(source->restore(memory).ok());
  ASSERT_TRUE(source->recall(second, resume).ok());

  resume_ = resume;
  EXPECT_EQ(found(*source), (Names{"f2"}));
  EXPECT_EQ(found(*source), (Names{"f3"}));
  EXPECT_EQ(source->restore("x").to_string(),
            "unsupported: the list of files read has version 120; this program reads up to version "
            "1");
}

TEST_F(FilesSourceTest, CleansWhatIsReadAndIsStillTheSame) {
  add("a", "1\n");
  add("b", "1\n");
  auto remove = open({{"cleanSource", "delete"}});
  found(*remove);
  add("b", "another\n", 101);
  for (const auto& partition : partitions_) {
    EXPECT_TRUE(remove->acknowledge(partition, {"end"}).ok());
    EXPECT_TRUE(remove->acknowledge(partition, {"end"}).ok());
  }
  EXPECT_FALSE(files_->files.contains("in/a"));
  EXPECT_TRUE(files_->files.contains("in/b"));
}

TEST_F(FilesSourceTest, ArchivesUnderTheWholePath) {
  add("day=1/a", "1\n");
  auto source = open({{"cleanSource", "archive"}, {"sourceArchiveDir", "memory://done"}});
  found(*source);
  EXPECT_TRUE(source->acknowledge(partitions_[0], {"end"}).ok());

  EXPECT_EQ(files_->files["done/day=1/a"], "1\n");
  EXPECT_EQ(try_open({{"cleanSource", "archive"}, {"sourceArchiveDir", "memory://in/done"}})
                .status()
                .to_string(),
            "invalid_argument: source files: option \"sourceArchiveDir\" must be outside of what "
            "is read, or below a name that begins with \"_\": got \"memory://in/done\"");
  EXPECT_TRUE(
      try_open({{"cleanSource", "archive"}, {"sourceArchiveDir", "memory://in/_done"}}).ok());
}

TEST_F(FilesSourceTest, RefusesOptionsThatDoNotFit) {
  auto refusal = [&](OptionTexts options) {
    return try_open(std::move(options)).status().to_string();
  };
  EXPECT_EQ(refusal({{"format", "xml"}}).substr(0, 45),
            "invalid_argument: source files: no format \"xm");
  EXPECT_EQ(refusal({{"maxFileAge", "a week"}}),
            "invalid_argument: source files: option \"maxFileAge\": no length of time: \"a week\"; "
            "write one like 7d, 12h, 30m, 10s, 500ms");
  EXPECT_EQ(refusal({{"cleanSource", "yes"}}),
            "invalid_argument: source files: option \"cleanSource\" must be off, delete or "
            "archive: got \"yes\"");
  EXPECT_EQ(refusal({{"path", "nowhere://in"}}).substr(0, 60),
            "unsupported: source files: no file system for \"nowhere://\": ");
}

}  // namespace
}  // namespace thalweg
