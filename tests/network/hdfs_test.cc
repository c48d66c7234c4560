// SPDX-License-Identifier: Apache-2.0
//
// Files of a real HDFS in bad weather. Both the NameNode's web address and the DataNode's are
// reached through proxies.
#include <stdlib.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/testing/error_of.h"
#include "thalweg/testing/network_proxy.h"
#include "thalweg/thalweg.h"

namespace thalweg {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::NetworkProxy;
using testing::ServerScript;
using Lines = std::vector<std::string>;

/// Where tests/servers/hdfs.sh notes the port of the DataNode's web address.
constexpr int data_node_place = 3;

class HdfsNetworkTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerScript>("hdfs");
    std::size_t space = server_->address().find(' ');
    if (space == std::string::npos) return;
    root_ = "hdfs://network:" + server_->address().substr(0, space);
    name_node_ = std::make_unique<NetworkProxy>("http");
    data_node_ = std::make_unique<NetworkProxy>("http");
    std::string behind = "127.0.0.1:" + server_->port(data_node_place);
    name_node_->tell("to 127.0.0.1:" + server_->address().substr(space + 1));
    name_node_->tell("replace " + behind + " " + data_node_->address());
    data_node_->tell("to " + behind);
    // Read when hdfs:// is first used.
    std::string web = root_.substr(root_.find("//") + 2) + "=" + name_node_->address();
    ::setenv("THALWEG_HDFS_WEBHDFS", web.c_str(), 1);
    ::setenv("HADOOP_USER_NAME", "thalweg", 1);
  }
  static void TearDownTestSuite() {
    data_node_.reset();
    name_node_.reset();
    server_.reset();
  }

  void SetUp() override {
    if (!server_->skipped().empty()) GTEST_SKIP() << server_->skipped();
    ASSERT_EQ(server_->failed(), "");
    auto loaded = session_.files().resolve(root_);
    if (!loaded.ok()) GTEST_SKIP() << "skipped: " << loaded.status().message();
    name_node_->tell("clear");
    data_node_->tell("clear");
    path_ = root_ + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (int i = 0; i < 200'000; ++i) lines_.push_back("line " + std::to_string(i));
  }
  /// All lines as a file of some 2 MB; in fair weather.
  void save() { context_.parallelize(lines_, 1).save_as_text_file(path_); }

  static std::unique_ptr<ServerScript> server_;
  static std::unique_ptr<NetworkProxy> name_node_;
  static std::unique_ptr<NetworkProxy> data_node_;
  static std::string root_;
  Session session_{"local[2]"};
  Context context_{session_};
  Lines lines_;
  std::string path_;
};

std::unique_ptr<ServerScript> HdfsNetworkTest::server_;
std::unique_ptr<NetworkProxy> HdfsNetworkTest::name_node_;
std::unique_ptr<NetworkProxy> HdfsNetworkTest::data_node_;
std::string HdfsNetworkTest::root_;

// proves: hdfs: network faults
// proves: weather: DataNode gone while a file is read
TEST_F(HdfsNetworkTest, ReadsOnWhereADataNodeIsResetInTheMidstOfAFile) {
  save();
  data_node_->tell("reset-after 300000 3");

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);

  EXPECT_EQ(data_node_->met(), 3);
}

TEST_F(HdfsNetworkTest, ReadsOnWhereAnAnswerEndsTooEarly) {
  save();
  data_node_->tell("end-after 300000 3");

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);

  EXPECT_EQ(data_node_->met(), 3);
}

// proves: hdfs: network faults
TEST_F(HdfsNetworkTest, AsksAgainWhereTheNameNodeIsBusy) {
  save();
  name_node_->tell("answer 503 3");

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);

  EXPECT_EQ(name_node_->met(), 3);
}

TEST_F(HdfsNetworkTest, ReadsAllWhereAnswersComeLateAndSlowly) {
  save();
  name_node_->tell("delay 300");
  data_node_->tell("rate 1000000");

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);

  EXPECT_GT(name_node_->met(), 0);
}

TEST_F(HdfsNetworkTest, WritesAFileOnceWhereTheDataNodesAnswerIsLost) {
  data_node_->tell("reset-after 0 2");

  save();

  EXPECT_EQ(data_node_->met(), 2);
  EXPECT_EQ(context_.text_file(path_).collect(), lines_);
}

// proves: hdfs: network faults
TEST_F(HdfsNetworkTest, ReadsWithinItsPatienceFromADataNodeThatAnswersAgain) {
  save();
  data_node_->tell("half-open");
  std::thread fair([&] {
    Clock& clock = SystemClock::instance();
    clock.wait_until(clock.now() + std::chrono::seconds(3), {});
    data_node_->tell("clear");
  });

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);
  fair.join();
}

// proves: hdfs: auth and TLS messages
// proves: weather: authorisation refused
TEST_F(HdfsNetworkTest, SaysThatItIsRefused) {
  save();
  name_node_->tell("answer 403");

  std::string failure = error_of([&] { (void)context_.text_file(path_).collect(); });

  EXPECT_THAT(failure, HasSubstr(path_));
  EXPECT_THAT(failure, HasSubstr("403"));
}

}  // namespace
}  // namespace thalweg
