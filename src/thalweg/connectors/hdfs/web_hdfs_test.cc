// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/web_hdfs.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "thalweg/common/random.h"
#include "thalweg/testing/patience.h"
#include "thalweg/testing/server_script.h"

namespace thalweg::hdfs {
namespace {

using namespace std::chrono_literals;
using testing::ServerScript;

// Against a real NameNode and DataNode, which are started once for all of these.
class WebHdfsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<ServerScript>("hdfs"); }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    if (!server_->skipped().empty()) GTEST_SKIP() << server_->skipped();
    ASSERT_EQ(server_->failed(), "");
    std::size_t space = server_->address().find(' ');
    name_node_ = "localhost:" + server_->address().substr(0, space);
    options_.web_addresses[name_node_] = {"127.0.0.1:" + server_->address().substr(space + 1)};
    options_.retry_ms_max = testing::patience;
    files_ = std::make_unique<WebHdfs>(options_, SystemClock::instance());
    directory_ = name_node_ + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_TRUE(files_->make_directories(directory_).ok());
  }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

  Status write(const std::string& name, std::string_view bytes) {
    THALWEG_TRY_ASSIGN(auto file, files_->open_write(path(name)));
    THALWEG_TRY(file->append(bytes));
    return file->close();
  }
  std::string read(const std::string& name) {
    auto file = files_->open_read(path(name));
    if (!file.ok()) return file.status().to_string();
    std::string bytes(std::size_t{64} << 20, '\0');
    auto got = file.value()->read_at(0, bytes.data(), bytes.size());
    if (!got.ok()) return got.status().to_string();
    bytes.resize(got.value());
    return bytes;
  }
  std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    auto entries = files_->list(directory);
    if (!entries.ok()) return {entries.status().to_string()};
    for (const auto& entry : entries.value()) {
      names.emplace_back(base_name(entry.path));
    }
    return names;
  }

  static std::unique_ptr<ServerScript> server_;
  WebHdfsOptions options_;
  std::string name_node_;
  std::string directory_;
  std::unique_ptr<WebHdfs> files_;
};

std::unique_ptr<ServerScript> WebHdfsTest::server_;
using Names = std::vector<std::string>;

std::string random_bytes(std::size_t size) {
  Random random(7);
  std::string bytes;
  while (bytes.size() < size) bytes += static_cast<char>(random.next());
  return bytes;
}

TEST_F(WebHdfsTest, ReadsWhatItWrote) {
  ASSERT_TRUE(write("a", "hello\n").ok());
  ASSERT_TRUE(write("empty", "").ok());
  ASSERT_TRUE(write("a", "hello again\n").ok());

  EXPECT_EQ(read("a"), "hello again\n");
  EXPECT_EQ(read("empty"), "");
  auto entry = files_->describe(path("a")).value();
  EXPECT_EQ(entry.size_bytes, 12U);
  EXPECT_FALSE(entry.is_directory);
  EXPECT_FALSE(entry.writable_by_others);
  Duration age = SystemClock::instance().now() - entry.modified;
  EXPECT_LT(std::chrono::abs(age), 60s);
}

TEST_F(WebHdfsTest, WritesAndReadsAFileOfManyParts) {
  std::string bytes = random_bytes(2 * WebHdfs::part_bytes_max + 12'345);
  ASSERT_TRUE(write("large", bytes).ok());

  EXPECT_TRUE(read("large") == bytes);
  auto file = files_->open_read(path("large")).value();
  for (std::size_t offset : {std::size_t{17}, WebHdfs::part_bytes_max - 5, bytes.size() - 10}) {
    std::string some(20, '\0');
    some.resize(file->read_at(offset, some.data(), some.size()).value());
    EXPECT_EQ(some, bytes.substr(offset, 20)) << offset;
  }
}

TEST_F(WebHdfsTest, AppendsBehindWhatWasSynced) {
  auto file = files_->open_write(path("log")).value();
  ASSERT_TRUE(file->append("one\n").ok());
  ASSERT_TRUE(file->sync().ok());
  EXPECT_EQ(read("log"), "one\n");
  auto reader = files_->open_read(path("log")).value();

  ASSERT_TRUE(file->append("two\n").ok());
  ASSERT_TRUE(file->close().ok());

  EXPECT_EQ(read("log"), "one\ntwo\n");
  std::string grown(100, '\0');
  EXPECT_EQ(reader->read_at(4, grown.data(), grown.size()).value(), 4U);
}

TEST_F(WebHdfsTest, ListsMoreEntriesThanAPageHas) {
  for (int i = 0; i < 1'005; ++i) {
    ASSERT_TRUE(files_->make_directories(path("d/" + std::to_string(i))).ok());
  }
  ASSERT_TRUE(write("d/file", "x").ok());

  auto entries = files_->list(path("d")).value();

  EXPECT_EQ(entries.size(), 1'006U);
  EXPECT_EQ(entries.back().path, path("d/file"));
  EXPECT_FALSE(entries.back().is_directory);
  EXPECT_TRUE(entries.front().is_directory);
}

TEST_F(WebHdfsTest, TakesNamesOfAnyCharacters) {
  Names names{"50%", "a b", "a&b=c", "c?d#e", "f+g", "caf\xC3\xA9"};
  for (const auto& name : names) ASSERT_TRUE(write(name, name).ok()) << name;

  std::sort(names.begin(), names.end());
  EXPECT_EQ(names_in(directory_), names);
  for (const auto& name : names) EXPECT_EQ(read(name), name);
}

TEST_F(WebHdfsTest, ARenameReplacesInOneStep) {
  ASSERT_TRUE(write("old", "old").ok());
  ASSERT_TRUE(write("new", "new").ok());

  ASSERT_TRUE(files_->rename(path("new"), path("old")).ok());

  EXPECT_EQ(read("old"), "new");
  EXPECT_EQ(names_in(directory_), (Names{"old"}));
  Status again = files_->rename(path("new"), path("old"));
  EXPECT_EQ(again.code(), ErrorCode::not_found) << again.to_string();
  EXPECT_EQ(files_->rename(path("old"), "other:1/x").code(), ErrorCode::invalid_argument);
}

TEST_F(WebHdfsTest, RemovesADirectoryWithAllInIt) {
  ASSERT_TRUE(write("d/e/f", "x").ok());

  EXPECT_TRUE(files_->remove(path("d")).ok());
  EXPECT_TRUE(files_->remove(path("d")).ok());

  EXPECT_EQ(names_in(directory_), Names());
}

TEST_F(WebHdfsTest, SaysWhatFailedWhereAndWhy) {
  ASSERT_TRUE(write("f", "x").ok());
  std::string here = "hdfs://" + directory_;
  std::string web = options_.web_addresses[name_node_][0];
  std::string hdfs_path = directory_.substr(name_node_.size());

  EXPECT_EQ(files_->open_read(path("none")).status().to_string(),
            "not_found: file not found: " + here + "/none (" + web +
                ": File does not exist: " + hdfs_path + "/none)");
  EXPECT_EQ(files_->open_read(directory_).status().to_string(),
            "invalid_argument: file cannot be opened: " + here + " (it is a directory)");
  EXPECT_EQ(files_->list(path("none")).status().to_string(),
            "not_found: directory cannot be listed: " + here + "/none (" + web + ": File " +
                hdfs_path + "/none does not exist.)");
  EXPECT_EQ(files_->list(path("f")).status().to_string(),
            "not_found: directory cannot be listed: " + here + "/f (it is a file)");
  Status below = files_->make_directories(path("f/g"));
  EXPECT_EQ(below.code(), ErrorCode::invalid_argument) << below.to_string();
}

TEST_F(WebHdfsTest, SaysWhoMayNotWrite) {
  WebHdfsOptions options = options_;
  options.user = "nobody";
  WebHdfs files(options, SystemClock::instance());

  auto file = files.open_write(path("f")).value();
  Status closed = file->close();

  EXPECT_EQ(closed.code(), ErrorCode::unavailable);
  EXPECT_NE(closed.message().find("Permission denied: user=nobody, access=WRITE"),
            std::string::npos)
      << closed.to_string();
}

TEST_F(WebHdfsTest, SaysWhereItLookedForWebHdfs) {
  WebHdfs files({}, SystemClock::instance());

  auto entry = files.describe("localhost:1/a");

  std::string message = entry.status().to_string();
  EXPECT_TRUE(
      message.starts_with("unavailable: file not found: hdfs://localhost:1/a "
                          "(localhost:9870: Failed to connect to localhost port 9870"))
      << message;
  EXPECT_TRUE(
      message.ends_with("; that is where WebHDFS is looked for: THALWEG_HDFS_WEBHDFS="
                        "localhost:1=host:port says where it is"))
      << message;
}

TEST_F(WebHdfsTest, AsksTheOtherNameNodeWhenOneIsGone) {
  WebHdfsOptions options = options_;
  options.web_addresses["logs"] = {"127.0.0.1:1", options_.web_addresses[name_node_][0]};
  WebHdfs files(options, SystemClock::instance());

  auto entry = files.describe("logs/");

  EXPECT_TRUE(entry.ok()) << entry.status().to_string();
}

TEST_F(WebHdfsTest, GoesOnWhenTheNameNodeIsRestarted) {
  ASSERT_TRUE(write("f", "before").ok());
  ASSERT_EQ(server_->run("stop-namenode"), 0);
  std::thread restart([] { EXPECT_EQ(server_->run("start-namenode"), 0); });

  EXPECT_EQ(read("f"), "before");
  Status written = write("g", "after");

  EXPECT_TRUE(written.ok()) << written.to_string();
  EXPECT_EQ(read("g"), "after");
  restart.join();
}

TEST_F(WebHdfsTest, ReadsOnWhenTheDataNodeComesBack) {
  std::string bytes = random_bytes(std::size_t{10} << 20);
  ASSERT_TRUE(write("f", bytes).ok());
  auto file = files_->open_read(path("f")).value();
  std::string got(bytes.size(), '\0');
  ASSERT_TRUE(file->read_at(0, got.data(), 1 << 20).ok());
  ASSERT_EQ(server_->run("stop-datanode"), 0);
  std::thread restart([] { EXPECT_EQ(server_->run("start-datanode"), 0); });

  auto rest = file->read_at(1 << 20, got.data() + (1 << 20), got.size() - (1 << 20));

  restart.join();
  ASSERT_TRUE(rest.ok()) << rest.status().to_string();
  EXPECT_TRUE(got == bytes);
}

}  // namespace
}  // namespace thalweg::hdfs
