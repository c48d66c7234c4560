// SPDX-License-Identifier: Apache-2.0
//
// Files, RDDs and streams on a server that speaks S3, named as programs name them: s3://bucket/...
#include <stdlib.h>

#include <memory>
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

using testing::error_of;
using testing::ServerScript;
using Lines = std::vector<std::string>;

class S3Test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerScript>("s3");
    // Read when s3:// is first used.
    ::setenv("AWS_ENDPOINT_URL", server_->address().c_str(), 1);
    ::setenv("AWS_ACCESS_KEY_ID", "any", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "any", 1);
    ::setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
    ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    if (!server_->skipped().empty()) GTEST_SKIP() << server_->skipped();
    ASSERT_EQ(server_->failed(), "");
    auto loaded = session_.files().resolve("s3://any");
    if (!loaded.ok()) GTEST_SKIP() << "skipped: " << loaded.status().message();
    files_ = loaded.value().system;
    make_bucket();
    directory_ =
        std::string("lake/") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  static void make_bucket() {
    // moto takes a bucket's creation as any PUT of it.
    std::string made = "curl -s -X PUT -o /dev/null '" + server_->address() + "/lake'";
    ASSERT_EQ(std::system(made.c_str()), 0);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] Status write(const std::string& name, std::string_view bytes) const {
    THALWEG_TRY_ASSIGN(auto file, files_->open_write(path(name)));
    THALWEG_TRY(file->append(bytes));
    return file->close();
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    auto file = files_->open_read(path(name));
    if (!file.ok()) return file.status().to_string();
    std::string bytes(std::size_t{32} << 20, '\0');
    bytes.resize(file.value()->read_at(0, bytes.data(), bytes.size()).value());
    return bytes;
  }
  [[nodiscard]] Lines names() const {
    auto entries = files_->list(directory_);
    if (!entries.ok()) return {entries.status().to_string()};
    Lines found;
    for (const auto& entry : entries.value()) found.emplace_back(base_name(entry.path));
    return found;
  }

  static std::unique_ptr<ServerScript> server_;
  Session session_{"local[2]"};
  std::shared_ptr<FileSystem> files_;
  std::string directory_;
};

std::unique_ptr<ServerScript> S3Test::server_;

// proves: s3: round trip
TEST_F(S3Test, ReadsWhatItWrote) {
  std::string large(std::size_t{12} << 20, 'x');
  large[7'000'000] = 'y';
  ASSERT_TRUE(write("a", "hello\n").ok());
  ASSERT_TRUE(write("empty", "").ok());
  ASSERT_TRUE(write("large", large).ok());

  EXPECT_EQ(read("a"), "hello\n");
  EXPECT_EQ(read("empty"), "");
  EXPECT_TRUE(read("large") == large);
  EXPECT_EQ(names(), (Lines{"a", "empty", "large"}));
  EXPECT_EQ(files_->describe(path("a")).value().size_bytes, 6U);
}

TEST_F(S3Test, ShowsAFileOnlyOnceItIsClosed) {
  {
    auto file = files_->open_write(path("f")).value();
    ASSERT_TRUE(file->append("half").ok());
    EXPECT_EQ(files_->describe(path("f")).status().code(), ErrorCode::not_found);
  }
  EXPECT_EQ(files_->describe(path("f")).status().code(), ErrorCode::not_found);

  auto file = files_->open_write(path("f")).value();
  ASSERT_TRUE(file->append("whole").ok());
  ASSERT_TRUE(file->sync().ok());

  EXPECT_EQ(read("f"), "whole");
  EXPECT_EQ(file->append("more").to_string(),
            "unsupported: an object of S3 can't be appended to once it is synced: s3://" +
                path("f") + "; use a file system that can, or write a new file");
}

TEST_F(S3Test, AFileIsNoOlderThanTheFileSystemSaysItMaySeem) {
  const Time before = SystemClock::instance().now();
  ASSERT_TRUE(write("f", "x").ok());

  EXPECT_GE(files_->describe(path("f")).value().modified, before - files_->modified_lag_max());
}

TEST_F(S3Test, RenamesAndRemovesFiles) {
  ASSERT_TRUE(write("new", "new").ok());
  ASSERT_TRUE(write("old", "old").ok());
  ASSERT_TRUE(write("d/e/f", "x").ok());

  EXPECT_TRUE(files_->rename(path("new"), path("old")).ok());
  EXPECT_EQ(files_->rename(path("d"), path("g")).code(), ErrorCode::unsupported);
  EXPECT_TRUE(files_->remove(path("d")).ok());
  EXPECT_TRUE(files_->remove(path("d")).ok());

  EXPECT_EQ(read("old"), "new");
  EXPECT_EQ(names(), (Lines{"old"}));
}

TEST_F(S3Test, SaysWhatFailedWhereAndWhy) {
  ASSERT_TRUE(write("d/f", "x").ok());

  EXPECT_EQ(files_->open_read(path("none")).status().to_string(),
            "not_found: file not found: s3://" + path("none"));
  EXPECT_EQ(files_->open_read(path("d")).status().to_string(),
            "invalid_argument: file cannot be opened: s3://" + path("d") + " (it is a directory)");
  Status listed = files_->list(path("none")).status();
  EXPECT_EQ(listed.code(), ErrorCode::not_found) << listed.to_string();
  Status missing = files_->list("nosuchbucket").status();
  EXPECT_EQ(missing.code(), ErrorCode::not_found) << missing.to_string();
}

TEST_F(S3Test, TakesAFileOfOneNameOnlyOnce) {
  // Another scheme is another client, as another program would be.
  auto other = session_.files().resolve("s3a://any").value().system;

  EXPECT_TRUE(files_->create_if_absent(path("f"), "mine").ok());
  EXPECT_TRUE(files_->create_if_absent(path("f"), "still mine").ok());
  Status refused = other->create_if_absent(path("f"), "mine");

  EXPECT_EQ(refused.to_string(),
            "invalid_argument: file is there already: s3a://" + path("f") +
                " (another program wrote it; stop one of the two, or give each its own directory)");
  EXPECT_EQ(read("f"), "still mine");
  EXPECT_EQ(names(), (Lines{"f"})) << "what was tried out at first is removed";
}

TEST_F(S3Test, TakesAnyName) {
  std::string name = "day=1/a b+c&d?e%25/\u00e4.json";

  EXPECT_TRUE(files_->create_if_absent(path(name), "x").ok());

  EXPECT_EQ(read(name), "x");
}

TEST_F(S3Test, OfTwoProgramsThatWriteAnEpochTheSecondIsRefused) {
  EpochWriter one(session_.files(), "s3://" + path("out"));
  EpochWriter two(session_.files(), "s3a://" + path("out"));
  ASSERT_TRUE(one.write(1, Death::never).ok());
  ASSERT_TRUE(two.write(2, Death::never).ok());

  Status refused = one.write(2, Death::never);

  EXPECT_EQ(refused.code(), ErrorCode::invalid_argument) << refused.to_string();
  EXPECT_TRUE(refused.message().starts_with("file is there already: s3://" + path("out") +
                                            "/_thalweg/epoch-00000000000000000002 ("))
      << refused.message();
}

// proves: s3: resume after kill
TEST_F(S3Test, EachRowIsThereOnceWheneverAProgramDied) {
  Context context(session_);
  for (const std::string merge_bytes : {"0", "10"}) {
    for (Death death : deaths) {
      std::string name = path("out" + std::to_string(static_cast<int>(death)) + "-" + merge_bytes);

      Status written =
          write_through(session_.files(), death, "s3://" + name, "s3a://" + name, merge_bytes);

      ASSERT_TRUE(written.ok()) << written.to_string();
      EXPECT_EQ(context.text_file("s3://" + name + "/part-*").collect(),
                (Lines{"1/0", "1/1", "2/0", "2/1", "3/0", "3/1"}))
          << name;
    }
  }
}

// proves: s3: connect test
TEST_F(S3Test, ConnectTestGoesUpToARecordOrSaysWhatIsMissing) {
  ASSERT_TRUE(write("in/a", "hello\n").ok());

  std::string found = last_step(session_.files(), "s3://" + path("in"));
  std::string missing = last_step(session_.files(), "s3://" + path("none"));

  EXPECT_TRUE(found.starts_with("sample passed: ")) << found;
  EXPECT_NE(found.find("\"hello\""), std::string::npos) << found;
  EXPECT_EQ(missing,
            "sample failed: there is nothing to read: no such topic, table or directory yet: path="
            "s3://" +
                path("none") + "; check its name");
}

// proves: s3: round trip
TEST_F(S3Test, AnRddReadsWhatAnotherSaved) {
  Context context(session_);
  Lines lines;
  for (int i = 0; i < 50'000; ++i) lines.push_back("line " + std::to_string(i));
  std::string saved = "s3a://" + path("saved");

  context.parallelize(lines, 3).save_as_text_file(saved);

  EXPECT_EQ(context.text_file(saved).collect(), lines);
  EXPECT_EQ(context.text_file("s3://" + path("saved/part-*")).count(), 50'000);
  EXPECT_EQ(
      error_of([&] { context.parallelize(lines, 3).save_as_text_file(saved); }),
      "invalid_argument: output directory exists: " + saved + "; remove it or choose another");
}

TEST_F(S3Test, AStreamWritesEachBatchOnce) {
  {
    testing::VirtualStreams streams;
    streams.given<std::string>({{"one", "two"}, {"three"}})
        .write_to("files", {{"path", "s3://" + path("out")}, {"format", "json"}});
    streams.run_batches(2);
    auto failure = streams.failure();
    EXPECT_FALSE(failure) << failure->to_string();
  }

  Context context(session_);
  EXPECT_EQ(context.text_file("s3://" + path("out")).collect(),
            (Lines{"{\"value\":\"one\"}", "{\"value\":\"two\"}", "{\"value\":\"three\"}"}));
}

TEST_F(S3Test, AStreamReadsEachFileOnceAndCleansUp) {
  ASSERT_TRUE(write("in/day=1/a", "one\ntwo\n").ok());
  ASSERT_TRUE(write("in/_hidden", "no\n").ok());
  testing::VirtualStreams streams;
  auto lines = streams.context().direct_stream<std::string_view>(
      "files", {{"path", "s3://" + path("in")}, {"cleanSource", "delete"}});
  auto batches = streams.collect(lines);

  streams.run_batches(2);
  ASSERT_TRUE(write("in/b", "three\n").ok());
  streams.run_batches(5);

  auto failure = streams.failure();
  EXPECT_FALSE(failure) << failure->to_string();
  EXPECT_EQ(*batches,
            (testing::Batches<std::string>{{"one", "two"}, {}, {"three"}, {}, {}, {}, {}}));
  EXPECT_EQ(read("in/b").substr(0, 9), "not_found");
  EXPECT_EQ(read("in/_hidden"), "no\n");
}

// proves: weather: file replaced while it is read
TEST_F(S3Test, AStreamSaysThatAFileWasReplaced) {
  ASSERT_TRUE(write("in/a", "one\n").ok());
  testing::VirtualStreams streams;
  auto lines =
      streams.context().direct_stream<std::string_view>("files", {{"path", "s3://" + path("in")}});
  lines.for_each_rdd([&](const RDD<std::string_view>& rdd) {
    EXPECT_TRUE(write("in/a", "another\n").ok());
    (void)rdd.collect();
  });
  streams.run_batches(1);

  auto failure = streams.failure();
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message().find("source files: file changed since it was found: s3://" +
                                    path("in/a") + " (it had 4 bytes of "),
            std::string_view::npos)
      << failure->message();
}

// proves: s3: server restart
// proves: weather: S3 restarted
TEST_F(S3Test, AStreamGoesOnWhenTheServerIsRestarted) {
  ASSERT_TRUE(write("in/a", "one\n").ok());
  StreamingContext context(session_, std::chrono::milliseconds(500));
  testing::CollectedLines collected;
  context.direct_stream<std::string_view>("files", {{"path", "s3://" + path("in")}})
      .for_each_rdd([&](const RDD<std::string_view>& lines) { collected.add(lines.collect()); });
  context.start();
  EXPECT_EQ(collected.wait_for(1), Lines{"one"});

  // It has forgotten everything then.
  ASSERT_EQ(server_->run("stop"), 0);
  ASSERT_EQ(server_->run("start"), 0);
  make_bucket();
  ASSERT_TRUE(write("in/b", "two\n").ok());

  EXPECT_EQ(collected.wait_for(2), (Lines{"one", "two"}));
  context.stop();
}

}  // namespace
}  // namespace thalweg
