// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/connection_check.h"

#include <gtest/gtest.h>

#include "thalweg/testing/line_server.h"

namespace thalweg {
namespace {

using testing::LineServer;

class ConnectionCheckTest : public ::testing::Test {
 protected:
  /// "options passed: host=a port=1; resolve failed: ...".
  std::string steps(std::string_view name, const OptionTexts& options, bool write = false) {
    std::string text;
    for (const auto& step : check_connection(name, options, write, context_)) {
      text += (text.empty() ? "" : "; ") + step.name + " " + std::string(to_string(step.outcome)) +
              ": " + step.text;
    }
    return text;
  }

  MemoryBudget memory_{1 << 20};
  FileSystems files_;
  ConnectorContext context_{SystemClock::instance(), memory_, files_, {}};
};

TEST_F(ConnectionCheckTest, GoesUpToARecordThatAServerSends) {
  LineServer server(testing::Reply{"hello\nagain\n"});
  std::string port = std::to_string(server.port());

  EXPECT_EQ(steps("socket", {{"host", "127.0.0.1"}, {"port", port}}),
            "options passed: host=127.0.0.1 port=" + port +
                "; resolve passed: 127.0.0.1; connect passed: 127.0.0.1:" + port +
                "; tls skipped: the options ask for none; authentication skipped: the options ask "
                "for none; permission passed: may look; sample passed: 127.0.0.1:" +
                port + ": \"hello\"");
}

TEST_F(ConnectionCheckTest, StopsWhereNobodyListens) {
  EXPECT_EQ(steps("socket", {{"host", "127.0.0.1"}, {"port", "1"}}),
            "options passed: host=127.0.0.1 port=1; resolve passed: 127.0.0.1; connect failed: no "
            "connection: 127.0.0.1:1 (Connection refused); see that a server listens there, and "
            "that no firewall is in between");
}

TEST_F(ConnectionCheckTest, StopsAtOptionsThatAreRefused) {
  EXPECT_EQ(steps("sokcet", {}).substr(0, 60),
            "options failed: connector not found: \"sokcet\"; did you mean ");
  EXPECT_EQ(steps("console", {}).substr(0, 53),
            "options failed: connector console can't be read from;");
}

// proves: rate: connect test
TEST_F(ConnectionCheckTest, ReadsASampleOfASourceWithoutAServer) {
  std::string said = steps("rate", {{"rows_per_second", "1000"}});

  EXPECT_NE(said.find("connect skipped: no option names a host"), std::string::npos) << said;
  EXPECT_NE(said.find("sample passed: "), std::string::npos) << said;
}

// proves: files: connect test
TEST_F(ConnectionCheckTest, NamesAPathWithoutFiles) {
  std::string said = steps("files", {{"path", "/no/such/directory"}});

  EXPECT_TRUE(
      said.ends_with("sample failed: there is nothing to read: no such topic, table or "
                     "directory yet: path=/no/such/directory; check its name"))
      << said;
}

// proves: console: connect test
TEST_F(ConnectionCheckTest, ASinkWithoutAServerIsAskedNothing) {
  std::string said = steps("console", {}, true);

  EXPECT_NE(said.find("options passed"), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("sample skipped: nothing is written by a test")) << said;
}

// proves: memory: connect test
TEST_F(ConnectionCheckTest, GoesTheWayOfASinkAndWritesNothing) {
  std::string said = steps("memory", {{"name", "checked"}}, true);

  EXPECT_TRUE(said.ends_with("sample skipped: nothing is written by a test")) << said;
}

}  // namespace
}  // namespace thalweg
