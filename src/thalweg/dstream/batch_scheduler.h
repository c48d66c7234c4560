// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "thalweg/common/bounded_queue.h"
#include "thalweg/dstream/graph.h"
#include "thalweg/dstream/node.h"
#include "thalweg/dstream/recovery/recovery.h"

namespace thalweg {

/// Makes a batch at every interval and runs the batches one after the other. Two threads: one waits
/// for the clock and makes the jobs, so that a batch that takes long delays the next ones but
/// loses none; one runs them.
///
/// Thread safety: all methods may be called concurrently.
class BatchScheduler {
 public:
  /// `on_change` is called, on the scheduler's threads, when outcome() may have changed.
  /// `recovery`: null where nothing is to survive a crash.
  BatchScheduler(std::shared_ptr<StreamGraph> graph, std::size_t queued_batches_max,
                 bool stop_at_end, std::unique_ptr<Recovery> recovery,
                 std::function<void()> on_change);
  ~BatchScheduler();

  /// Starts inputs and threads. The first batch is at the next multiple of the interval.
  /// Errors: throws Error when an input can't start; nothing runs then.
  void start();

  /// Graceful: receives no more, makes batches of all that was received, and runs them. Else: lets
  /// go of waiting batches and stops the running one within a chunk of each of its tasks.
  /// May be called again: a second call that is not graceful cuts a graceful one short.
  void stop(bool graceful);

  /// What await_termination() wants to know.
  struct Outcome {
    bool finished = false;          ///< All inputs ended and every batch ran, or stop() is through.
    std::optional<Status> failure;  ///< The first of any batch.
  };
  [[nodiscard]] Outcome outcome() const;

  [[nodiscard]] std::int64_t completed_batch_count() const;
  /// True on the two threads, where stop() must not wait.
  [[nodiscard]] static bool on_own_thread();

 private:
  struct BatchJobs {
    BatchReport report;
    std::vector<std::optional<OutputNode::Job>> jobs;  ///< As report.outputs.
    bool done_before = false;  ///< By an earlier run: only states have to be brought up.
    int partitions = 0;        ///< Where an earlier run had planned it.
  };

  void generate_loop(const std::stop_token& stop);
  void run_loop();
  /// False when nothing more can be queued. `made`: whether every output has its job.
  /// `from_past`: what an earlier run had planned of it.
  bool make_batch(Time time, bool& made, const Recovery::PastBatch* from_past = nullptr);
  /// Makes the batches that an earlier run had planned. False when nothing more can be queued.
  bool make_past_batches();
  /// Divides stateful streams as said, once every batch that was made has run. False when there
  /// is no more use in going on.
  bool divide_states(const std::map<std::string, int>& partitions, Time last);
  void continue_from_past(Time now);
  Result<BatchJobs> make_jobs(Time time);
  void run_batch(BatchJobs& batch);
  /// What follows the outputs of a batch: states, and what recovery writes down.
  void finish_batch(Time time, bool done_before);
  /// Computes what every stateful stream keeps of a batch.
  Status advance_state(Time time);
  Status run_output(OutputOperation& output, const OutputNode::Job& job);
  /// Tells the outputs that no batch comes any more.
  void end_outputs();
  void fail(Status status);
  [[nodiscard]] bool failed() const;
  bool inputs_ended() const;
  bool inputs_waiting() const;

  const std::shared_ptr<StreamGraph> graph_;
  const bool stop_at_end_;
  std::unique_ptr<Recovery> recovery_;  ///< Until the scheduler stops.
  const std::function<void()> on_change_;
  Clock& clock_;
  BoundedQueue<BatchJobs> queue_;
  std::stop_source cancel_jobs_;
  std::atomic<bool> halted_{false};  ///< A batch failed and later ones must not pass it.
  Time next_time_;

  std::mutex stopping_;  ///< One stop() at a time.
  bool stopped_ = false;
  mutable std::mutex mutex_;
  Outcome outcome_;
  std::int64_t completed_batches_ = 0;
  std::int64_t batches_queued_ = 0;
  std::int64_t batches_left_ = 0;  ///< Taken from the queue and run, or not.
  std::condition_variable_any batch_left_;
  std::jthread generator_;
  std::thread runner_;
};

}  // namespace thalweg
