// SPDX-License-Identifier: Apache-2.0
//
// Objects of a server that speaks S3, reached through a proxy that plays bad weather.
#include <stdlib.h>

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/common/log.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/network_proxy.h"
#include "thalweg/thalweg.h"

namespace thalweg {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::NetworkProxy;
using ::testing::Not;
using testing::ServerScript;
using Lines = std::vector<std::string>;

constexpr const char* secret = "wrong-battery-staple";

class S3NetworkTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerScript>("s3");
    if (server_->address().empty()) return;
    proxy_ = std::make_unique<NetworkProxy>("http");
    proxy_->tell("to " + server_->address().substr(server_->address().rfind('/') + 1));
    // Read when s3:// is first used.
    ::setenv("AWS_ENDPOINT_URL", ("http://" + proxy_->address()).c_str(), 1);
    ::setenv("AWS_ACCESS_KEY_ID", "any", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", secret, 1);
    ::setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
    ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  }
  static void TearDownTestSuite() {
    proxy_.reset();
    server_.reset();
  }

  void SetUp() override {
    if (!server_->skipped().empty()) GTEST_SKIP() << server_->skipped();
    ASSERT_EQ(server_->failed(), "");
    auto loaded = session_.files().resolve("s3://any");
    if (!loaded.ok()) GTEST_SKIP() << "skipped: " << loaded.status().message();
    proxy_->tell("clear");
    // moto takes a bucket's creation as any PUT of it.
    std::string made = "curl -s -X PUT -o /dev/null '" + server_->address() + "/weather'";
    ASSERT_EQ(std::system(made.c_str()), 0);
    path_ = std::string("s3://weather/") +
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (int i = 0; i < 200'000; ++i) lines_.push_back("line " + std::to_string(i));
  }
  /// All lines as an object of some 2 MB.
  void save() { context_.parallelize(lines_, 1).save_as_text_file(path_); }

  static std::unique_ptr<ServerScript> server_;
  static std::unique_ptr<NetworkProxy> proxy_;
  Session session_{"local[2]"};
  Context context_{session_};
  Lines lines_;
  std::string path_;
};

std::unique_ptr<ServerScript> S3NetworkTest::server_;
std::unique_ptr<NetworkProxy> S3NetworkTest::proxy_;

// proves: s3: network faults
TEST_F(S3NetworkTest, ReadsAllWhereConnectionsAreResetInTheMidstOfAnObject) {
  save();
  RDD<std::string_view> file = context_.text_file(path_);
  proxy_->tell("reset-after 300000 2");

  EXPECT_EQ(file.collect(), lines_);

  EXPECT_EQ(proxy_->met(), 2);
}

// proves: s3: network faults
TEST_F(S3NetworkTest, TakesNoObjectForWholeWhoseBytesEndTooEarly) {
  save();
  RDD<std::string_view> file = context_.text_file(path_);
  proxy_->tell("end-after 300000 2");

  EXPECT_EQ(file.collect(), lines_);

  EXPECT_EQ(proxy_->met(), 2);
}

// proves: s3: network faults
// proves: weather: S3 answers 503
TEST_F(S3NetworkTest, AsksAgainWhereTheServerIsBusy) {
  save();
  proxy_->tell("answer 503 3");

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);

  EXPECT_EQ(proxy_->met(), 3);
}

// proves: s3: auth and TLS messages; s3: secrets redacted
// proves: weather: S3 answers 403; weather: credentials wrong
TEST_F(S3NetworkTest, SaysThatItIsRefusedWithoutShowingAKey) {
  save();
  proxy_->tell("answer 403");

  std::string failure = error_of([&] { (void)context_.text_file(path_).collect(); });

  EXPECT_THAT(failure, HasSubstr("s3://weather/"));
  EXPECT_THAT(failure, HasSubstr("ACCESS_DENIED"));
  EXPECT_THAT(failure, Not(HasSubstr(secret)));
}

TEST_F(S3NetworkTest, ReadsAllWhereAnswersComeLateAndSlowly) {
  save();
  proxy_->tell("rate 1000000");

  EXPECT_EQ(context_.text_file(path_).collect(), lines_);

  EXPECT_GT(proxy_->met(), 0);
}

TEST_F(S3NetworkTest, WritesEachBatchOnceWhereAnswersAreLost) {
  {
    testing::VirtualStreams streams;
    streams.given<std::string>({{"one", "two"}, {"three"}})
        .write_to("files", {{"path", path_}, {"format", "json"}});
    proxy_->tell("reset-after 0 3");
    streams.run_batches(2);
    auto failure = streams.failure();
    EXPECT_FALSE(failure) << failure->to_string();
  }

  EXPECT_EQ(proxy_->met(), 3);
  EXPECT_EQ(context_.text_file(path_).collect(),
            (Lines{"{\"value\":\"one\"}", "{\"value\":\"two\"}", "{\"value\":\"three\"}"}));
}

TEST_F(S3NetworkTest, KnowsAnObjectAsItsOwnWhoseAnswerWasLost) {
  auto s3 = session_.files().resolve(path_).value();
  ASSERT_TRUE(s3.system->create_if_absent(s3.path + "/a", "first").ok());
  proxy_->tell("reset-after 0 2");

  Status created = s3.system->create_if_absent(s3.path + "/b", "second");

  EXPECT_TRUE(created.ok()) << created.to_string();
  EXPECT_EQ(proxy_->met(), 2);
  EXPECT_EQ(context_.text_file(path_ + "/b").collect(), Lines{"second"});
}

TEST_F(S3NetworkTest, WritesPlainlyWhereTheServerDoesNotKnowTheCondition) {
  // Another scheme is another client, which has not tried the server yet.
  auto s3 = session_.files().resolve("s3a" + path_.substr(2)).value();
  proxy_->tell("omit if-none-match");
  LogLevel before = log_level();
  set_log_level(LogLevel::info);
  ::testing::internal::CaptureStderr();

  Status created = s3.system->create_if_absent(s3.path + "/a", "bytes");

  std::string said = ::testing::internal::GetCapturedStderr();
  set_log_level(before);
  proxy_->tell("omit nothing");
  EXPECT_TRUE(created.ok()) << created.to_string();
  EXPECT_THAT(said, HasSubstr("s3a" + path_.substr(2) +
                              ": files are created plain: the server ignores If-None-Match"));
  EXPECT_EQ(s3.system->create_if_absent(s3.path + "/a", "others").code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(context_.text_file(path_ + "/*").collect(), Lines{"bytes"});
}

}  // namespace
}  // namespace thalweg
