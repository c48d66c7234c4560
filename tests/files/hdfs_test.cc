// SPDX-License-Identifier: Apache-2.0
//
// RDDs and streams on a real HDFS, named as programs name it: hdfs://localhost:PORT/...
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dying_sink.h"
#include "last_step.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/collected_lines.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/server_script.h"
#include "thalweg/thalweg.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::CollectedLines;
using testing::error_of;
using testing::ServerScript;
using Lines = std::vector<std::string>;

class HdfsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerScript>("hdfs");
    std::size_t space = server_->address().find(' ');
    if (space == std::string::npos) return;
    root_ = "hdfs://localhost:" + server_->address().substr(0, space);
    // Read when hdfs:// is first used.
    std::string web = "localhost:" + server_->address().substr(0, space) +
                      "=127.0.0.1:" + server_->address().substr(space + 1);
    ::setenv("THALWEG_HDFS_WEBHDFS", web.c_str(), 1);
    ::setenv("HADOOP_USER_NAME", "thalweg", 1);
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    if (!server_->skipped().empty()) GTEST_SKIP() << server_->skipped();
    ASSERT_EQ(server_->failed(), "");
    auto loaded = session_.files().resolve(root_);
    if (!loaded.ok()) GTEST_SKIP() << "skipped: " << loaded.status().message();
    directory_ = root_ + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] FileLocation at(const std::string& name) const {
    return session_.files().resolve(path(name)).value();
  }
  void make_directory(const std::string& name) const {
    FileLocation place = at(name);
    EXPECT_TRUE(place.system->make_directories(place.path).ok());
  }
  void write(const std::string& name, std::string_view bytes) const {
    FileLocation place = at(name);
    auto file = place.system->open_write(place.path).value();
    EXPECT_TRUE(file->append(bytes).ok());
    Status closed = file->close();
    EXPECT_TRUE(closed.ok()) << closed.to_string();
  }
  void rename(const std::string& source, const std::string& target) const {
    Status renamed = at(source).system->rename(at(source).path, at(target).path);
    EXPECT_TRUE(renamed.ok()) << renamed.to_string();
  }

  static std::unique_ptr<ServerScript> server_;
  static std::string root_;
  Session session_{"local[2]"};
  std::string directory_;
};

std::unique_ptr<ServerScript> HdfsTest::server_;
std::string HdfsTest::root_;

// proves: hdfs: round trip
TEST_F(HdfsTest, AnRddReadsWhatAnotherSaved) {
  Context context(session_);
  Lines lines;
  for (int i = 0; i < 100'000; ++i) lines.push_back("line " + std::to_string(i));

  context.parallelize(lines, 4).save_as_text_file(path("saved"));

  EXPECT_EQ(context.text_file(path("saved")).collect(), lines);
  EXPECT_EQ(context.text_file(path("saved/part-0000[12]")).count(), 50'000);
  EXPECT_GT(context.text_file(path("saved/part-00000"), 4).partition_count(), 1);
  EXPECT_EQ(error_of([&] { context.parallelize(lines, 4).save_as_text_file(path("saved")); }),
            "invalid_argument: output directory exists: " + path("saved") +
                "; remove it or choose another");
  std::string missing = error_of([&] { (void)context.text_file(path("none")); });
  EXPECT_TRUE(missing.starts_with("not_found: text_file: file not found: " + path("none")))
      << missing;
}

TEST_F(HdfsTest, AStreamReadsFilesThatAreRenamedIntoItsDirectory) {
  make_directory("in");
  make_directory("staging");
  StreamingContext context(session_, 500ms);
  CollectedLines collected;
  context.text_file_stream(path("in")).for_each_rdd([&](const RDD<std::string_view>& lines) {
    collected.add(lines.collect());
  });
  context.start();

  write("staging/a", "one\ntwo\n");
  rename("staging/a", "in/a");
  write("staging/b", "three\n");
  rename("staging/b", "in/b");

  EXPECT_EQ(collected.wait_for(3), (Lines{"one", "three", "two"}));
  context.stop();
}

TEST_F(HdfsTest, AStreamReadsADirectoryThatIsRenamedIntoItsGlob) {
  make_directory("in");
  make_directory("staging/day1");
  StreamingContext context(session_, 500ms);
  CollectedLines collected;
  context.text_file_stream(path("in/*")).for_each_rdd([&](const RDD<std::string_view>& lines) {
    collected.add(lines.collect());
  });
  context.start();

  write("staging/day1/a", "one\n");
  write("staging/day1/b", "two\n");
  rename("staging/day1", "in/day1");

  EXPECT_EQ(collected.wait_for(2), (Lines{"one", "two"}));
  context.stop();
}

// proves: hdfs: server restart
// proves: weather: NameNode restarted
TEST_F(HdfsTest, AStreamGoesOnWhenTheNameNodeIsRestarted) {
  make_directory("in");
  StreamingContext context(session_, 500ms);
  CollectedLines collected;
  context.text_file_stream(path("in")).for_each_rdd([&](const RDD<std::string_view>& lines) {
    collected.add(lines.collect());
  });
  context.start();
  // As -put does it: under another name until it is whole, or a batch may find it empty.
  write("in/a._COPYING_", "one\n");
  rename("in/a._COPYING_", "in/a");
  EXPECT_EQ(collected.wait_for(1), (Lines{"one"}));

  ASSERT_EQ(server_->run("stop-namenode"), 0);
  ASSERT_EQ(server_->run("start-namenode"), 0);
  write("in/b._COPYING_", "two\n");
  rename("in/b._COPYING_", "in/b");

  EXPECT_EQ(collected.wait_for(2), (Lines{"one", "two"}));
  context.stop();
}

TEST_F(HdfsTest, AStreamWritesEachBatchOnce) {
  {
    testing::VirtualStreams streams;
    streams.given<std::string>({{"one", "two"}, {"three"}})
        .write_to("files", {{"path", path("out")}, {"format", "json"}});
    streams.run_batches(2);
    auto failure = streams.failure();
    EXPECT_FALSE(failure) << failure->to_string();
  }

  Context context(session_);
  EXPECT_EQ(context.text_file(path("out")).collect(),
            (Lines{"{\"value\":\"one\"}", "{\"value\":\"two\"}", "{\"value\":\"three\"}"}));
}

TEST_F(HdfsTest, ADirectStreamReadsEachFileOnceAndArchivesIt) {
  make_directory("in/day=1");
  write("in/day=1/a", "one\ntwo\n");
  write("b._COPYING_", "three\n");
  testing::VirtualStreams streams;
  auto lines = streams.context().direct_stream<std::string_view>(
      "files",
      {{"path", path("in")}, {"cleanSource", "archive"}, {"sourceArchiveDir", path("done")}});
  auto batches = streams.collect(lines);

  streams.run_batches(2);
  rename("b._COPYING_", "in/b");
  streams.run_batches(5);

  auto failure = streams.failure();
  EXPECT_FALSE(failure) << failure->to_string();
  EXPECT_EQ(*batches,
            (testing::Batches<std::string>{{"one", "two"}, {}, {"three"}, {}, {}, {}, {}}));
  std::string name = directory_.substr(root_.size() + 1);
  FileLocation moved = at("done/" + name + "/in/b");
  auto there = moved.system->describe(moved.path);
  EXPECT_TRUE(there.ok()) << there.status().to_string();
}

// proves: hdfs: resume after kill
TEST_F(HdfsTest, EachRowIsThereOnceWheneverAProgramDied) {
  Context context(session_);
  for (const std::string merge_bytes : {"0", "10"}) {
    for (Death death : deaths) {
      std::string name = path("out" + std::to_string(static_cast<int>(death)) + "-" + merge_bytes);

      Status written = write_through(session_.files(), death, name, name, merge_bytes);

      ASSERT_TRUE(written.ok()) << written.to_string();
      EXPECT_EQ(context.text_file(name + "/part-*").collect(),
                (Lines{"1/0", "1/1", "2/0", "2/1", "3/0", "3/1"}))
          << name;
    }
  }
}

// proves: hdfs: connect test
TEST_F(HdfsTest, ConnectTestGoesUpToARecordOrSaysWhatIsMissing) {
  make_directory("in");
  write("in/a", "hello\n");

  std::string found = last_step(session_.files(), path("in"));
  std::string missing = last_step(session_.files(), path("none"));

  EXPECT_TRUE(found.starts_with("sample passed: ")) << found;
  EXPECT_NE(found.find("\"hello\""), std::string::npos) << found;
  EXPECT_EQ(
      missing,
      "sample failed: there is nothing to read: no such topic, table or directory yet: path=" +
          path("none") + "; check its name");
}

}  // namespace
}  // namespace thalweg
