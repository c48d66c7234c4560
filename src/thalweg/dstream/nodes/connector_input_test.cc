// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/connector_input.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/memory_table.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/line_server.h"
#include "thalweg/testing/receiver_events.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::error_of;
using testing::LineServer;
using testing::ReceiverEvents;
using testing::Reply;
using testing::VirtualStreams;
using Lines = std::vector<std::string>;

/// Moves the clock on until the inputs of a context that stops at their end have ended.
void run_to_the_end(VirtualStreams& streams) {
  while (!streams.context().await_termination_or_timeout(Duration(0))) {
    streams.clock().advance(1s);
    std::this_thread::yield();
  }
}

/// Lines from a server on this machine. Time is virtual, the network is not: batches are made until
/// what must come has come.
class SocketTextTest : public ::testing::Test {
 protected:
  void start(int port) {
    batches_ = streams_.collect(streams_.context().socket_text_stream("127.0.0.1", port));
    streams_.context().add_listener(events_);
    streams_.start();
  }
  Lines lines() const {
    Lines all;
    for (const auto& batch : *batches_) all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }
  /// Makes batches until there are `count` lines.
  Lines lines(std::size_t count) {
    while (lines().size() < count) streams_.run_batches(1);
    return lines();
  }
  /// Makes batches until there are `count` dead letters.
  std::vector<DeadLetter> letters(std::size_t count) {
    auto& letters = streams_.session().dead_letters();
    while (letters.count() < static_cast<std::int64_t>(count)) streams_.run_batches(1);
    return letters.latest();
  }

  VirtualStreams streams_{1s, {}, "local[1]"};
  std::shared_ptr<ReceiverEvents> events_ = std::make_shared<ReceiverEvents>();
  std::shared_ptr<const Batches<std::string>> batches_;
};

TEST_F(SocketTextTest, EachLineComesOnceAndInOrder) {
  LineServer server({"one\ntwo\n", Reply::End::hang});
  start(server.port());
  EXPECT_EQ(lines(2), (Lines{"one", "two"}));

  server.send("three\n");

  EXPECT_EQ(lines(3), (Lines{"one", "two", "three"}));
  std::int64_t records = 0;
  for (const auto& report : streams_.counter().reports()) records += report.record_count();
  EXPECT_EQ(records, 3);
  EXPECT_EQ(streams_.session().records_read(), 3);
}

TEST_F(SocketTextTest, LineEndsAreCutAndOtherBytesKept) {
  LineServer server({"crlf\r\n\n\xff\xfe\nna\xc3\xafve\n", Reply::End::hang});
  start(server.port());

  EXPECT_EQ(lines(4), (Lines{"crlf", "", "\xff\xfe", "na\xc3\xafve"}));
}

TEST_F(SocketTextTest, FragmentsBecomeLines) {
  LineServer server({"fragments\nof lines\n", Reply::End::hang, 1});
  start(server.port());

  EXPECT_EQ(lines(2), (Lines{"fragments", "of lines"}));
}

TEST_F(SocketTextTest, TheLastLineNeedsNoEnd) {
  LineServer server({"one\ntwo", Reply::End::close});
  streams_.context().stop_at_end();
  start(server.port());

  run_to_the_end(streams_);

  EXPECT_EQ(lines(), (Lines{"one", "two"}));
}

TEST_F(SocketTextTest, AnEmptyStreamEnds) {
  LineServer server({"", Reply::End::close});
  streams_.context().stop_at_end();
  start(server.port());

  run_to_the_end(streams_);

  EXPECT_EQ(lines(), Lines());
}

TEST_F(SocketTextTest, ConnectsAgainWhenTheServerCloses) {
  LineServer server({Reply{"one\n"}, Reply{"two\n", Reply::End::hang}});
  start(server.port());

  EXPECT_EQ(lines(2), (Lines{"one", "two"}));
  EXPECT_EQ(events_->wait_for(2)[1], "error the other side has ended");
}

TEST_F(SocketTextTest, AResetLosesNoWholeLineAndSaysWhatItCutOff) {
  LineServer server({Reply{"one\ntw", Reply::End::hang}, Reply{"three\n", Reply::End::hang}});
  start(server.port());
  EXPECT_EQ(lines(1), Lines{"one"});

  server.end_clients(Reply::End::reset);

  auto cut_off = letters(1);
  EXPECT_EQ(cut_off[0].bytes, "tw");
  EXPECT_EQ(cut_off[0].position, "offset=4");
  EXPECT_EQ(cut_off[0].reason, "line is not complete: the connection was lost before its end");
  EXPECT_EQ(lines(2), (Lines{"one", "three"}));
  std::string error = events_->wait_for(2)[1];
  EXPECT_NE(error.find("127.0.0.1:" + std::to_string(server.port())), std::string::npos) << error;
}

TEST_F(SocketTextTest, SaysThatNobodyListensAndTriesAgain) {
  auto port = LineServer::unused_port();
  start(port);

  std::string error = events_->wait_for(2)[1];
  EXPECT_NE(error.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << error;
  EXPECT_NE(error.find("refused"), std::string::npos) << error;
  for (int i = 0; i < 3; ++i) streams_.run_batches(1);
  EXPECT_EQ(lines(), Lines());
  EXPECT_EQ(streams_.failure(), std::nullopt);
}

TEST_F(SocketTextTest, AServerThatHangsHoldsNothingUp) {
  LineServer server({"half a li", Reply::End::hang});
  start(server.port());
  server.wait_for_clients(1);
  streams_.run_batches(3);

  streams_.context().stop(true);

  EXPECT_EQ(streams_.context().state(), StreamingState::stopped);
}

TEST_F(SocketTextTest, AnOverlongLineIsADeadLetter) {
  std::string huge((std::size_t{1} << 20) + 1, 'x');
  LineServer server({"a\n" + huge + "\nb\n", Reply::End::hang});
  start(server.port());

  EXPECT_EQ(lines(2), (Lines{"a", "b"}));
  auto rejected = letters(1);
  EXPECT_EQ(rejected[0].position, "offset=2");
  EXPECT_NE(rejected[0].reason.find("1048576"), std::string::npos) << rejected[0].reason;
}

TEST(SocketTextFullDiskTest, WhatWasReceivedIsKeptUntilBlocksCanBeWritten) {
  testing::TemporaryDirectory directory;
  VirtualClock clock;
  SessionOptions session_options;
  session_options.memory_bytes_max = 4 << 20;
  session_options.clock = &clock;
  // A file where the blocks' directory would be: nothing can be written.
  session_options.spill_directory = directory.write("spill", "no directory");
  Session session("local[1]", "test", session_options);
  MemoryCharge others(session.state()->memory);
  others.resize(session_options.memory_bytes_max);
  // So long that no batch takes the block, and frees its memory, before it is to be written.
  StreamingContext context(session, 1h, {.handle_signals = false});
  auto events = std::make_shared<ReceiverEvents>();
  context.add_listener(events);
  LineServer server({"one\n", Reply::End::hang});
  Lines lines;
  context.socket_text_stream("127.0.0.1", server.port())
      .for_each_rdd([&](const RDD<std::string_view>& rdd) {
        for (auto& line : rdd.collect()) lines.push_back(std::move(line));
      });
  context.stop_at_end();
  context.start();
  auto run_until_event = [&](std::size_t count) {
    while (events->reports().size() < count) {
      clock.advance(1ms);
      std::this_thread::yield();
    }
  };
  run_until_event(2);

  server.send("two\n");
  server.end_clients(Reply::End::close);
  std::filesystem::remove(directory.path("spill"));
  run_until_event(3);
  while (!context.await_termination_or_timeout(Duration(0))) clock.advance(1h);

  EXPECT_EQ(lines, (Lines{"one", "two"}));
  EXPECT_TRUE(events->wait_for(3)[1].starts_with("error memory is full, and blocks can't be "))
      << events->wait_for(3)[1];
}

// proves: socket: limits; socket: back-pressure
TEST(SocketTextRateTest, TheHighestRateHoldsWhateverTheServerSends) {
  VirtualStreams streams(1s, {.rates = {.max_rate = 100}}, "local[1]");
  std::string sent;
  for (int i = 0; i < 1000; ++i) sent += std::to_string(i) + "\n";
  LineServer server({sent, Reply::End::hang});
  auto batches = streams.collect(streams.context().socket_text_stream("127.0.0.1", server.port()));

  std::size_t lines = 0;
  for (std::size_t seconds = 1; lines < 1000; ++seconds) {
    streams.run_batches(1);
    lines += batches->back().size();
    EXPECT_LE(lines, 100 * seconds) << "in " << seconds << " s";
  }

  EXPECT_EQ(batches->back().back(), "999");
}

TEST_F(SocketTextTest, RecordsAreReadByAConverter) {
  LineServer server({"1 2 3 ", Reply::End::hang});
  auto numbers = streams_.context().socket_stream<int>("127.0.0.1", server.port(),
                                                       [](std::istream& in) -> std::optional<int> {
                                                         int number = 0;
                                                         if (in >> number) return number;
                                                         return std::nullopt;
                                                       });
  auto batches = streams_.collect(numbers);
  std::vector<int> all;
  while (all.size() < 3) {
    streams_.run_batches(1);
    all.insert(all.end(), batches->back().begin(), batches->back().end());
  }

  EXPECT_EQ(all, (std::vector{1, 2, 3}));
}

struct Tick {
  std::int64_t timestamp = 0;
  std::int64_t value = 0;
};
THALWEG_FIELDS(Tick, timestamp, value)

TEST(ConnectorStreamTest, TheRateSourceFillsADescribedStruct) {
  VirtualStreams streams;
  auto values =
      streams.collect(streams.context()
                          .stream<Tick>("rate", {{"rows_per_second", "10"}, {"row_count", "5"}})
                          .map([](const Tick& tick) { return tick.value; }));
  streams.context().stop_at_end();
  streams.start();
  run_to_the_end(streams);

  std::vector<std::int64_t> all;
  for (const auto& batch : *values) all.insert(all.end(), batch.begin(), batch.end());
  EXPECT_EQ(all, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(ConnectorStreamTest, RefusesWhatItDoesNotKnowWhenTheGraphIsBuilt) {
  VirtualStreams streams;
  auto stream = [&](const std::string& connector, OptionTexts options) {
    return error_of([&] { (void)streams.context().stream<Tick>(connector, std::move(options)); });
  };

  EXPECT_TRUE(stream("rates", {}).starts_with("not_found: ")) << stream("rates", {});
  EXPECT_NE(stream("rate", {{"row_per_second", "1"}}).find("did you mean \"rows_per_second\"?"),
            std::string::npos);
  EXPECT_EQ(stream("memory", {{"name", "t"}}), "unsupported: connector memory can't be read from");
  EXPECT_EQ(error_of([&] { streams.given<int>({}).write_to("rate"); }).substr(0, 13),
            "unsupported: ");
}

TEST(WriteToTest, TheMemorySinkHoldsTheRowsOfEachBatch) {
  VirtualStreams streams;
  auto table = MemoryTable::named("write to test");
  streams.given<Tick>({{Tick{1, 10}, Tick{2, 20}}, {}, {Tick{3, 30}}})
      .write_to("memory", {{"name", "write to test"}});

  streams.run_batches(3);

  EXPECT_EQ(streams.failure(), std::nullopt);
  EXPECT_EQ(table->row_count(), 3u);
  EXPECT_NE(table->text().find("30"), std::string::npos) << table->text();
}

TEST(WriteToTest, AFailedBatchLeavesNothingInTheSink) {
  VirtualStreams streams;
  auto table = MemoryTable::named("failed batch");
  streams.given<int>({{1, 2}, {3}})
      .map([](int x) {
        if (x == 2) throw std::runtime_error("two is odd");
        return Tick{x, x};
      })
      .write_to("memory", {{"name", "failed batch"}});

  streams.run_batches(2);

  EXPECT_EQ(table->row_count(), 1u);
  auto failure = streams.failure();
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message().find("output write_to memory: sink memory: "), std::string::npos)
      << failure->message();
}

TEST(WriteToTest, SmallFilesAreMergedAndTheRestIsSeenOnceTheStreamIsStopped) {
  testing::TemporaryDirectory directory;
  auto names = [&] {
    std::vector<std::string> found;
    auto entries = LocalFileSystem().list(directory.path("out"));
    for (const auto& entry : entries.value()) {
      if (!entry.is_directory) found.emplace_back(base_name(entry.path));
    }
    return found;
  };
  VirtualStreams streams;
  streams.given<Tick>({{Tick{1, 10}}, {Tick{2, 20}}, {Tick{3, 30}}}, 1)
      .write_to("files", {{"path", directory.path("out")},
                          {"format", "json"},
                          {"mergeBytes", "1000"},
                          {"mergeInterval", "1s"}});
  streams.run_batches(3);
  ASSERT_EQ(names(), (std::vector<std::string>{"part-00000000000002000000-merged.json"}));
  EXPECT_EQ(directory.read("out/part-00000000000002000000-merged.json"),
            "{\"timestamp\":1,\"value\":10}\n{\"timestamp\":2,\"value\":20}\n");

  streams.context().stop(true);

  EXPECT_EQ(streams.failure(), std::nullopt);
  EXPECT_EQ(directory.read("out/part-00000000000003000000-end.json"),
            "{\"timestamp\":3,\"value\":30}\n");
}

}  // namespace
}  // namespace thalweg
