// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/records.h"
#include "thalweg/dstream/node.h"
#include "thalweg/dstream/nodes/planned_source.h"
#include "thalweg/dstream/rate/rate_controller.h"

namespace thalweg {

/// The records of a range, read as they are asked for. An unavailable source is tried again from
/// where it broke off.
template <Record T>
class RangeCursor final : public Cursor<T> {
 public:
  /// Rows that are read into memory at once.
  static constexpr std::size_t poll_rows_max = 4096;
  static constexpr Duration poll_wait = std::chrono::milliseconds(100);
  static constexpr int open_attempts_max = 5;

  RangeCursor(std::shared_ptr<PlannedSource> source, SourceRange range, TaskContext& context,
              std::vector<DeadLetter>& letters)
      : source_(std::move(source)),
        range_(std::move(range)),
        next_(range_.from),
        context_(context),
        letters_(letters) {}

  Result<Chunk<T>> next() override {
    std::size_t fitting = 0;
    while (fitting == 0) {
      while (row_ == row_count_) {
        if (context_.cancelled()) return job_stopped();
        if (range_.from == range_.until || (reader_ != nullptr && reader_->finished())) {
          return Chunk<T>();
        }
        THALWEG_TRY(read_more());
      }
      fitting = read_rows(std::min(chunk_rows_max, row_count_ - row_));
    }
    context_.records_read += static_cast<std::int64_t>(fitting);
    return Chunk<T>(rows_.data(), fitting, true);
  }

 private:
  /// Reads the next rows into rows_. Those that are no T become dead letters, as JSON.
  std::size_t read_rows(std::size_t count) {
    rows_.clear();
    for (std::size_t i = 0; i < count; ++i) rows_.emplace_back();
    auto refused = [&](std::size_t row, const Status& status) {
      letters_.push_back(
          {source_->name(),
           range_.partition.text + ";" + polled_from_.text + ";row=" + std::to_string(row),
           std::string(status.message()), row_as_json(batch_->batch(), row)});
    };
    std::size_t fitting = batch_->read_fitting(row_, count, rows_.data(), refused);
    row_ += count;
    return fitting;
  }

  Status read_more() {
    Status read = try_read_more();
    if (read.ok() || read.code() != ErrorCode::unavailable) return read;
    if (++attempts_ == open_attempts_max) return read;
    if (reader_ != nullptr) next_ = reader_->position();
    reader_.reset();
    Clock& clock = context_.session.clock;
    if (!clock.wait_until(clock.now() + source_->retry_wait(), context_.stop)) {
      return job_stopped();
    }
    return {};
  }

  Status try_read_more() {
    if (reader_ == nullptr) {
      THALWEG_TRY_ASSIGN(reader_, source_->open(range_, next_));
      if (reader_->finished()) return {};
    }
    polled_from_ = reader_->position();
    THALWEG_TRY_ASSIGN(Polled polled, reader_->poll(poll_rows_max, poll_wait));
    for (auto& rejected : polled.rejected) {
      letters_.push_back({source_->name(), range_.partition.text + ";" + rejected.position.text,
                          std::move(rejected.reason), std::move(rejected.bytes)});
    }
    if (polled.batch.empty()) return {};
    row_ = 0;
    row_count_ = polled.batch.row_count();
    THALWEG_TRY_ASSIGN(auto batch, BatchReader<T>::make(std::move(polled.batch)));
    batch_.emplace(std::move(batch));
    attempts_ = 0;
    return {};
  }

  const std::shared_ptr<PlannedSource> source_;
  const SourceRange range_;
  Position next_;
  Position polled_from_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  std::unique_ptr<PartitionReader> reader_;
  int attempts_ = 0;
  std::optional<BatchReader<T>> batch_;
  std::size_t row_ = 0;
  std::size_t row_count_ = 0;
  RowList<T> rows_;
};

/// The records of a batch's ranges, a partition a range.
template <Record T>
class PlannedNode final : public RddNode<T>, public PlannedRdd {
 public:
  PlannedNode(std::shared_ptr<SessionState> session, std::shared_ptr<PlannedSource> source,
              std::vector<SourceRange> ranges)
      : RddNode<T>(std::move(session), "direct", {}, static_cast<int>(ranges.size())),
        source_(std::move(source)),
        ranges_(std::move(ranges)) {}

  [[nodiscard]] const std::vector<SourceRange>& ranges() const override { return ranges_; }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    return CursorPointer<T>(
        new RangeCursor<T>(source_, ranges_[static_cast<std::size_t>(partition)], context,
                           context.begin_letters(this->id(), partition)));
  }

 private:
  const std::shared_ptr<PlannedSource> source_;
  const std::vector<SourceRange> ranges_;
};

/// A stream of what a source has, each batch the ranges that were planned for it.
/// Source: Spark's DirectKafkaInputDStream.
template <Record T>
class PlannedInputNode final : public StreamNode, public InputNode {
 public:
  using Row = T;

  /// Errors: as PlannedSource.
  PlannedInputNode(std::shared_ptr<StreamGraph> graph, const std::string& connector,
                   OptionTexts options, RateController& rates)
      : StreamNode(std::move(graph), "direct_stream", {}),
        source_(std::make_shared<PlannedSource>(
            this->graph(), this->id(), connector, std::move(options),
            schema_of(RecordColumns<T>::shape()), rates.limit_of(this->id()))) {}

  void begin_batch(Time time) override { source_->begin_batch(time); }
  [[nodiscard]] std::optional<std::int64_t> records_of(Time time) const override {
    return source_->records_of(time);
  }
  [[nodiscard]] std::vector<PartitionLag> lags_of(Time time) const override {
    return source_->lags_of(time);
  }
  [[nodiscard]] std::int64_t stream_id() const override { return this->id(); }
  void end_when_exhausted() override { end_when_exhausted_ = true; }
  [[nodiscard]] bool ended() const override { return end_when_exhausted_ && source_->caught_up(); }
  void forget_before(Time time) override {
    StreamNode::forget_before(time);
    source_->forget_before(time);
  }

  [[nodiscard]] bool can_replay() const override { return true; }
  [[nodiscard]] std::string plan_of(Time time) override { return source_->plan_of(time); }
  Status restore(Time time, std::string_view plan) override { return source_->restore(time, plan); }
  [[nodiscard]] std::string memory_of(Time time) override { return source_->memory_of(time); }
  Status restore_memory(std::string_view memory) override {
    return source_->restore_memory(memory);
  }
  void release_before(Time time) override { source_->release_before(time); }
  void settled(Time time) override { source_->settled(time); }

 protected:
  Result<BatchRdd> compute(Time time) override {
    THALWEG_TRY_ASSIGN(auto ranges, source_->ranges_of(time));
    return BatchRdd(
        make_node<PlannedNode<T>>(graph().context().session(), source_, std::move(ranges)));
  }

 private:
  const std::shared_ptr<PlannedSource> source_;
  bool end_when_exhausted_ = false;
};

/// The ranges that the RDD of a batch of a direct stream has, one a partition.
/// Errors: throws Error(invalid_argument) for any other RDD.
template <typename T>
const std::vector<SourceRange>& source_ranges(const RDD<T>& rdd) {
  const auto* planned = dynamic_cast<const PlannedRdd*>(rdd.node().get());
  if (planned == nullptr) {
    throw Error(ErrorCode::invalid_argument,
                rdd.node()->describe() +
                    " has no ranges of a source; only the RDDs of a direct stream itself have, "
                    "before any transformation");
  }
  return planned->ranges();
}

}  // namespace thalweg
