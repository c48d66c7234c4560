// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "thalweg/connectors/kafka/fetching_internal.h"

namespace thalweg::kafka {
namespace {

constexpr std::size_t clients_max = 16;
/// For a record, or the word that it is damaged, at an offset that there is.
constexpr int probe_wait_ms = 10'000;
constexpr std::int64_t kib = 1024;
constexpr std::int64_t queue_kib_min = 1024;
constexpr std::int64_t queue_kib_most = 16 * 1024;
/// The share of the memory limit that all queues together may have: a 16th.
constexpr std::int64_t queues_share = 16;

std::string name_of(const PartitionKey& key) {
  return key.first + "/" + std::to_string(key.second);
}

/// What a batch of records says that can't be taken apart: others behind it can.
bool is_damage(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION;
}

std::string reason_of(const rd_kafka_message_t& message) {
  std::string reason = rd_kafka_message_errstr(&message);
  if (message.err != RD_KAFKA_RESP_ERR__BAD_COMPRESSION) return reason;
  return reason +
         "; damaged, or a decompression bomb: zstd may grow to kafka.receive.message.max.bytes";
}

}  // namespace

Status FetchedPartition::start(std::int64_t offset) {
  if (started_ && next_ == offset) return {};
  stop();
  if (topic_ == nullptr) {
    topic_.reset(rd_kafka_topic_new(client_.handle(), key_.first.c_str(), nullptr));
  }
  if (topic_ == nullptr || rd_kafka_consume_start(topic_.get(), key_.second, offset) != 0) {
    return client_.failure("can't read " + name_of(key_), rd_kafka_last_error());
  }
  started_ = true;
  next_ = offset;
  return {};
}

void FetchedPartition::stop() {
  ahead_.clear();
  if (started_) rd_kafka_consume_stop(topic_.get(), key_.second);
  started_ = false;
}

Status FetchedPartition::take(std::size_t rows_max, std::int64_t until, Duration wait,
                              Taken& taken) {
  auto& records = taken.records;
  while (!ahead_.empty() && records.size() < rows_max && ahead_.front()->offset < until) {
    Message message = std::move(ahead_.front());
    ahead_.pop_front();
    THALWEG_TRY(take_message(std::move(message), until, taken));
  }
  if (!ahead_.empty()) {
    // Nothing before the first record behind the range.
    if (ahead_.front()->offset >= until) next_ = std::max(next_, until);
    return {};
  }
  auto wait_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
  if (records.empty() && wait_ms > 0) {
    Message first(rd_kafka_consume(topic_.get(), key_.second, wait_ms));
    if (first == nullptr) return {};
    THALWEG_TRY(take_message(std::move(first), until, taken));
  }
  if (records.size() >= rows_max || next_ >= until) return {};
  std::vector<rd_kafka_message_t*> there(rows_max - records.size());
  ssize_t count = rd_kafka_consume_batch(topic_.get(), key_.second, 0, there.data(), there.size());
  // All into safety first: what a failure leaves behind must be freed, and stay in order.
  for (ssize_t i = 0; i < count; ++i) ahead_.emplace_back(there[static_cast<std::size_t>(i)]);
  while (!ahead_.empty()) {
    Message message = std::move(ahead_.front());
    ahead_.pop_front();
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= until) {
      ahead_.push_front(std::move(message));
      next_ = std::max(next_, until);
      return {};
    }
    THALWEG_TRY(take_message(std::move(message), until, taken));
  }
  return {};
}

Status FetchedPartition::take_message(Message message, std::int64_t until, Taken& taken) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (message->offset >= until) {
      next_ = std::max(next_, until);
      ahead_.push_front(std::move(message));
    } else if (message->offset >= next_) {
      next_ = message->offset + 1;
      taken.records.push_back(std::move(message));
    }
    return {};
  }
  if (is_damage(message->err)) {
    // librdkafka would ask for them for ever.
    taken.rejected.push_back(
        {to_position({std::max(message->offset, next_)}), reason_of(*message), std::string()});
    return skip_damaged(message->offset, until);
  }
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // The last offsets may hold no records but the ends of transactions.
    next_ = std::max(next_, message->offset);
    return {};
  }
  return client_.failure("can't read " + name_of(key_) + " at offset " + std::to_string(next_),
                         message->err);
}

Status FetchedPartition::skip_damaged(std::int64_t begin, std::int64_t until) {
  std::int64_t damaged = std::max(begin, next_);
  std::int64_t behind = until;
  for (std::int64_t step = 1; damaged + step < until; step *= 2) {
    THALWEG_TRY_ASSIGN(bool still, is_damaged(begin, damaged + step));
    if (!still) {
      behind = damaged + step;
      break;
    }
    damaged += step;
  }
  while (behind - damaged > 1) {
    std::int64_t middle = damaged + (behind - damaged) / 2;
    THALWEG_TRY_ASSIGN(bool still, is_damaged(begin, middle));
    (still ? damaged : behind) = middle;
  }
  stop();
  if (behind < until) return start(behind);
  next_ = behind;
  return {};
}

Result<bool> FetchedPartition::is_damaged(std::int64_t begin, std::int64_t offset) {
  stop();
  THALWEG_TRY(start(offset));
  Message first(rd_kafka_consume(topic_.get(), key_.second, probe_wait_ms));
  if (first == nullptr) {
    return client_.failure("can't look behind damaged records of " + name_of(key_),
                           RD_KAFKA_RESP_ERR__TIMED_OUT);
  }
  return is_damage(first->err) && first->offset == begin;
}

Status FetchedPartition::range(Duration timeout, std::int64_t& begin, std::int64_t& end) {
  auto error =
      rd_kafka_query_watermark_offsets(client_.handle(), key_.first.c_str(), key_.second, &begin,
                                       &end, static_cast<int>(timeout.count() / 1000));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return client_.failure("can't ask where " + name_of(key_) + " begins and ends", error);
}

Fetching::Lease::~Lease() {
  if (owner_ != nullptr) owner_->take_back(client_, key_, spoilt_);
}

void Fetching::expect_partitions(std::size_t count) {
  std::lock_guard lock(mutex_);
  auto partitions = static_cast<std::int64_t>(std::max<std::size_t>(count, 1));
  queue_kib_max_ = std::clamp(memory_.limit_bytes() / queues_share / partitions / kib,
                              queue_kib_min, queue_kib_most);
}

Result<Fetching::Lease> Fetching::lend(const PartitionKey& key, std::int64_t offset) {
  std::unique_lock lock(mutex_);
  std::size_t place = find_place(key, offset);
  if (place == clients_max) {
    return Status(ErrorCode::unavailable, "source kafka: partition " + name_of(key) +
                                              " is read by " + std::to_string(clients_max) +
                                              " readers at once, which is the limit; keep "
                                              "the stream's batches with cache()");
  }
  if (place == fetchers_.size()) THALWEG_TRY(add_fetcher().status());
  Entry& entry = entry_in(*fetchers_[place], key);
  entry.lent = true;
  Lease lease(shared_from_this(), place, key, *entry.partition);
  lock.unlock();
  if (Status started = lease->start(offset); !started.ok()) {
    lease.spoil();
    return started;
  }
  return lease;
}

std::size_t Fetching::find_place(const PartitionKey& key, std::int64_t offset) const {
  std::size_t free = clients_max;
  for (std::size_t i = 0; i < fetchers_.size(); ++i) {
    auto entry = fetchers_[i]->partitions.find(key);
    if (entry == fetchers_[i]->partitions.end()) {
      if (free == clients_max) free = i;
    } else if (!entry->second.lent && entry->second.partition->next() == offset) {
      return i;
    } else if (!entry->second.lent && i > 0 && free == clients_max) {
      free = i;
    }
  }
  if (free != clients_max) return free;
  return fetchers_.size() < clients_max ? fetchers_.size() : clients_max;
}

Result<Fetching::Fetcher*> Fetching::add_fetcher() {
  Settings settings = settings_;
  settings.emplace("queued.max.messages.kbytes", Secret(std::to_string(queue_kib_max_)));
  auto fetcher = std::make_unique<Fetcher>();
  THALWEG_TRY_ASSIGN(fetcher->client, Client::make(RD_KAFKA_CONSUMER, settings, "source kafka"));
  fetchers_.push_back(std::move(fetcher));
  return fetchers_.back().get();
}

Fetching::Entry& Fetching::entry_in(Fetcher& fetcher, const PartitionKey& key) {
  Entry& entry = fetcher.partitions[key];
  if (entry.partition == nullptr) {
    MemoryCharge queue(memory_);
    queue.resize(queue_kib_max_ * kib);
    entry.partition = std::make_unique<FetchedPartition>(*fetcher.client, key, std::move(queue));
  }
  return entry;
}

void Fetching::take_back(std::size_t client, const PartitionKey& key, bool spoilt) {
  std::unique_ptr<FetchedPartition> ended;
  {
    std::lock_guard lock(mutex_);
    auto entry = fetchers_[client]->partitions.find(key);
    entry->second.lent = false;
    if (spoilt) {
      ended = std::move(entry->second.partition);
      fetchers_[client]->partitions.erase(entry);
    }
  }
  // Outside of the lock: it waits for librdkafka's threads.
  ended.reset();
}

}  // namespace thalweg::kafka
