// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "thalweg/common/log.h"
#include "thalweg/connectors/kafka/reader_internal.h"
#include "thalweg/connectors/kafka/record_columns_internal.h"

namespace thalweg::kafka {
namespace {

constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();

class KafkaReader final : public PartitionReader {
 public:
  KafkaReader(Fetching::Lease lease, TopicPartition partition, Offset from,
              const ReadingOptions& options, std::unique_ptr<RecordDecoder> decoder,
              const ConnectorContext& context)
      : lease_(std::move(lease)),
        partition_(std::move(partition)),
        key_(partition_.topic, partition_.number),
        next_(from.offset),
        options_(options),
        decoder_(std::move(decoder)),
        context_(context),
        progressed_(context.clock.monotonic()) {}

  Result<Polled> poll(std::size_t rows_max, Duration wait) override {
    if (context_.stop.stop_requested()) {
      return Status(ErrorCode::cancelled, "source kafka: stopped");
    }
    if (finished()) return Polled();
    FetchedPartition::Taken found;
    Status taken = lease_->take(rows_max, until_, wait, found);
    const auto& records = found.records;
    Time now = context_.clock.monotonic();
    if (lease_->next() > next_) {
      next_ = std::min(lease_->next(), until_);
      progressed_ = now;
    }
    // What came before a failure is given out first; the failure comes again.
    if (!taken.ok() && records.empty()) THALWEG_TRY(go_on_after(std::move(taken)));
    if (records.empty() && !finished() && until_ != endless &&
        now - progressed_ > options_.wait_max) {
      lease_.spoil();
      return waited_too_long();
    }
    if (decoder_ == nullptr) {
      THALWEG_TRY_ASSIGN(Batch batch, to_batch(records, key_, options_.with_headers));
      return Polled{std::move(batch), std::move(found.rejected)};
    }
    THALWEG_TRY_ASSIGN(Polled polled, decode_values(records, *decoder_));
    std::move(found.rejected.begin(), found.rejected.end(), std::back_inserter(polled.rejected));
    return polled;
  }

  Position position() const override { return to_position({next_}); }
  bool finished() const override { return next_ >= until_; }

  Status stop_at(const Position& end) override {
    THALWEG_TRY_ASSIGN(Offset offset, offset_of(end, partition_.start));
    until_ = std::min(until_, offset.offset);
    // The plan found that what comes before is gone.
    if (offset.begin >= 0 && offset.begin != next_) return move_to(offset.begin);
    return {};
  }

 private:
  Status waited_too_long() const {
    std::string last = lease_->client().last_error();
    return {ErrorCode::unavailable,
            "source kafka: " + partition_.name() + " gave no record at offset " +
                std::to_string(next_) + " for " + to_string(options_.wait_max) +
                ", though it has " + std::to_string(until_) + (last.empty() ? "" : ": " + last) +
                "; see that its broker runs, or set kafkaConsumer.pollTimeoutMs"};
  }

  Status move_to(std::int64_t offset) {
    next_ = offset;
    if (finished()) return {};
    return lease_->start(offset);
  }

  /// Skips what is gone where that is allowed.
  Status go_on_after(Status failure) {
    bool lost = failure.code() == ErrorCode::data_loss || failure.code() == ErrorCode::not_found;
    if (!lost || options_.fail_on_data_loss) {
      lease_.spoil();
      if (!lost) return failure;
      return {ErrorCode::data_loss,
              std::string(failure.message()) +
                  ": records that were not read are gone, by retention or because the topic was "
                  "deleted; set failOnDataLoss to false to go on without them"};
    }
    std::int64_t begin = 0;
    std::int64_t end = 0;
    Status asked = lease_->range(options_.timeout, begin, end);
    if (!asked.ok() && asked.code() != ErrorCode::not_found) return asked;
    bool gone = !asked.ok() || begin <= next_;
    std::int64_t next = gone ? until_ : std::min(begin, until_);
    log(LogLevel::warning, "source kafka: " + partition_.name() + ": offsets " +
                               std::to_string(next_) + " to " + std::to_string(next) +
                               " are gone and left out (failOnDataLoss is false)");
    if (next == endless) next = end;
    return move_to(next);
  }

  Fetching::Lease lease_;
  const TopicPartition partition_;
  const PartitionKey key_;
  std::int64_t next_;
  std::int64_t until_ = endless;
  const ReadingOptions options_;
  const std::unique_ptr<RecordDecoder> decoder_;
  const ConnectorContext context_;
  Time progressed_;
};

}  // namespace

std::unique_ptr<PartitionReader> make_reader(Fetching::Lease lease, TopicPartition partition,
                                             Offset from, const ReadingOptions& options,
                                             std::unique_ptr<RecordDecoder> decoder,
                                             const ConnectorContext& context) {
  return std::make_unique<KafkaReader>(std::move(lease), std::move(partition), from, options,
                                       std::move(decoder), context);
}

}  // namespace thalweg::kafka
