// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "case_operators.h"
#include "thalweg/dstream/rate/pid_rate_estimator.h"
#include "thalweg/dstream/receiver/received_blocks.h"
#include "thalweg/rdd/row_block.h"
#include "thalweg/testing/line_server.h"
#include "thalweg/testing/temporary_directory.h"

// The cases that are not one operator on given batches.

namespace thalweg::semantics {
namespace {

using testing::TemporaryDirectory;
using testing::VirtualStreams;
using Texts = std::vector<std::string>;

Texts flat(const testing::Batches<std::string>& batches) {
  Texts all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

std::set<std::string> set_of(const testing::Batches<std::string>& batches) {
  Texts all = flat(batches);
  return {all.begin(), all.end()};
}

void time_floor(const json& facts) {
  for (const auto& row : facts["rows"]) {
    EXPECT_EQ(Time(millis(row[0])).floor(millis(row[1]), Time(millis(row[2]))),
              Time(millis(row[3])))
        << row;
  }
}

void time_multiple_of(const json& facts) {
  for (const auto& row : facts["rows"]) {
    EXPECT_EQ(Time(millis(row[0])).is_multiple_of(millis(row[1])), row[2].get<bool>()) << row;
  }
}

void time_to(const json& facts) {
  for (const auto& row : facts["rows"]) {
    std::vector<Time> expected;
    for (const auto& time : row[3]) expected.emplace_back(millis(time));
    EXPECT_EQ(Time(millis(row[0])).to(Time(millis(row[1])), millis(row[2])), expected) << row;
  }
}

void pid_rate(const json& facts) {
  const json& params = facts["params"];
  BackpressureOptions options;
  options.min_rate = params["min_rate"];
  options.proportional = params["p"];
  options.integral = params["i"];
  options.derived = params["d"];
  PidRateEstimator estimator(millis(params["batch_ms"]), options);
  for (std::size_t i = 0; i < facts["calls"].size(); ++i) {
    const json& call = facts["calls"][i];
    const json& expected = facts["expected_rates"][i];
    auto rate = estimator.compute(Time(millis(call[0])), call[1], call[2], call[3]);
    ASSERT_EQ(rate.has_value(), !expected.is_null()) << call;
    if (rate) {
      EXPECT_NEAR(*rate, expected.get<double>(), 0.1) << call;
    }
  }
}

void slice(const json& facts) {
  VirtualStreams streams;
  auto stream = streams.given<int>({{1}, {2}, {3}, {4}});
  const json& query = facts["params"]["queries"][0];
  std::string error = testing::error_of(
      [&] { (void)stream.slice(Time(millis(query[0])), Time(millis(query[1]))); });
  EXPECT_NE(error.find(facts["expect_error"].get<std::string>()), std::string::npos) << error;
}

/// The records of each batch are known as long as its blocks are.
void input_info_cleanup(const json& facts) {
  Session session("local[1]");
  auto blocks = std::make_shared<ReceivedBlocks>(session.state(), 0);
  std::vector<Time> times;
  for (const auto& report : facts["reports"]) {
    auto block = std::make_shared<RowBlock<int>>();
    block->append_row(1);
    blocks->store(block, report[2], row_codec<int>());
    times.emplace_back(millis(report[0]));
    blocks->allocate(times.back());
  }
  for (const auto& step : facts["steps"]) {
    blocks->forget_before(Time(millis(step["cleanup"])));
    std::vector<Time> kept;
    for (Time time : times) {
      if (!blocks->of_batch(time).empty()) kept.push_back(time);
    }
    std::vector<Time> expected;
    for (const auto& time : step["kept_times"]) expected.emplace_back(millis(time));
    EXPECT_EQ(kept, expected);
  }
}

void file_stream(const json& facts) {
  TemporaryDirectory directory;
  const json& existing = facts["existing_file"];
  touch(
      directory.write(existing["name"].get<std::string>(), existing["content"].get<std::string>()),
      Time(millis(existing["mtime_ms"])));
  VirtualStreams streams(millis(facts["batch_ms"]), {}, "local[2]",
                         Time(millis(facts["clock_start_ms"])));
  FileStreamOptions options;
  options.new_files_only = facts["params"]["new_files_only"].get<bool>();
  auto batches = streams.collect(streams.context().file_stream(directory.path(), options));
  streams.start();
  streams.clock().advance(millis(facts["advance_before_first_file_ms"]));
  std::size_t made = 0;
  for (const std::string name : facts["files"]) {
    touch(directory.write(name, name + "\n"), streams.clock().now());
    streams.clock().advance(millis(facts["batch_ms"]));
    streams.counter().wait_for(++made);
  }
  EXPECT_EQ(set_of(*batches), facts["expected_set"].get<std::set<std::string>>());
  EXPECT_EQ(flat(*batches).size(), facts["expected_set"].size()) << "each file once";
}

void renamed_directory(const json& facts) {
  TemporaryDirectory directory;
  Duration interval = millis(facts["batch_ms"]);
  VirtualStreams streams(interval, {}, "local[2]", Time(5 * interval));
  std::filesystem::create_directories(directory.path("streaming"));
  touch(directory.write("generated/subdir/existing", "existing\n"),
        streams.clock().now() - interval);
  auto batches = streams.collect(streams.context().text_file_stream(
      directory.path(facts["params"]["path"].get<std::string>())));
  streams.run_batches(1);
  touch(directory.write("generated/subdir/renamed.txt", "renamed\n"),
        streams.clock().now() + Duration(1));
  std::filesystem::rename(directory.path("generated/subdir"), directory.path("streaming/subdir"));
  streams.run_batches(1);
  EXPECT_EQ(set_of(*batches), facts["expected_set"].get<std::set<std::string>>());
}

void queue_one_at_a_time(const json& facts) {
  VirtualStreams streams;
  RddQueue<std::string> queue;
  auto batches = streams.collect(streams.context().queue_stream(queue));
  for (const auto& rows : facts["enqueue_before_batch"]) {
    for (const std::string row : rows) {
      queue.push(streams.context().context().parallelize({row}));
    }
    streams.run_batches(1);
  }
  EXPECT_EQ(*batches, facts["expected"].get<testing::Batches<std::string>>());
}

void socket_lines(const json& facts) {
  testing::LineServer server;
  VirtualStreams streams;
  auto batches = streams.collect(streams.context().socket_text_stream("127.0.0.1", server.port()));
  streams.start();
  server.wait_for_clients(1);
  auto expected = facts["expected_flattened"].get<Texts>();
  for (const std::string line : facts["lines"]) server.send(line + "\n");
  while (flat(*batches).size() < expected.size()) streams.run_batches(1);
  EXPECT_EQ(flat(*batches), expected);
  std::int64_t received = 0;
  for (const auto& report : streams.counter().reports()) received += report.record_count();
  EXPECT_EQ(received, facts["expected_metrics"]["totalReceivedRecords"]);
  EXPECT_EQ(streams.session().records_read(), facts["expected_metrics"]["totalProcessedRecords"]);
}

void listener(const json& facts) {
  struct Recorder : StreamingListener {
    void on_batch_submitted(const BatchReport& report) override { submitted.push_back(report); }
    void on_batch_started(const BatchReport& report) override { started.push_back(report); }
    void on_batch_completed(const BatchReport& report) override { completed.push_back(report); }
    std::vector<BatchReport> submitted, started, completed;
  };
  VirtualStreams streams(millis(facts["batch_ms"]));
  auto recorder = std::make_shared<Recorder>();
  streams.context().remove_listener(streams.shared_counter());
  streams.context().add_listener(recorder);
  streams.context().add_listener(streams.shared_counter());
  streams.given<int>({{1}, {2}, {3}, {4}}).for_each_rdd([](const RDD<int>&) {});
  streams.run_batches(4);
  const json& expected = facts["expected_facts"];
  for (const auto* reports : {&recorder->submitted, &recorder->started, &recorder->completed}) {
    EXPECT_EQ(reports->size(), expected["events_each"]);
    for (const auto& report : *reports) {
      EXPECT_EQ(report.record_count(), expected["numRecords"]);
      EXPECT_EQ(report.input_records, (std::map<std::int64_t, std::int64_t>{{0, 1}}));
      EXPECT_EQ(report.scheduling_delay().has_value(), reports != &recorder->submitted);
      EXPECT_EQ(report.processing_delay().has_value(), reports == &recorder->completed);
      EXPECT_EQ(report.total_delay().has_value(), reports == &recorder->completed);
      EXPECT_GE(report.scheduling_delay().value_or(Duration(0)).count(), 0);
      EXPECT_GE(report.processing_delay().value_or(Duration(0)).count(), 0);
    }
  }
}

}  // namespace

void touch(const std::string& path, Time modified) {
  timespec time{modified.micros() / 1'000'000, (modified.micros() % 1'000'000) * 1000};
  const timespec times[] = {time, time};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

bool run_special(const json& facts) {
  static const std::map<std::string, std::function<void(const json&)>> runs{
      {"timeFloor", time_floor},
      {"timeMultipleOf", time_multiple_of},
      {"timeTo", time_to},
      {"pidRate", pid_rate},
      {"slice", slice},
      {"inputInfoCleanup", input_info_cleanup},
      {"fileStream", file_stream},
      {"textFileStream", renamed_directory},
      {"queueStream", queue_one_at_a_time},
      {"socketTextStream", socket_lines},
      {"listener", listener},
  };
  auto found = runs.find(facts["op"]);
  if (found == runs.end()) return run_special_state(facts) || run_recovery(facts);
  found->second(facts);
  return true;
}

}  // namespace thalweg::semantics
