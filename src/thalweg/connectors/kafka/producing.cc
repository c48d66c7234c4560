// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/connectors/kafka/producing_internal.h"

namespace thalweg::kafka {
namespace {

constexpr int full_queue_wait_ms = 10;
/// How often an answer is asked for while a transaction of before is being ended.
constexpr int unstable_attempts_max = 100;
constexpr Duration unstable_wait = std::chrono::milliseconds(100);
/// An end of a transaction that takes longer may have been sent more than once.
constexpr Duration prompt_end_max = std::chrono::seconds(1);

struct DestroyGroup {
  void operator()(rd_kafka_consumer_group_metadata_t* group) const {
    rd_kafka_consumer_group_metadata_destroy(group);
  }
};

TopicList marker_list(const std::string& topic, std::int64_t offset) {
  TopicList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = offset;
  return list;
}

/// Headers as librdkafka has them, of the encoding in a row.
rd_kafka_headers_t* to_headers(std::string_view encoded) {
  Decoder in(encoded);
  auto count = static_cast<std::size_t>(in.get_length());
  auto* headers = rd_kafka_headers_new(std::min<std::size_t>(count, encoded.size()));
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    std::string_view name = in.get_text();
    bool has_value = in.get_number<std::uint8_t>() != 0;
    std::string_view value = has_value ? in.get_text() : std::string_view();
    if (in.failed()) break;
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()),
                        has_value ? value.data() : nullptr, static_cast<ssize_t>(value.size()));
  }
  return headers;
}

}  // namespace

Producing::~Producing() { (void)abort(); }

Result<Client*> Producing::client() {
  if (client_ != nullptr) return client_.get();
  THALWEG_TRY_ASSIGN(auto made, Client::make(RD_KAFKA_PRODUCER, options_.settings, "sink kafka"));
  if (transactional()) {
    if (auto* error = rd_kafka_init_transactions(made->handle(), timeout_ms())) {
      return made->failure("transactional id \"" + options_.transactional_id + "\"", error);
    }
    THALWEG_TRY_ASSIGN(committed_, read_marker());
  }
  client_ = std::move(made);
  return client_.get();
}

Result<SinkEpoch> Producing::read_marker() {
  // Asked by a consumer, not by librdkafka's admin call for it: that crashes (2.0.2) where the
  // group's coordinator is not found at once. Committed only: what a transaction under way may
  // still commit is waited for.
  Settings settings = options_.settings;
  for (const char* name : {"transactional.id", "transaction.timeout.ms", "enable.idempotence",
                           "linger.ms", "compression.type"}) {
    settings.erase(name);
  }
  settings.insert_or_assign("group.id", Secret(group()));
  settings.insert_or_assign("isolation.level", Secret("read_committed"));
  THALWEG_TRY_ASSIGN(auto reader, Client::make(RD_KAFKA_CONSUMER, settings, "sink kafka"));
  for (int attempt = 0;; ++attempt) {
    TopicList list = marker_list(options_.topic, RD_KAFKA_OFFSET_INVALID);
    auto error = rd_kafka_committed(reader->handle(), list.get(), timeout_ms());
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::max<SinkEpoch>(list->elems[0].offset, -1);
    }
    bool again = error == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT ||
                 error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
                 error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    if (!again || attempt == unstable_attempts_max) {
      return reader->failure("can't ask group " + group() + " which batch was written last", error);
    }
    clock_.wait_until(clock_.now() + unstable_wait, {});
  }
}

Result<SinkEpoch> Producing::committed() {
  std::lock_guard lock(mutex_);
  if (!transactional()) return SinkEpoch(-1);
  THALWEG_TRY(client().status());
  return committed_;
}

Result<std::int64_t> Producing::begin(SinkEpoch) {
  std::lock_guard lock(mutex_);
  THALWEG_TRY_ASSIGN(Client * producer, client());
  if (!transactional() || open_) return transaction_;
  if (auto* error = rd_kafka_begin_transaction(producer->handle())) {
    return recover("can't begin a transaction", error);
  }
  open_ = true;
  return ++transaction_;
}

Status Producing::produce(const Record& record) {
  Client& producer = *client_;
  const std::string& topic = record.topic != nullptr ? *record.topic : options_.topic;
  Time give_up_at = clock_.monotonic() + options_.timeout;
  auto text = [](const std::optional<std::string_view>& part) {
    // A text without bytes is not the same as none.
    return part ? const_cast<char*>(part->data() != nullptr ? part->data() : "") : nullptr;
  };
  auto size = [](const std::optional<std::string_view>& part) { return part ? part->size() : 0; };
  while (true) {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (record.headers.empty()) {
      error = rd_kafka_producev(producer.handle(), RD_KAFKA_V_TOPIC(topic.c_str()),
                                RD_KAFKA_V_PARTITION(record.partition),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_KEY(text(record.key), size(record.key)),
                                RD_KAFKA_V_VALUE(text(record.value), size(record.value)),
                                RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_END);
    } else {
      auto* headers = to_headers(record.headers);
      error = rd_kafka_producev(
          producer.handle(), RD_KAFKA_V_TOPIC(topic.c_str()),
          RD_KAFKA_V_PARTITION(record.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_KEY(text(record.key), size(record.key)),
          RD_KAFKA_V_VALUE(text(record.value), size(record.value)),
          RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    bool full = error == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (!full || clock_.monotonic() > give_up_at) {
      return producer.failure("can't write to topic " + topic, error);
    }
    rd_kafka_poll(producer.handle(), full_queue_wait_ms);
  }
}

Status Producing::commit(SinkEpoch epoch) {
  std::lock_guard lock(mutex_);
  if (!transactional()) return flush();
  if (!open_) return {};
  THALWEG_KILL_POINT("kafka.before_marker");
  if (!THALWEG_CANARY("marker_left_out")) THALWEG_TRY(send_marker(epoch));
  THALWEG_KILL_POINT("kafka.before_commit");
  if (auto* error = end_transaction(rd_kafka_commit_transaction)) {
    return recover("can't commit the transaction of a batch", error);
  }
  THALWEG_KILL_POINT("kafka.after_commit");
  committed_ = epoch;
  return {};
}

rd_kafka_error_t* Producing::end_transaction(EndTransaction* end) {
  Time began = clock_.monotonic();
  std::uint64_t losses = client_->connection_losses();
  if (auto* error = end(client_->handle(), timeout_ms())) return error;
  open_ = false;
  // librdkafka sends the end of a transaction again where no answer comes. The first one may still
  // be on its way, and would end the next transaction of this producer, before all of it is there.
  // A new producer shuts it out.
  bool once =
      clock_.monotonic() - began <= prompt_end_max && client_->connection_losses() == losses;
  if (!once) give_up();
  return nullptr;
}

Status Producing::send_marker(SinkEpoch epoch) {
  TopicList list = marker_list(options_.topic, epoch);
  std::unique_ptr<rd_kafka_consumer_group_metadata_t, DestroyGroup> to(
      rd_kafka_consumer_group_metadata_new(group().c_str()));
  auto* error =
      rd_kafka_send_offsets_to_transaction(client_->handle(), list.get(), to.get(), timeout_ms());
  return error == nullptr ? Status() : recover("can't commit the number of a batch", error);
}

Status Producing::recover(const std::string& what, rd_kafka_error_t* error) {
  bool abort_will_do = rd_kafka_error_txn_requires_abort(error) != 0;
  Status failure =
      client_->failure(what + " (transactional id \"" + options_.transactional_id + "\")", error);
  if (rd_kafka_fatal_error(client_->handle(), nullptr, 0) == RD_KAFKA_RESP_ERR__FENCED ||
      failure.code() == ErrorCode::invalid_argument) {
    failure = Status(failure.code(), std::string(failure.message()) +
                                         "; another program may write with the same id: set option "
                                         "transactionalId to a name for each query");
  }
  if (abort_will_do) {
    auto* aborted = end_transaction(rd_kafka_abort_transaction);
    if (aborted == nullptr) return failure;
    rd_kafka_error_destroy(aborted);
  }
  // Nobody knows what became of it: a new producer ends it one way or the other, and the marker
  // says which.
  give_up();
  return failure;
}

Status Producing::flush() {
  if (client_ == nullptr) return {};
  auto error = rd_kafka_flush(client_->handle(), timeout_ms());
  std::string failed = client_->take_delivery_failure();
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && failed.empty()) return {};
  Status failure = failed.empty()
                       ? client_->failure("can't deliver the records of a batch", error)
                       : Status(ErrorCode::unavailable,
                                "sink kafka: records of a batch were not delivered: " + failed);
  give_up();
  return failure;
}

Status Producing::abort() {
  std::lock_guard lock(mutex_);
  if (!open_) return {};
  if (auto* error = end_transaction(rd_kafka_abort_transaction)) {
    rd_kafka_error_destroy(error);
    give_up();
  }
  return {};
}

void Producing::give_up() {
  open_ = false;
  if (client_ == nullptr) return;
  // What waits to be sent must not hold the end up.
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  client_.reset();
}

}  // namespace thalweg::kafka
