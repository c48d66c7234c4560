// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/column.h"
#include "thalweg/common/file_system.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::TemporaryDirectory;
using Names = std::vector<std::string>;

/// A sink into a directory; open() again is another process.
class FilesSinkTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sink> open(const std::string& format = "text") {
    auto sink = make_sink("files", {{"path", directory_.path("out")}, {"format", format}},
                          {clock_, memory_, files_, {}});
    EXPECT_TRUE(sink.ok()) << sink.status().to_string();
    return std::move(sink).value();
  }
  static std::unique_ptr<SinkWriter> writer(Sink& sink, int which) {
    return sink.open(which, 2).value();
  }
  /// Writes and seals one writer's share.
  static std::string sealed(SinkWriter& writer, SinkEpoch epoch, const std::string& lines,
                            int attempt = 0) {
    EXPECT_TRUE(writer.begin(epoch, attempt).ok());
    EXPECT_TRUE(writer.write(Batch::of_text(lines)).ok());
    auto sealed = writer.seal();
    EXPECT_TRUE(sealed.ok()) << sealed.status().to_string();
    return sealed.value();
  }
  /// An epoch from begin to commit, a share for each writer.
  static void write(Sink& sink, SinkEpoch epoch, const Names& shares) {
    Names texts;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      auto one = writer(sink, static_cast<int>(i));
      texts.push_back(sealed(*one, epoch, shares[i]));
      EXPECT_TRUE(one->commit(epoch, texts.back()).ok());
    }
    EXPECT_TRUE(sink.commit(epoch, texts).ok());
  }
  /// The names in a directory of the output, and those that everybody sees.
  [[nodiscard]] Names names_in(const std::string& name) {
    auto entries = LocalFileSystem().list(directory_.path(name));
    Names names;
    if (!entries.ok()) return names;
    for (const auto& entry : entries.value()) names.emplace_back(base_name(entry.path));
    return names;
  }
  [[nodiscard]] Names visible() {
    Names names = names_in("out");
    std::erase(names, "_thalweg");
    return names;
  }

  TemporaryDirectory directory_;
  VirtualClock clock_;
  MemoryBudget memory_{1 << 20};
  FileSystems files_;
};

TEST_F(FilesSinkTest, WritesAFileForEachWriterAndEpoch) {
  auto sink = open();

  write(*sink, 7, {"a\n", "b\n"});
  write(*sink, 8, {"c\n", ""});

  EXPECT_EQ(visible(),
            (Names{"part-00000000000000000007-00000.txt", "part-00000000000000000007-00001.txt",
                   "part-00000000000000000008-00000.txt"}));
  EXPECT_EQ(directory_.read("out/part-00000000000000000007-00001.txt"), "b\n");
  EXPECT_EQ(names_in("out/_thalweg/staged"), Names());
  EXPECT_EQ(directory_.read("out/_thalweg/epoch-00000000000000000007"),
            "thalweg files 1\n"
            "part-00000000000000000007-00000.txt\t2\n"
            "part-00000000000000000007-00001.txt\t2\n");
}

TEST_F(FilesSinkTest, ShowsNothingBeforeTheCommit) {
  auto sink = open();
  auto one = writer(*sink, 0);

  std::string text = sealed(*one, 1, "a\n");
  EXPECT_EQ(visible(), Names());

  EXPECT_TRUE(one->commit(1, text).ok());
  EXPECT_EQ(visible(), (Names{"part-00000000000000000001-00000.txt"}));
}

TEST_F(FilesSinkTest, KnowsInAnotherProcessWhatWasCommitted) {
  EXPECT_EQ(writer(*open(), 0)->committed().value(), -1);
  write(*open(), 41, {"a\n"});
  write(*open(), 1'795'286'426'000'000, {"a\n"});

  EXPECT_EQ(writer(*open(), 0)->committed().value(), 1'795'286'426'000'000);
}

TEST_F(FilesSinkTest, CommitsWhatAnotherProcessSealed) {
  std::string text = sealed(*writer(*open(), 0), 1, "a\n");

  auto sink = open();
  EXPECT_TRUE(writer(*sink, 0)->commit(1, text).ok());
  EXPECT_TRUE(writer(*sink, 0)->commit(1, text).ok());
  EXPECT_TRUE(sink->commit(1, std::vector{text}).ok());
  EXPECT_TRUE(sink->commit(1, std::vector{text}).ok());

  EXPECT_EQ(visible(), (Names{"part-00000000000000000001-00000.txt"}));
  EXPECT_EQ(directory_.read("out/part-00000000000000000001-00000.txt"), "a\n");
}

TEST_F(FilesSinkTest, AnEpochThatIsRunAgainReplacesItself) {
  {
    auto sink = open();
    auto one = writer(*sink, 0);
    auto two = writer(*sink, 1);
    EXPECT_TRUE(one->commit(1, sealed(*one, 1, "first\n")).ok());
    EXPECT_TRUE(two->commit(1, sealed(*two, 1, "left over\n")).ok());
    (void)sealed(*writer(*sink, 2), 1, "staged\n");
  }

  write(*open(), 1, {"again\n"});

  EXPECT_EQ(visible(), (Names{"part-00000000000000000001-00000.txt"}));
  EXPECT_EQ(directory_.read("out/part-00000000000000000001-00000.txt"), "again\n");
  EXPECT_EQ(names_in("out/_thalweg/staged"), Names());
}

TEST_F(FilesSinkTest, AnAttemptThatFailedLeavesNothing) {
  auto sink = open();
  auto one = writer(*sink, 0);
  std::string large(std::size_t{3} << 20, 'x');
  ASSERT_TRUE(one->begin(1, 0).ok());
  ASSERT_TRUE(one->write(Batch::of_text(large + "\n")).ok());
  EXPECT_EQ(names_in("out/_thalweg/staged").size(), 1U);

  std::string text = sealed(*one, 1, "second\n", 1);
  EXPECT_TRUE(one->commit(1, text).ok());
  ASSERT_TRUE(one->begin(2, 0).ok());
  ASSERT_TRUE(one->write(Batch::of_text(large + "\n")).ok());
  EXPECT_TRUE(one->abort().ok());
  (void)sealed(*one, 2, "sealed\n", 1);
  EXPECT_TRUE(one->abort().ok());

  EXPECT_EQ(visible(), (Names{"part-00000000000000000001-00000.txt"}));
  EXPECT_EQ(directory_.read("out/part-00000000000000000001-00000.txt"), "second\n");
  EXPECT_EQ(names_in("out/_thalweg/staged"), Names());
}

TEST_F(FilesSinkTest, SaysThatASealedFileIsGone) {
  auto sink = open();
  std::string text = sealed(*writer(*sink, 0), 1, "a\n");
  std::error_code ignored;
  std::filesystem::remove_all(directory_.path("out/_thalweg/staged"), ignored);

  EXPECT_EQ(writer(*sink, 0)->commit(1, text).code(), ErrorCode::not_found);
  EXPECT_EQ(writer(*sink, 0)->commit(1, "nonsense").to_string(),
            "data_loss: not what a writer of files sealed: \"nonsense\"");
}

/// Rows (country, user) as a batch.
Batch users(const std::vector<std::pair<std::string, std::int64_t>>& rows) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"country", Type::text});
  columns.emplace_back(Field{"user", Type::int64});
  for (const auto& [country, user] : rows) {
    columns[0].append_text(country);
    columns[1].append_integer(user);
  }
  return build_batch(std::move(columns)).value();
}

TEST_F(FilesSinkTest, DividesRowsIntoDirectoriesThatItsSourceReadsAgain) {
  for (const char* format : {"json", "csv", "parquet"}) {
    SCOPED_TRACE(format);
    std::string out = directory_.path(format);
    OptionTexts options{{"path", out}, {"format", format}, {"partition_by", "country"}};
    ConnectorContext context{clock_, memory_, files_, {}};
    auto sink = make_sink("files", options, context).value();
    auto one = sink->open(0, 1).value();
    ASSERT_TRUE(one->begin(7, 0).ok());
    ASSERT_TRUE(one->write(users({{"DE", 1}, {"A/B", 2}})).ok());
    ASSERT_TRUE(one->write(users({{"DE", 3}, {"", 4}})).ok());
    std::string sealed = one->seal().value();
    EXPECT_FALSE(LocalFileSystem().list(out + "/country=DE").ok());
    ASSERT_TRUE(one->commit(7, sealed).ok());
    ASSERT_TRUE(one->commit(7, sealed).ok());
    ASSERT_TRUE(sink->commit(7, std::vector{sealed}).ok());

    std::string name = "part-00000000000000000007-00000." + std::string(format);
    for (const char* country : {"DE", "A%2FB", "__HIVE_DEFAULT_PARTITION__"}) {
      EXPECT_TRUE(LocalFileSystem().describe(out + "/country=" + country + "/" + name).ok())
          << country;
    }
    if (format == std::string("json")) {
      EXPECT_EQ(directory_.read("json/country=DE/" + name), "{\"user\":1}\n{\"user\":3}\n");
    }
    Schema wanted{{{"user", Type::int64}, {"country", Type::text}}};
    ConnectorContext reading{clock_, memory_, files_, {}, &wanted};
    auto source = make_source("files", {{"path", out}, {"format", format}}, reading).value();
    std::string rows;
    auto found = source->discover("").value();
    for (const auto& partition : found.partitions) {
      auto reader = source->open(partition, {}).value();
      while (!reader->finished()) {
        auto polled = reader->poll(100, Duration(0));
        ASSERT_TRUE(polled.ok()) << polled.status().to_string();
        ASSERT_TRUE(append_rows_as_text(polled.value().batch, 100, rows).ok());
      }
    }
    for (const char* row : {"(1,DE)\n", "(2,A/B)\n", "(3,DE)\n", "(4,null)\n"}) {
      EXPECT_NE(rows.find(row), std::string::npos) << row << " in " << rows;
    }
  }
}

TEST_F(FilesSinkTest, AnEpochThatIsRunAgainReplacesItselfInDirectoriesToo) {
  auto open_divided = [&] {
    return make_sink(
               "files",
               {{"path", directory_.path("out")}, {"format", "json"}, {"partitionBy", "country"}},
               {clock_, memory_, files_, {}})
        .value();
  };
  auto seal = [](SinkWriter& writer, const Batch& rows) {
    EXPECT_TRUE(writer.begin(1, 0).ok());
    EXPECT_TRUE(writer.write(rows).ok());
    return writer.seal().value();
  };
  {
    auto sink = open_divided();
    auto one = sink->open(0, 1).value();
    ASSERT_TRUE(one->commit(1, seal(*one, users({{"DE", 1}, {"FR", 1}}))).ok());
  }
  auto sink = open_divided();
  auto one = sink->open(0, 1).value();
  std::string sealed = seal(*one, users({{"DE", 2}}));
  ASSERT_TRUE(one->commit(1, sealed).ok());
  ASSERT_TRUE(sink->commit(1, std::vector{sealed}).ok());

  EXPECT_EQ(directory_.read("out/country=DE/part-00000000000000000001-00000.json"),
            "{\"user\":2}\n");
  EXPECT_EQ(names_in("out/country=FR"), Names());
}

// proves: files: limits
TEST_F(FilesSinkTest, WritesIntoABoundedNumberOfDirectories) {
  auto sink =
      make_sink("files",
                {{"path", directory_.path("out")}, {"format", "json"}, {"partitionBy", "user"}},
                {clock_, memory_, files_, {}})
          .value();
  std::vector<std::pair<std::string, std::int64_t>> rows;
  for (int user = 0; user < 1001; ++user) rows.emplace_back("DE", user);
  auto one = sink->open(0, 1).value();
  ASSERT_TRUE(one->begin(1, 0).ok());

  EXPECT_EQ(one->write(users(rows)).to_string(),
            "invalid_argument: sink files: a partition of a batch has rows for more than 1000 "
            "directories, the next one is user=1000; choose columns with fewer values for "
            "partitionBy, or repartition the stream by them");
  EXPECT_TRUE(one->abort().ok());
}

// proves: files: limits
TEST_F(FilesSinkTest, KeepsABoundedNumberOfManifests) {
  auto sink = open();
  for (SinkEpoch epoch = 1; epoch <= 103; ++epoch) write(*sink, epoch, {"a\n"});

  EXPECT_EQ(visible().size(), 103U);
  EXPECT_EQ(names_in("out/_thalweg").size(), 100U + 1);
}

TEST_F(FilesSinkTest, RefusesAFormatThatItDoesNotHave) {
  auto sink =
      make_sink("files", {{"path", "/tmp/x"}, {"format", "xml"}}, {clock_, memory_, files_, {}});

  EXPECT_EQ(sink.status().to_string(),
            "invalid_argument: sink files: no format \"xml\"; there are: text, json, csv, parquet");
}

}  // namespace
}  // namespace thalweg
