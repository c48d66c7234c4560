// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/socket_receiver.h"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"
#include "thalweg/testing/line_server.h"
#include "thalweg/testing/receiver_events.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::LineServer;
using testing::ReceiverEvents;
using testing::Reply;
using testing::VirtualStreams;

std::optional<int> next_number(std::istream& in) {
  int number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

/// Numbers from a server on this machine. Time is virtual, the network is not: batches are made
/// until what must come has come.
class SocketReceiverTest : public ::testing::Test {
 protected:
  using Converter = std::function<std::optional<int>(std::istream&)>;

  void start(int port, Converter converter = next_number) {
    batches_ = streams_.collect(
        streams_.context().socket_stream<int>("127.0.0.1", port, std::move(converter)));
    streams_.context().add_listener(events_);
    streams_.start();
  }
  /// Makes batches until there are `count` numbers.
  std::vector<int> numbers(std::size_t count) {
    std::vector<int> all;
    while (all.size() < count) {
      streams_.run_batches(1);
      all.clear();
      for (const auto& batch : *batches_) all.insert(all.end(), batch.begin(), batch.end());
    }
    return all;
  }
  std::string first_error() { return events_->wait_for(2)[1]; }
  static std::string ended(const LineServer& server) {
    return "error the server at 127.0.0.1:" + std::to_string(server.port()) +
           " has ended, or what it sent could not be read";
  }

  VirtualStreams streams_{1s, {}, "local[1]"};
  std::shared_ptr<ReceiverEvents> events_ = std::make_shared<ReceiverEvents>();
  std::shared_ptr<const Batches<int>> batches_;
};

TEST_F(SocketReceiverTest, ConnectsAgainWhenTheServerEnds) {
  LineServer server({Reply{"1 2 "}, Reply{"3 ", Reply::End::hang}});
  start(server.port());

  EXPECT_EQ(numbers(3), (std::vector{1, 2, 3}));
  EXPECT_EQ(first_error(), ended(server));
  EXPECT_EQ(server.client_count(), 2u);
}

TEST_F(SocketReceiverTest, ConnectsAgainWhenTheConverterReturnsNothing) {
  LineServer server({Reply{"1 two 3 ", Reply::End::hang}, Reply{"4 ", Reply::End::hang}});
  start(server.port());

  EXPECT_EQ(numbers(2), (std::vector{1, 4}));
  EXPECT_EQ(first_error(), ended(server));
}

TEST_F(SocketReceiverTest, ConnectsAgainWhenTheConverterThrows) {
  LineServer server({Reply{"1 -1 2 ", Reply::End::hang}, Reply{"3 ", Reply::End::hang}});
  start(server.port(), [](std::istream& in) {
    auto number = next_number(in);
    if (number && *number < 0) throw std::runtime_error("below zero");
    return number;
  });

  EXPECT_EQ(numbers(2), (std::vector{1, 3}));
  EXPECT_EQ(first_error(), "error below zero");
}

TEST_F(SocketReceiverTest, SaysThatTheConnectionWasLost) {
  LineServer server({Reply{"1 ", Reply::End::hang}, Reply{"2 ", Reply::End::hang}});
  start(server.port());
  EXPECT_EQ(numbers(1), std::vector{1});

  server.end_clients(Reply::End::reset);

  EXPECT_EQ(numbers(2), (std::vector{1, 2}));
  EXPECT_NE(first_error().find("127.0.0.1:" + std::to_string(server.port())), std::string::npos)
      << first_error();
  EXPECT_NE(first_error(), ended(server));
}

TEST_F(SocketReceiverTest, SaysThatNobodyListens) {
  start(LineServer::unused_port());

  EXPECT_NE(first_error().find("refused"), std::string::npos) << first_error();
}

TEST_F(SocketReceiverTest, ANumberInPiecesIsOneNumber) {
  LineServer server({"12345 67 ", Reply::End::hang, 1});
  start(server.port());

  EXPECT_EQ(numbers(2), (std::vector{12345, 67}));
}

TEST_F(SocketReceiverTest, AServerThatSendsNothingDoesNotHoldTheStop) {
  LineServer server;
  start(server.port());
  server.wait_for_clients(1);

  streams_.context().stop(true);

  EXPECT_EQ(streams_.context().state(), StreamingState::stopped);
}

}  // namespace
}  // namespace thalweg
