// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "thalweg/common/memory_budget.h"
#include "thalweg/common/time.h"
#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/kafka/client_internal.h"
#include "thalweg/connectors/kafka/cluster_internal.h"

namespace thalweg::kafka {

struct DestroyMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
/// A record, or what went wrong, in librdkafka's memory.
using Message = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;

/// A partition that librdkafka fetches, ahead of who reads it. Goes on from where the last reader
/// stopped, so that the next batch finds its records there already.
///
/// Thread safety: one thread at a time.
class FetchedPartition {
 public:
  FetchedPartition(Client& client, PartitionKey key, MemoryCharge queue)
      : client_(client), key_(std::move(key)), queue_(std::move(queue)) {}
  ~FetchedPartition() { stop(); }

  /// Begins at `offset`, anew where it was elsewhere.
  Status start(std::int64_t offset);
  void stop();
  /// The offset that take() goes on from.
  [[nodiscard]] std::int64_t next() const { return next_; }

  /// What take() found.
  struct Taken {
    std::vector<Message> records;
    std::vector<Rejected> rejected;  ///< Records whose checksum is wrong, without their bytes.
  };

  /// Takes up to `rows_max` records from before `until`, waiting at most `wait` for the first, and
  /// moves next() on: also over offsets that hold no records.
  ///
  /// Errors: data_loss where next() is not stored; not_found where the partition is gone;
  ///         invalid_argument where reading it is not allowed; unavailable.
  Status take(std::size_t rows_max, std::int64_t until, Duration wait, Taken& taken);

  /// Where the partition begins and ends now. Asks the brokers.
  Status range(Duration timeout, std::int64_t& begin, std::int64_t& end);

  [[nodiscard]] Client& client() const { return client_; }

 private:
  /// Adds a record, or notes what another message says.
  Status take_message(Message message, std::int64_t until, Taken& taken);
  /// Goes on behind the records whose checksum is wrong and that begin at `begin`, found by
  /// halving: nothing says how many they are.
  Status skip_damaged(std::int64_t begin, std::int64_t until);
  /// Whether `offset` belongs to them.
  Result<bool> is_damaged(std::int64_t begin, std::int64_t offset);

  Client& client_;
  const PartitionKey key_;
  MemoryCharge queue_;
  TopicHandle topic_;
  bool started_ = false;
  std::int64_t next_ = -1;
  std::deque<Message> ahead_;  ///< Taken out of the queue, but behind `until`.
};

/// The partitions that a source fetches, lent to its readers. Usually one client fetches all; a
/// second one fetches what is read again, so that the first can go on.
///
/// Thread safety: all methods may be called concurrently.
class Fetching : public std::enable_shared_from_this<Fetching> {
 public:
  Fetching(Settings settings, MemoryBudget& memory)
      : settings_(std::move(settings)), memory_(memory) {}

  /// A partition as long as it is used; given back when it goes.
  class Lease {
   public:
    Lease(std::shared_ptr<Fetching> owner, std::size_t client, PartitionKey key,
          FetchedPartition& partition)
        : owner_(std::move(owner)), client_(client), key_(std::move(key)), partition_(&partition) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    FetchedPartition* operator->() const { return partition_; }
    /// Something went wrong: it is not to be gone on with.
    void spoil() { spoilt_ = true; }

   private:
    std::shared_ptr<Fetching> owner_;
    std::size_t client_;
    PartitionKey key_;
    FetchedPartition* partition_;
    bool spoilt_ = false;
  };

  /// Where possible one that is at `offset` already.
  /// Errors: those of Client::make(); unavailable where it is lent too often at once.
  Result<Lease> lend(const PartitionKey& key, std::int64_t offset);
  /// How many partitions share the memory for queues. Holds for clients made later.
  void expect_partitions(std::size_t count);

 private:
  struct Entry {
    std::unique_ptr<FetchedPartition> partition;
    bool lent = false;
  };
  struct Fetcher {
    std::unique_ptr<Client> client;
    std::map<PartitionKey, Entry> partitions;
  };

  Result<Fetcher*> add_fetcher();
  Entry& entry_in(Fetcher& fetcher, const PartitionKey& key);
  [[nodiscard]] std::size_t find_place(const PartitionKey& key, std::int64_t offset) const;
  void take_back(std::size_t client, const PartitionKey& key, bool spoilt);

  const Settings settings_;
  MemoryBudget& memory_;
  std::mutex mutex_;
  std::int64_t queue_kib_max_ = 0;
  std::vector<std::unique_ptr<Fetcher>> fetchers_;
};

}  // namespace thalweg::kafka
