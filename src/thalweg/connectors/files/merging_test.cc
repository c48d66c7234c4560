// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/merging.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/parquet_reader.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::TemporaryDirectory;
using Names = std::vector<std::string>;

/// A sink whose small files are merged; open() again is another process.
class MergingTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sink> open(OptionTexts options) {
    options["path"] = directory_.path("out");
    auto sink = make_sink("files", options, {clock_, memory_, files_, {}});
    EXPECT_TRUE(sink.ok()) << sink.status().to_string();
    return std::move(sink).value();
  }
  /// An epoch from begin to commit, with one writer.
  static void write(Sink& sink, SinkEpoch epoch, const Batch& rows) {
    auto writer = sink.open(0, 1).value();
    ASSERT_TRUE(writer->begin(epoch, 0).ok());
    ASSERT_TRUE(writer->write(rows).ok());
    auto sealed = writer->seal();
    ASSERT_TRUE(sealed.ok()) << sealed.status().to_string();
    Status committed = writer->commit(epoch, sealed.value());
    ASSERT_TRUE(committed.ok()) << committed.to_string();
    committed = sink.commit(epoch, std::vector{sealed.value()});
    ASSERT_TRUE(committed.ok()) << committed.to_string();
  }
  [[nodiscard]] Names names_in(const std::string& name) {
    Names names;
    auto entries = LocalFileSystem().list(directory_.path(name));
    for (std::size_t i = 0; entries.ok() && i < entries.value().size(); ++i) {
      std::string entry(base_name(entries.value()[i].path));
      if (entry != "_thalweg") names.push_back(std::move(entry));
    }
    return names;
  }
  [[nodiscard]] std::string read(const std::string& name) { return directory_.read("out/" + name); }

  TemporaryDirectory directory_;
  VirtualClock clock_;
  MemoryBudget memory_{1 << 20};
  FileSystems files_;
};

/// Rows (`column`, text).
Batch rows_of(const std::string& column, const std::vector<std::int64_t>& numbers) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{column, Type::int64});
  columns.emplace_back(Field{"text", Type::text});
  for (std::int64_t number : numbers) {
    columns[0].append_integer(number);
    columns[1].append_text("row");
  }
  return build_batch(std::move(columns)).value();
}

TEST_F(MergingTest, FilesWaitUntilTheyAreLargeEnoughTogether) {
  auto sink = open({{"mergeBytes", "6"}});

  write(*sink, 1, Batch::of_text("a1\n"));
  EXPECT_EQ(names_in("out"), Names());
  EXPECT_EQ(names_in("out/_thalweg/waiting"), (Names{"part-00000000000000000001-00000.txt"}));
  EXPECT_EQ(read("_thalweg/epoch-00000000000000000001"),
            "thalweg files 2\n"
            "part-00000000000000000001-00000.txt\t3\tpart-00000000000000000001-00000.txt\t0\n");
  write(*sink, 2, Batch::of_text("b2\n"));

  EXPECT_EQ(names_in("out"), (Names{"part-00000000000000000002-merged.txt"}));
  EXPECT_EQ(read("part-00000000000000000002-merged.txt"), "a1\nb2\n");
  EXPECT_EQ(names_in("out/_thalweg/waiting"), Names());
  EXPECT_EQ(names_in("out/_thalweg/staged"), Names());
  EXPECT_EQ(read("_thalweg/epoch-00000000000000000002"),
            "thalweg files 1\n"
            "part-00000000000000000002-merged.txt\t6\n");
}

TEST_F(MergingTest, AFileThatIsLargeEnoughIsSeenAtOnce) {
  auto sink = open({{"mergeBytes", "6"}});

  write(*sink, 1, Batch::of_text("a1\n"));
  write(*sink, 2, Batch::of_text("large\n"));

  EXPECT_EQ(names_in("out"), (Names{"part-00000000000000000002-00000.txt"}));
}

TEST_F(MergingTest, FilesWaitNoLongerThanTheInterval) {
  auto sink = open({{"mergeBytes", "1000"}, {"mergeInterval", "5s"}});

  write(*sink, 10'000'000, Batch::of_text("a\n"));
  write(*sink, 14'000'000, Batch::of_text("b\n"));
  EXPECT_EQ(names_in("out"), Names());
  write(*sink, 15'000'000, Batch::of_text(""));

  EXPECT_EQ(read("part-00000000000015000000-merged.txt"), "a\nb\n");
}

TEST_F(MergingTest, TheRestIsMergedAtTheEndAndAnotherProcessGoesOn) {
  {
    auto sink = open({{"mergeBytes", "1000"}});
    write(*sink, 1, Batch::of_text("a\n"));
  }
  {
    auto sink = open({{"mergeBytes", "1000"}});
    write(*sink, 2, Batch::of_text("b\n"));
    EXPECT_TRUE(sink->end().ok());
    EXPECT_TRUE(sink->end().ok());
  }
  EXPECT_EQ(names_in("out"), (Names{"part-00000000000000000002-end.txt"}));
  EXPECT_EQ(read("part-00000000000000000002-end.txt"), "a\nb\n");
  EXPECT_EQ(names_in("out/_thalweg/waiting"), Names());
  auto sink = open({{"mergeBytes", "1000"}});
  EXPECT_EQ(sink->open(0, 1).value()->committed().value(), 2);
  write(*sink, 3, Batch::of_text("c\n"));
  EXPECT_TRUE(sink->end().ok());

  EXPECT_EQ(names_in("out"),
            (Names{"part-00000000000000000002-end.txt", "part-00000000000000000003-end.txt"}));
  EXPECT_EQ(read("part-00000000000000000003-end.txt"), "c\n");
}

TEST_F(MergingTest, WhatAnEndLeftUnfinishedIsNotSeenTwice) {
  write(*open({{"mergeBytes", "1000"}}), 1, Batch::of_text("a\n"));
  // As a crash does between the merged file and the manifest.
  directory_.write("out/part-00000000000000000001-end.txt", "a\n");
  directory_.write("out/part-00000000000000000002-merged.txt", "a\n");

  auto sink = open({{"mergeBytes", "1000"}});
  write(*sink, 2, Batch::of_text("b\n"));
  EXPECT_EQ(names_in("out"), Names());
  EXPECT_TRUE(sink->end().ok());

  EXPECT_EQ(names_in("out"), (Names{"part-00000000000000000002-end.txt"}));
  EXPECT_EQ(read("part-00000000000000000002-end.txt"), "a\nb\n");
}

TEST_F(MergingTest, WhereNothingWaitsAnyMoreWhatWaitedIsSeen) {
  write(*open({{"mergeBytes", "1000"}}), 1, Batch::of_text("a\n"));

  write(*open({}), 2, Batch::of_text("b\n"));

  EXPECT_EQ(names_in("out"),
            (Names{"part-00000000000000000002-00000.txt", "part-00000000000000000002-merged.txt"}));
}

TEST_F(MergingTest, CsvHasItsHeaderOnceAndOtherColumnsAnotherFile) {
  auto sink = open({{"mergeBytes", "1000"}, {"format", "csv"}});
  write(*sink, 1, rows_of("a\n\"", {1}));
  write(*sink, 2, rows_of("a\n\"", {2, 3}));
  write(*sink, 3, rows_of("b", {4}));

  EXPECT_TRUE(sink->end().ok());

  EXPECT_EQ(read("part-00000000000000000003-end.csv"), "\"a\n\"\"\",text\n1,row\n2,row\n3,row\n");
  EXPECT_EQ(read("part-00000000000000000003-end-1.csv"), "b,text\n4,row\n");
}

TEST_F(MergingTest, CsvWithoutHeadersKeepsRowsThatAreTheSame) {
  auto sink = open({{"mergeBytes", "1000"}, {"format", "csv"}, {"header", "false"}});
  write(*sink, 1, rows_of("a", {1}));
  write(*sink, 2, rows_of("a", {1}));

  EXPECT_TRUE(sink->end().ok());

  EXPECT_EQ(read("part-00000000000000000002-end.csv"), "1,row\n1,row\n");
}

TEST_F(MergingTest, ParquetBecomesOneRowGroupAndOtherColumnsAnotherFile) {
  auto sink = open({{"mergeBytes", "100000"}, {"format", "parquet"}});
  write(*sink, 1, rows_of("a", {1, 2}));
  write(*sink, 2, rows_of("a", {3}));
  write(*sink, 3, rows_of("b", {4}));

  EXPECT_TRUE(sink->end().ok());

  EXPECT_EQ(names_in("out"), (Names{"part-00000000000000000003-end-1.parquet",
                                    "part-00000000000000000003-end.parquet"}));
  std::string path = directory_.path("out/part-00000000000000000003-end.parquet");
  auto reader = open_parquet(LocalFileSystem().open_read(path).value(), path, {}).value();
  ASSERT_EQ(reader->group_count(), 1);
  Batch rows = reader->read_group(0).value()->next().value();
  auto columns = columns_of(rows).value();
  ASSERT_EQ(rows.row_count(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(columns[0].integer(i), static_cast<std::int64_t>(i + 1));
  }
}

TEST_F(MergingTest, ParquetThatCanNotBeReadIsSeenAsItIs) {
  auto sink = open({{"mergeBytes", "100000"}, {"format", "parquet"}});
  write(*sink, 1, rows_of("a", {1}));
  write(*sink, 2, rows_of("a", {2}));
  std::string damaged = read("_thalweg/waiting/part-00000000000000000002-00000.parquet");
  std::fill(damaged.begin(), damaged.end(), 'x');
  directory_.write("out/_thalweg/waiting/part-00000000000000000002-00000.parquet", damaged);

  EXPECT_TRUE(sink->end().ok());

  EXPECT_EQ(names_in("out").size(), 2U);
  EXPECT_EQ(read("part-00000000000000000002-end-1.parquet"), damaged);
}

TEST_F(MergingTest, EachDirectoryHasItsOwnFile) {
  auto sink = open({{"mergeBytes", "30"}, {"format", "json"}, {"partitionBy", "day"}});

  write(*sink, 1, rows_of("day", {1, 2}));
  EXPECT_EQ(names_in("out"), Names());
  write(*sink, 2, rows_of("day", {2}));

  EXPECT_EQ(names_in("out"), (Names{"day=2"}));
  EXPECT_EQ(read("day=2/part-00000000000000000002-merged.json"),
            "{\"text\":\"row\"}\n{\"text\":\"row\"}\n");
  EXPECT_TRUE(sink->end().ok());
  EXPECT_EQ(read("day=1/part-00000000000000000002-end.json"), "{\"text\":\"row\"}\n");
}

TEST_F(MergingTest, SaysWhenAFileThatWaitsIsGone) {
  auto sink = open({{"mergeBytes", "1000"}});
  write(*sink, 1, Batch::of_text("a\n"));
  std::filesystem::remove_all(directory_.path("out/_thalweg/waiting"));

  Status ended = sink->end();

  EXPECT_EQ(ended.code(), ErrorCode::not_found);
  EXPECT_TRUE(ended.message().starts_with("sink files: files that wait could not be merged: "))
      << ended.to_string();
}

TEST_F(MergingTest, RefusesAnIntervalThatIsNone) {
  auto sink = make_sink("files", {{"path", "/tmp/x"}, {"mergeInterval", "soon"}},
                        {clock_, memory_, files_, {}});

  EXPECT_EQ(sink.status().to_string(),
            "invalid_argument: sink files: option \"mergeInterval\": no length of time: \"soon\"; "
            "write one like 7d, 12h, 30m, 10s, 500ms");
}

// proves: files: limits
TEST(TakeDueTest, NoMoreFilesWaitThanAllowed) {
  std::vector<files::WrittenFile> waiting;
  auto add = [&](const std::string& name) { waiting.push_back({name, "", 1, name, 0}); };
  add("day=1/part-00000000000000000001-00000.json");
  add("day=2/part-00000000000000000001-00000.json");
  add("day=2/part-00000000000000000002-00000.json");
  files::MergeLimits limits{.bytes = 100, .interval = Duration(100)};

  EXPECT_TRUE(files::take_due(waiting, limits, 2, 3).empty());
  EXPECT_EQ(waiting.size(), 3U);
  auto due = files::take_due(waiting, limits, 2, 2);

  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].directory, "day=2");
  EXPECT_EQ(due[0].extension, ".json");
  EXPECT_EQ(due[0].files.size(), 2U);
  EXPECT_EQ(waiting.size(), 1U);
}

}  // namespace
}  // namespace thalweg
