// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "thalweg/dstream/graph.h"
#include "thalweg/dstream/recovery/checkpoint_content.h"
#include "thalweg/state/checkpoint/checkpoint_directory.h"
#include "thalweg/state/wal/log_writer.h"

namespace thalweg {

/// When and how a streaming context is made able to go on after a crash.
struct RecoveryOptions {
  /// States are written this often; what came since is computed again after a crash.
  Duration checkpoint_interval = std::chrono::seconds(10);
  /// After a restart the batches of the time in between are not made.
  bool skip_missed_batches = false;
  /// What a receiver got is on disk before it is acknowledged. Without, what was received and not
  /// yet worked on is lost in a crash.
  bool write_ahead_log = true;
  /// Stateful operators of the checkpoint that this program has no more, and that may be forgotten.
  std::set<std::string> forget_states = {};
};

/// Makes the batches of a streaming context survive: writes down what is in each before it runs,
/// and from time to time the states; and leads a new run to where the last one was.
///
/// After a crash the batches since the last checkpoint are made again of the same content. Those
/// whose outputs had all been written only bring the states up; the others run.
///
/// Thread safety: plan() on the thread that makes batches, complete() on the one that runs them;
/// the rest before both.
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

  /// Where the last run was; nothing where there was none.
  struct Past {
    Time began;
    Time zero;
    Time completed;                ///< The states are those after this batch.
    std::map<Time, bool> batches;  ///< Later ones that were planned: true when they are done.
  };
  [[nodiscard]] const std::optional<Past>& past() const { return past_; }

  /// Gives the states to the stateful streams and the plans to the inputs. After the graph was
  /// prepared, before inputs start.
  /// Errors: invalid_argument where the program does not fit what was saved, saying what to do.
  Status restore();

  /// Begins to write. `began` and `zero` are those of the first run.
  Status begin(Time began, Time zero);

  /// Writes down what is in a batch. It survives a crash once this returns.
  Status plan(Time time);
  /// Writes down that a batch is done, unless an earlier run did, and the states where it is time
  /// for that.
  Status complete(Time time, bool done_before);
  /// Writes the states now, if any batch was completed since.
  Status checkpoint();

 private:
  struct Operator;

  Recovery(std::shared_ptr<StreamGraph> graph, RecoveryOptions options, std::string directory);
  Status read_log(std::uint64_t first_segment);
  /// Refuses operators without names where those of their kind are not the checkpoint's.
  Status check_numbers() const;
  Status restore_states();
  Status restore_inputs();
  Status append(const BatchRecord& record);
  Status write_epoch(Time time);
  Result<std::vector<SavedState>> write_states(Time time, std::vector<CheckpointFile>* files);
  void forget_plans(Time completed);

  const std::shared_ptr<StreamGraph> graph_;
  const RecoveryOptions options_;
  const std::string directory_;
  std::shared_ptr<FileSystem> files_;
  std::string path_;
  std::unique_ptr<CheckpointDirectory> epochs_;
  std::optional<Epoch> latest_;
  CheckpointContent saved_;  ///< Of the latest epoch, or what the next one begins with.
  std::optional<Past> past_;
  std::vector<Operator> operators_;
  std::uint64_t previous_segment_ = 0;
  Time last_written_;

  std::mutex mutex_;  ///< Over the log and the plans.
  std::unique_ptr<LogWriter> log_;
  std::map<Time, BatchPlan> plans_;
  std::optional<Time> completed_;  ///< Since the last epoch.
};

}  // namespace thalweg
