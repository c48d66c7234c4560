// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "thalweg/common/clock.h"
#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/kafka/client_internal.h"

namespace thalweg::kafka {

/// Where and how records are written, as the options say.
struct ProducingOptions {
  Settings settings;
  std::string topic;             ///< Of rows that name none.
  std::string transactional_id;  ///< Empty: at least once.
  Duration timeout{0};           ///< Of a commit, and of a record that finds the queue full.
};

/// One producer for all writers of a sink. With a transactional id a batch is one transaction, in
/// which its number is committed as the offset of a consumer group: both are there or neither, and
/// who comes after a crash asks the group which batch was the last.
///
///     begin ── records of all writers ── group offset = epoch ── commit
///
/// Thread safety: begin() and produce() may be called concurrently; the others by one
/// thread, while no writer writes.
class Producing {
 public:
  Producing(ProducingOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}
  ~Producing();

  [[nodiscard]] bool transactional() const { return !options_.transactional_id.empty(); }
  [[nodiscard]] const std::string& topic() const { return options_.topic; }

  /// The last batch that is visible; -1 where there is none. Shuts older producers of the same id
  /// out first.
  Result<SinkEpoch> committed();

  /// From now on records are of this batch. The number of its transaction, by which a writer knows
  /// whether what it wrote before is still in it.
  Result<std::int64_t> begin(SinkEpoch epoch);

  /// One record on its way. What is null is not there; `partition`: -1 for the one of the key.
  struct Record {
    const std::string* topic = nullptr;
    std::int32_t partition = -1;
    std::optional<std::string_view> key = {};
    std::optional<std::string_view> value = {};
    std::int64_t timestamp_ms = 0;  ///< 0: now.
    std::string_view headers = {};  ///< As to_batch() writes them.
  };
  /// Errors: unavailable while the queue stays full; invalid_argument for a record that is too
  ///         large.
  Status produce(const Record& record);

  /// Makes the batch visible. After a failure committed() has to be asked whether it is.
  Status commit(SinkEpoch epoch);
  /// Lets go of what was written since begin().
  Status abort();

 private:
  Result<Client*> client();
  Result<SinkEpoch> read_marker();
  Status send_marker(SinkEpoch epoch);
  using EndTransaction = rd_kafka_error_t*(rd_kafka_t* handle, int timeout_ms);
  /// Commits or aborts; null where that is done. A producer that may have asked for it twice is
  /// given up then.
  rd_kafka_error_t* end_transaction(EndTransaction* end);
  /// After a failure of a transaction: aborts it, or gives the producer up, as is needed.
  Status recover(const std::string& what, rd_kafka_error_t* error);
  Status flush();
  void give_up();
  [[nodiscard]] int timeout_ms() const { return static_cast<int>(options_.timeout.count() / 1000); }
  [[nodiscard]] std::string group() const { return "thalweg-sink-" + options_.transactional_id; }

  const ProducingOptions options_;
  Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<Client> client_;
  SinkEpoch committed_ = -1;
  bool open_ = false;  ///< A transaction.
  std::int64_t transaction_ = 0;
};

}  // namespace thalweg::kafka
