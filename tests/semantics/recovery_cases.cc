// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "case_operators.h"
#include "thalweg/runtime/task_context.h"
#include "thalweg/testing/temporary_directory.h"

// The cases in which a second run goes on where the first one was stopped.

namespace thalweg::semantics {
namespace {

using testing::TemporaryDirectory;
using testing::VirtualStreams;

/// Waits until the batch at `time` has run, however many are made again before it. False when one
/// failed.
bool wait_for_batch(VirtualStreams& streams, Time time) {
  for (std::size_t count = 1;; ++count) {
    streams.counter().wait_for(count);
    auto reports = streams.counter().reports();
    if (reports.size() < count || streams.failure()) return false;
    if (reports[count - 1].batch_time >= time) return true;
  }
}

/// What the case's stream gives from `start` until the batch at `end`, after which it is stopped.
testing::Batches<std::string> run_until(const json& facts, const std::string& directory, Time start,
                                        Time end) {
  const Duration interval = millis(facts["batch_ms"]);
  VirtualStreams streams(interval, {}, "local[2]", start);
  RecoveryOptions options;
  if (facts.contains("checkpoint_ms")) options.checkpoint_interval = millis(facts["checkpoint_ms"]);
  streams.context().checkpoint(directory, options);
  auto batches = streams.collect(stream_of(streams, facts));
  streams.start();
  for (Time time = start + interval; time <= end; time = time + interval) {
    streams.clock().advance(interval);
    if (!wait_for_batch(streams, time)) break;
  }
  auto failure = streams.failure();
  EXPECT_FALSE(failure) << failure->message();
  streams.context().stop();
  return *batches;
}

void two_runs(const json& facts) {
  TemporaryDirectory directory;
  const Duration interval = millis(facts["batch_ms"]);
  const Time stop(interval * facts["recovery"]["stop_after_batches"].get<int>());
  auto batches = run_until(facts, directory.path(), Time(), stop);
  auto more = run_until(facts, directory.path(), stop, Time(interval * facts["input"].size()));
  batches.insert(batches.end(), more.begin(), more.end());
  EXPECT_EQ(testing::sorted(batches), testing::sorted(texts_of(facts["expected"])));
}

/// Counts the batches that have been made.
class MadeBatches final : public StreamingListener {
 public:
  void on_batch_submitted(const BatchReport&) override {
    ++count_;
    count_.notify_all();
  }
  void wait_for(int count) {
    for (int made = count_; made < count; made = count_) count_.wait(made);
  }

 private:
  std::atomic<int> count_ = 0;
};

/// A run of a case whose files hold numbers: a sum of them in a long window.
struct FileSums {
  /// The task that comes to a number equal to `stops_at` waits until it is cancelled.
  FileSums(const json& facts, const TemporaryDirectory& directory, Time start,
           const std::string& stops_at = "")
      : interval(millis(facts["batch_ms"])),
        files(directory.path("files")),
        streams(interval, {}, "local[2]", start) {
    std::filesystem::create_directories(files);
    // Each batch is its own checkpoint, so that those which ran are not made again.
    RecoveryOptions options;
    options.checkpoint_interval = Duration(0);
    streams.context().checkpoint(directory.path("checkpoints"), options);
    streams.context().add_listener(made);
    auto numbers =
        streams.context().text_file_stream(files).map([this, stops_at](std::string_view line) {
          if (line == stops_at) wait_until_cancelled();
          return std::string(line);
        });
    sums = streams.collect(numbers.reduce_by_window(
        merging(facts["params"]["fn"]), interval * facts["params"]["window_batches"].get<int>()));
    streams.start();
  }

  void wait_until_cancelled() {
    reached = true;
    reached.notify_all();
    std::atomic<bool> stopped{false};
    std::stop_callback when_stopped(TaskContext::current()->stop, [&] {
      stopped = true;
      stopped.notify_all();
    });
    stopped.wait(false);
    throw std::runtime_error("the program was stopped");
  }

  /// Numbers that were added up.
  [[nodiscard]] std::vector<int> outputs() const {
    std::vector<int> all;
    for (const auto& batch : *sums) {
      for (const auto& sum : batch) all.push_back(std::stoi(sum));
    }
    return all;
  }

  /// Numbers whose files belong to a batch that is still known.
  std::vector<int> recorded(const json& numbers) {
    InputNode& input = *streams.context().graph()->inputs().front();
    std::set<int> found;
    for (Time time = Time() + interval; time <= streams.clock().now(); time = time + interval) {
      std::string plan = input.plan_of(time);
      for (const int number : numbers) {
        if (plan.find(files + "/" + std::to_string(number)) != std::string::npos) {
          found.insert(number);
        }
      }
    }
    return {found.begin(), found.end()};
  }

  const Duration interval;
  const std::string files;
  const std::shared_ptr<MadeBatches> made = std::make_shared<MadeBatches>();
  std::atomic<bool> reached = false;
  VirtualStreams streams;
  std::shared_ptr<const testing::Batches<std::string>> sums;
};

void write_number(const TemporaryDirectory& directory, const json& number, Time time) {
  touch(directory.write("files/" + number.dump(), number.dump() + "\n"), time);
}

void file_stream_recovery(const json& facts) {
  TemporaryDirectory directory;
  const Duration interval = millis(facts["batch_ms"]);
  Time now;
  std::vector<int> outputs;
  {
    const json& files = facts["files_before_stop"];
    const std::size_t interrupted = facts["interrupted_batch"];
    FileSums first(facts, directory, Time(), files[interrupted - 1].dump());
    VirtualClock& clock = first.streams.clock();
    // Files come between two batches.
    clock.advance(interval / 2);
    for (std::size_t i = 0; i < files.size(); ++i) {
      write_number(directory, files[i], clock.now());
      clock.advance(interval);
      if (i + 1 < interrupted) first.streams.counter().wait_for(i + 1);
    }
    first.reached.wait(false);
    // One more batch is made, and waits behind the one that is interrupted.
    clock.advance(interval);
    first.made->wait_for(static_cast<int>(files.size()) + 1);
    EXPECT_EQ(first.recorded(files), files.get<std::vector<int>>());
    now = clock.now();
    first.streams.context().stop();
    outputs = first.outputs();
    EXPECT_EQ(outputs, facts["expected_before_stop"].get<std::vector<int>>());
  }
  for (const auto& number : facts["files_while_down"]) {
    write_number(directory, number, now);
    now = now + interval;
  }

  FileSums second(facts, directory, now);
  const std::size_t rerun = facts["batches_rerun_on_restart"];
  ASSERT_TRUE(wait_for_batch(second.streams, now.floor(interval)));
  EXPECT_EQ(second.streams.counter().reports().size(), rerun);
  for (const auto& number : facts["files_after"]) {
    write_number(directory, number, now);
    second.streams.clock().advance(interval);
    now = now + interval;
    ASSERT_TRUE(wait_for_batch(second.streams, now.floor(interval)));
  }
  const json& all = facts["recorded_files_after"];
  EXPECT_EQ(second.recorded(all), all.get<std::vector<int>>());
  for (int sum : second.outputs()) outputs.push_back(sum);
  EXPECT_EQ(std::set<int>(outputs.begin(), outputs.end()),
            facts["expected_all_outputs_set"].get<std::set<int>>());
}

}  // namespace

bool run_recovery(const json& facts) {
  if (facts["op"] == "fileStreamRecovery") {
    file_stream_recovery(facts);
  } else if (facts.contains("recovery")) {
    two_runs(facts);
  } else {
    return false;
  }
  return true;
}

}  // namespace thalweg::semantics
