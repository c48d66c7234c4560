// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/socket/source.h"

#include <poll.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/connectors/registry.h"
#include "thalweg/testing/line_server.h"

namespace thalweg::socket {
namespace {

using namespace std::chrono_literals;
using testing::LineServer;
using testing::Reply;

constexpr std::size_t all_rows = 1'000'000;
/// Long enough that a test which has to wait for it has failed.
constexpr Duration for_ever = 60s;

class SocketSourceTest : public ::testing::Test {
 protected:
  std::unique_ptr<Source> source(std::uint16_t port, OptionTexts options = {},
                                 std::string host = "127.0.0.1") {
    options.emplace("host", std::move(host));
    options.emplace("port", std::to_string(port));
    ConnectorContext context{SystemClock::instance(), memory_, files_, stop_.get_token()};
    auto made = make_source("socket", options, context);
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    return std::move(made).value();
  }

  Result<std::unique_ptr<PartitionReader>> open(std::uint16_t port, OptionTexts options = {},
                                                std::string host = "127.0.0.1") {
    auto made = source(port, std::move(options), std::move(host));
    return made->open(made->discover("").value().partitions.at(0), Position());
  }

  std::unique_ptr<PartitionReader> reader(const LineServer& server, OptionTexts options = {}) {
    auto opened = open(server.port(), std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    return std::move(opened).value();
  }

  /// Everything until the source ends or fails; what was rejected is added to `rejected_`.
  std::string read_all(PartitionReader& from) {
    std::string text;
    while (!from.finished()) {
      auto polled = from.poll(all_rows, for_ever);
      if (!polled.ok()) {
        failure_ = polled.status();
        break;
      }
      text += polled.value().batch.text();
      for (auto& rejected : polled.value().rejected) rejected_.push_back(std::move(rejected));
    }
    return text;
  }

  MemoryBudget memory_{1 << 30};
  FileSystems files_;
  std::stop_source stop_;
  Status failure_;
  std::vector<Rejected> rejected_;
};

// proves: socket: round trip
TEST_F(SocketSourceTest, ReadsLinesUntilTheEnd) {
  LineServer server(Reply{"one\ntwo\r\n\nfour\n"});
  auto lines = reader(server);
  EXPECT_EQ(read_all(*lines), "one\ntwo\r\n\nfour\n");
  EXPECT_TRUE(failure_.ok());
  EXPECT_EQ(lines->position().text, "offset=15");
}

TEST_F(SocketSourceTest, ReadsALastLineWithoutNewline) {
  LineServer server(Reply{"one\ntwo"});
  EXPECT_EQ(read_all(*reader(server)), "one\ntwo\n");
}

TEST_F(SocketSourceTest, ReadsFragments) {
  std::string sent;
  for (int i = 0; i < 500; ++i) sent += "line " + std::to_string(i) + "\r\n";
  LineServer server(Reply{sent, Reply::End::close, 3});
  EXPECT_EQ(read_all(*reader(server)), sent);
}

TEST_F(SocketSourceTest, ReadsAnEmptyStream) {
  LineServer server(Reply{""});
  EXPECT_EQ(read_all(*reader(server)), "");
}

TEST_F(SocketSourceTest, PassesBytesThatAreNotUtf8) {
  std::string sent("\xFF\xFE\0\x80 \n\xC3\n", 8);
  LineServer server(Reply{sent});
  EXPECT_EQ(read_all(*reader(server)), sent);
}

TEST_F(SocketSourceTest, ReadsMoreThanFitsIntoOneRead) {
  std::string sent;
  for (int i = 0; i < 100'000; ++i) sent += "line number " + std::to_string(i) + "\n";
  LineServer server(Reply{sent});
  EXPECT_EQ(read_all(*reader(server)), sent);
}

// proves: socket: malformed; socket: limits
TEST_F(SocketSourceTest, RejectsALongLineAndGoesOn) {
  LineServer server(Reply{"short\n" + std::string(2000, 'x') + "\nafter\n"});
  EXPECT_EQ(read_all(*reader(server, {{"line_bytes_max", "1000"}})), "short\nafter\n");
  ASSERT_EQ(rejected_.size(), 1U);
  EXPECT_EQ(rejected_[0].position.text, "offset=6");
  EXPECT_EQ(rejected_[0].bytes, std::string(2000, 'x'));
}

// proves: socket: network faults
TEST_F(SocketSourceTest, ReturnsNothingFromAServerThatHangs) {
  LineServer server;
  auto lines = reader(server);
  auto polled = lines->poll(all_rows, 1ms);
  ASSERT_TRUE(polled.ok());
  EXPECT_TRUE(polled.value().batch.empty());
  EXPECT_FALSE(lines->finished());
}

TEST_F(SocketSourceTest, KeepsPartOfALineUntilTheRestComes) {
  LineServer server;
  auto lines = reader(server);
  server.wait_for_clients(1);
  server.send("one\ntw");
  EXPECT_EQ(lines->poll(all_rows, for_ever).value().batch.text(), "one\n");
  server.send("o\n");
  EXPECT_EQ(lines->poll(all_rows, for_ever).value().batch.text(), "two\n");
}

TEST_F(SocketSourceTest, HonoursTheRowsAskedFor) {
  LineServer server(Reply{"a\nb\nc\n"});
  auto lines = reader(server);
  EXPECT_EQ(lines->poll(2, for_ever).value().batch.text(), "a\nb\n");
  EXPECT_EQ(lines->poll(2, for_ever).value().batch.text(), "c\n");
}

// proves: socket: back-pressure
TEST_F(SocketSourceTest, TheServerWaitsWhileNobodyPolls) {
  std::string line = std::string(1023, 'x') + "\n";
  std::string sent;
  for (int i = 0; i < 65'536; ++i) sent += line;
  LineServer server;
  auto lines = reader(server);
  server.wait_for_clients(1);
  server.send(sent);

  EXPECT_EQ(lines->poll(1, for_ever).value().batch.text(), line);

  EXPECT_GT(server.unsent_bytes(), sent.size() / 4) << "more was read than was asked for";
  server.end_clients(Reply::End::close);
  EXPECT_EQ(read_all(*lines).size(), sent.size() - line.size());
}

TEST_F(SocketSourceTest, WakeFdIsReadableWhenBytesCome) {
  LineServer server;
  auto lines = reader(server);
  pollfd waited{lines->wake_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&waited, 1, 0), 0);
  server.wait_for_clients(1);
  server.send("one\n");
  EXPECT_EQ(::poll(&waited, 1, 60'000), 1);
  EXPECT_EQ(lines->poll(all_rows, 0s).value().batch.text(), "one\n");
}

TEST_F(SocketSourceTest, RefusedConnectionSaysWhatToDo) {
  std::uint16_t port = LineServer::unused_port();
  auto opened = open(port, {}, "localhost");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().to_string(),
            "unavailable: source socket: connection refused: localhost:" + std::to_string(port) +
                " (Connection refused); start a server there or check \"host\" and \"port\"");
}

TEST_F(SocketSourceTest, UnknownHostSaysWhatToDo) {
  auto opened = open(80, {}, "no such host");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), ErrorCode::unavailable);
  EXPECT_TRUE(
      opened.status().message().starts_with("source socket: host not found: no such host:80 ("));
  EXPECT_TRUE(opened.status().message().ends_with("); check \"host\""));
}

// proves: socket: network faults
TEST_F(SocketSourceTest, ResetIsAFailureAfterTheLinesBeforeIt) {
  LineServer server;
  auto lines = reader(server);
  server.wait_for_clients(1);
  server.send("one\ntw");
  EXPECT_EQ(lines->poll(all_rows, for_ever).value().batch.text(), "one\n");
  server.end_clients(Reply::End::reset);

  EXPECT_EQ(read_all(*lines), "");
  ASSERT_EQ(rejected_.size(), 1U);
  EXPECT_EQ(rejected_[0].bytes, "tw");
  EXPECT_EQ(rejected_[0].reason, "line is not complete: the connection was lost before its end");
  EXPECT_EQ(failure_.to_string(),
            "unavailable: source socket: connection reset by the server: 127.0.0.1:" +
                std::to_string(server.port()) +
                " (Connection reset by peer); look into the server's log");
  EXPECT_FALSE(lines->finished());
}

TEST_F(SocketSourceTest, PollAfterTheEndSaysThatTheServerClosed) {
  LineServer server(Reply{"one\n"});
  auto lines = reader(server);
  EXPECT_EQ(read_all(*lines), "one\n");
  EXPECT_EQ(lines->poll(all_rows, for_ever).status().to_string(),
            "unavailable: source socket: connection closed by the server: 127.0.0.1:" +
                std::to_string(server.port()) +
                "; everything it sent was read, start it again to go on");
}

// proves: socket: server restart
TEST_F(SocketSourceTest, ASecondReaderConnectsAgain) {
  LineServer server({Reply{"one\n"}, Reply{"two\n"}});
  EXPECT_EQ(read_all(*reader(server)), "one\n");
  EXPECT_EQ(read_all(*reader(server)), "two\n");
}

TEST_F(SocketSourceTest, StopEndsAPollThatWaits) {
  LineServer server;
  auto lines = reader(server);
  std::jthread waiting([&] {
    EXPECT_EQ(lines->poll(all_rows, for_ever).status().to_string(),
              "cancelled: source socket: stopped");
  });
  stop_.request_stop();
  waiting.join();
  EXPECT_EQ(lines->poll(all_rows, for_ever).status().code(), ErrorCode::cancelled);
}

TEST_F(SocketSourceTest, StopRefusesAConnection) {
  LineServer server;
  stop_.request_stop();
  EXPECT_EQ(open(server.port()).status().code(), ErrorCode::cancelled);
}

TEST_F(SocketSourceTest, HasOnePartitionThatCannotBeReadTwice) {
  auto lines = source(4242);
  auto found = lines->discover("").value();
  EXPECT_EQ(found.partitions, (std::vector<Partition>{{"127.0.0.1:4242"}}));
  EXPECT_TRUE(lines->discover(found.resume).value().partitions.empty());
  EXPECT_FALSE(lines->replayable());
  EXPECT_EQ(lines->plan(found.partitions[0], {}, 1, 1).status().code(), ErrorCode::unsupported);
  EXPECT_EQ(lines->retry_wait(), 2s);
  EXPECT_EQ(source(4242, {{"reconnect_ms", "50"}})->retry_wait(), 50ms);
}

}  // namespace
}  // namespace thalweg::socket
