// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/connectors/registry.h"
#include "thalweg/dstream/graph.h"
#include "thalweg/dstream/rate/lag_times.h"
#include "thalweg/dstream/rate/rate_limit.h"

namespace thalweg {

/// What a batch has of one partition of a source.
struct SourceRange {
  Partition partition;
  Position from;
  Position until;  ///< The same as `from` where there is nothing.
};

/// How much of a source a batch takes at most, besides what back-pressure allows.
struct PlanLimits {
  std::optional<double> partition_rate_max;  ///< Rows of each partition, a second.
  std::optional<std::int64_t> rows_max;      ///< Of all partitions together.
  std::optional<std::int64_t> bytes_max;     ///< Where the source can tell.

  /// Takes the options that every source has out of `options`: maxRatePerPartition,
  /// maxRecordsPerTrigger (or maxOffsetsPerTrigger) and maxBytesPerTrigger. Those that the
  /// connector lists itself are left to it.
  /// Errors: throws Error(invalid_argument) unless they are positive numbers.
  static PlanLimits take_from(OptionTexts& options, std::string_view connector);
};

/// A connector's source whose batches are ranges that are fixed before they are read: what a batch
/// holds can be written down in a few words, and read again after a crash.
///
///     begin_batch:  discover ── plan each partition ── ranges of the batch
///     tasks:        open(range), read it, as often as the RDD is computed
///     settled:      acknowledge up to where the batch goes
///
/// A partition that is finished is in the plan of the batch that reads its end, and in no later
/// one.
///
/// A source that is unavailable gives batches without rows, and is asked again after a while.
///
/// Thread safety: all methods may be called concurrently.
class PlannedSource {
 public:
  /// `wanted`: the columns that will be read.
  /// Errors: throws Error for an unknown connector, options that it refuses, and a source that
  ///         can't be read twice.
  PlannedSource(StreamGraph& graph, std::int64_t stream_id, std::string connector,
                OptionTexts options, Schema wanted, std::shared_ptr<RateLimit> rate);
  ~PlannedSource();

  /// "kafka subscribe=orders".
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Fixes what the batch at `time` holds. Once a batch, in order.
  void begin_batch(Time time);
  /// Errors: what planning met, but for a source that is unavailable.
  Result<std::vector<SourceRange>> ranges_of(Time time) const;
  /// At most so many, where the source can count.
  [[nodiscard]] std::optional<std::int64_t> records_of(Time time) const;
  /// How far the batch is behind what its partitions had when it was made, where the source can
  /// count; nothing for a batch made while the source was unavailable.
  [[nodiscard]] std::vector<PartitionLag> lags_of(Time time) const;
  /// True when the last batch went as far as there was anything.
  [[nodiscard]] bool caught_up() const;

  /// docs/formats/streaming.md. Never empty once partitions were found.
  [[nodiscard]] std::string plan_of(Time time) const;
  /// In the order of times, before the first begin_batch().
  Status restore(Time time, std::string_view plan);
  /// What the source remembers after the batch at `time`, the last one planned.
  [[nodiscard]] std::string memory_of(Time time);
  /// Before restore().
  Status restore_memory(std::string_view memory);
  /// Lets go of plans, but keeps those of batches that may still be settled().
  void forget_before(Time time);
  /// A restart makes no batch before `time` again.
  void release_before(Time time);
  /// Tells the source that it may forget what comes before the end of the batch; of partitions that
  /// are finished once no batch that has them can be made again.
  void settled(Time time);

  /// A reader that ends where the range does, from `from` on.
  Result<std::unique_ptr<PartitionReader>> open(const SourceRange& range, const Position& from);
  [[nodiscard]] Duration retry_wait() const;

 private:
  /// Finished partitions that wait to be acknowledged; more are not.
  static constexpr std::size_t finished_waiting_max = 1'000'000;

  struct BatchPlan {
    std::vector<SourceRange> ranges;
    std::string resume;
    std::optional<std::int64_t> records;
    std::vector<PartitionLag> lags;
    Status failure;
  };
  /// A finished partition that the source has not been told of.
  struct FinishedRange {
    Time batch;
    Partition partition;
    Position until;
  };

  /// Fills `plan` in; `plan` begins where the last one ended.
  Status make_plan(BatchPlan& plan, bool& caught_up);
  Status plan_partition(SourceRange& range, std::size_t rows_max, BatchPlan& plan);
  /// Rows that the batch may have of each partition, in proportion to how many wait there.
  Result<std::vector<std::size_t>> shares_of(const std::vector<SourceRange>& ranges, bool& counts);
  /// Adds how far the plan is behind in one partition. True where it is not.
  bool note_lag(const SourceRange& range, BatchPlan& plan);
  void log_lags(const BatchPlan& plan) const;
  void note_unavailable(const Status& failure);
  /// Leaves out what the batch before finished, and begins the rest where it ended.
  void begin_where_it_ended(BatchPlan& plan);
  void note_finished(Time time, const BatchPlan& plan);
  Status acknowledge(Time time);

  /// Plans of batches without a checkpoint that are kept to acknowledge them by.
  static constexpr std::size_t unsettled_plans_max = 10'000;

  StreamGraph& graph_;
  const std::int64_t stream_id_;
  const Duration interval_;
  const PlanLimits limits_;
  const std::string name_;
  const std::shared_ptr<RateLimit> rate_;
  const std::shared_ptr<SessionState> session_;
  const Schema wanted_;
  std::stop_source stop_;

  mutable std::mutex source_mutex_;  ///< Over the source. Taken first.
  std::unique_ptr<Source> source_;
  std::optional<Time> ask_again_at_;  ///< On the monotonic clock.
  std::string said_;
  LagTimes lag_times_;

  mutable std::mutex mutex_;  ///< Over the plans.
  std::map<Time, BatchPlan> plans_;
  Time settled_;    ///< The latest batch that was.
  BatchPlan last_;  ///< Of the latest batch, which forget_before() leaves.
  bool caught_up_ = false;
  std::vector<FinishedRange> finished_;  ///< In the order of batches.
  Time forgotten_before_ = Time::min();  ///< This process makes no earlier batch again.
  std::optional<Time> restarts_at_;      ///< Nor does one that goes on from the last checkpoint.
  Time released_before_ = Time::min();   ///< Nor one that goes on from the checkpoint before.
};

/// An RDD of a batch whose ranges can be asked for.
class PlannedRdd {
 public:
  virtual ~PlannedRdd() = default;
  /// One a partition. Valid as long as the RDD.
  [[nodiscard]] virtual const std::vector<SourceRange>& ranges() const = 0;
};

}  // namespace thalweg
