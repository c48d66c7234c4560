// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/s3/s3_files.h"

#include <stdlib.h>

#include <string>

#include <gtest/gtest.h>

#include "thalweg/testing/line_server.h"

namespace thalweg::s3 {
namespace {

using testing::LineServer;
using testing::Reply;

// What a server does that is not well; tests/files/s3_test.cc has one that is.
class S3FilesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::setenv("AWS_ACCESS_KEY_ID", "any", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-shown", 1);
    ::setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
    ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  }

  /// The failure to read an object of the server at `port`.
  static Status reading_from(std::uint16_t port) {
    auto files =
        make_s3_files({"s3", "http://127.0.0.1:" + std::to_string(port)}, SystemClock::instance());
    if (!files.ok()) return files.status();
    return files.value()->open_read("bucket/key").status();
  }

  static Reply http(const std::string& status, const std::string& body) {
    return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\nConnection: close\r\n\r\n" + body,
            Reply::End::hang, 0};
  }
};

TEST_F(S3FilesTest, SaysThatNobodyAnswers) {
  Status status = reading_from(LineServer::unused_port());

  EXPECT_EQ(status.code(), ErrorCode::unavailable) << status.to_string();
  EXPECT_TRUE(status.message().starts_with("file not found: s3://bucket/key ("))
      << status.message();
}

TEST_F(S3FilesTest, SaysThatAccessIsDenied) {
  LineServer server(http("403 Forbidden", ""));

  Status status = reading_from(server.port());

  EXPECT_EQ(status.code(), ErrorCode::unavailable);
  EXPECT_NE(status.message().find("ACCESS_DENIED"), std::string::npos) << status.message();
  EXPECT_EQ(status.message().find("not-to-be-shown"), std::string::npos);
}

TEST_F(S3FilesTest, TriesAFewTimesWhenTheServerIsOverloaded) {
  LineServer server(http("503 Slow Down", ""));

  Status status = reading_from(server.port());

  EXPECT_EQ(status.code(), ErrorCode::unavailable) << status.to_string();
  EXPECT_GE(server.client_count(), 3U);
  EXPECT_LE(server.client_count(), 12U);
}

TEST_F(S3FilesTest, SaysThatTheServerHangsUp) {
  LineServer server(Reply{"", Reply::End::reset, 0});

  Status status = reading_from(server.port());

  EXPECT_EQ(status.code(), ErrorCode::unavailable) << status.to_string();
}

}  // namespace
}  // namespace thalweg::s3
