// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "thalweg/dstream/graph.h"
#include "thalweg/dstream/recovery/checkpoint_content.h"
#include "thalweg/dstream/recovery/recovery_options.h"
#include "thalweg/dstream/recovery/stateful_operators.h"
#include "thalweg/state/checkpoint/checkpoint_directory.h"
#include "thalweg/state/wal/log_writer.h"

namespace thalweg {

/// Makes the batches of a streaming context survive: writes down what is in each before it runs,
/// and from time to time the states; and leads a new run to where the last one was.
///
/// After a crash the batches since the last checkpoint are made again of the same content. Those
/// whose outputs had all been written only bring the states up; the others run.
///
/// An epoch is drafted between two batches, in the time that copying a few pointers takes, and
/// written on a thread of its own while later batches run: one at a time.
///
/// Thread safety: plan() on the thread that makes batches, complete() and checkpoint() on the one
/// that runs them; the rest before both.
class Recovery {
 public:
  /// Opens the directory and reads what the last run left.
  /// Errors: those of CheckpointDirectory and of the log.
  static Result<std::unique_ptr<Recovery>> open(std::shared_ptr<StreamGraph> graph,
                                                const std::string& directory,
                                                RecoveryOptions options);
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;
  ~Recovery();

  [[nodiscard]] const RecoveryOptions& options() const { return options_; }

  /// A batch that is made again.
  struct PastBatch {
    bool done = false;   ///< Its outputs are written.
    int partitions = 0;  ///< As in its plan.
    std::map<std::string, int> state_partitions;
  };
  /// Where the last run was; nothing where there was none.
  struct Past {
    Time began;
    Time zero;
    Time completed;                     ///< The states are those after this batch.
    std::map<Time, PastBatch> batches;  ///< Later ones that were planned.
  };
  [[nodiscard]] const std::optional<Past>& past() const { return past_; }

  /// Gives the states to the stateful streams and the plans to the inputs. After the graph was
  /// prepared, before inputs start.
  /// Errors: invalid_argument where the program does not fit what was saved, saying what to do.
  Status restore();

  /// Begins to write. `began` and `zero` are those of the first run.
  Status begin(Time began, Time zero);

  /// The stateful streams, for who divides them.
  [[nodiscard]] StatefulOperators& operators() { return operators_; }

  /// Writes down what is in a batch. It survives a crash once this returns.
  Status plan(Time time);
  /// Writes down that a batch is done, unless an earlier run did. Where it is time for that, begins
  /// to write the states; that they could not be written is logged, and the next epoch has them.
  Status complete(Time time, bool done_before);
  /// Writes the states now, if any batch was completed since. Returns when it is done.
  Status checkpoint();

 private:
  struct Draft;

  Recovery(std::shared_ptr<StreamGraph> graph, RecoveryOptions options, std::string directory);
  Status read_log(std::uint64_t first_segment);
  Status restore_inputs();
  Status append(const BatchRecord& record);
  Status begin_epoch();
  void wait_for_writer();
  /// What the epoch of the batch at `time` is to have. Between two batches.
  Result<Draft> draft_epoch(Time time);
  Status write_epoch(Draft draft);
  [[nodiscard]] std::map<std::string, std::string> memories_after(
      const std::map<Time, BatchPlan>& plans) const;
  void forget_plans(Time completed);

  const std::shared_ptr<StreamGraph> graph_;
  const RecoveryOptions options_;
  const std::string directory_;
  std::shared_ptr<FileSystem> files_;
  std::string path_;
  std::optional<Past> past_;

  // The writer's, while there is one.
  std::unique_ptr<CheckpointDirectory> epochs_;
  std::optional<Epoch> latest_;
  CheckpointContent saved_;  ///< Of the latest epoch, or what the next one begins with.
  StatefulOperators operators_;
  std::uint64_t previous_segment_ = 0;
  bool writer_failed_ = false;

  std::optional<Time> completed_;  ///< The last batch that no epoch was drafted of.
  Time last_begun_;
  Time writing_;  ///< The batch of the latest draft.

  std::mutex mutex_;  ///< Over the log and the plans.
  std::unique_ptr<LogWriter> log_;
  std::map<Time, BatchPlan> plans_;

  std::thread writer_;  ///< Of one epoch.
};

}  // namespace thalweg
