// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "thalweg/common/status.h"
#include "thalweg/connectors/options.h"

namespace thalweg::kafka {

/// Settings of librdkafka by their names there. Values may be secrets.
using Settings = std::map<std::string, Secret>;

/// A handle of librdkafka, with threads and connections of its own, that closes when it goes.
///
/// Thread safety: all methods may be called concurrently.
class Client {
 public:
  /// `who`: "source kafka", for messages.
  /// Errors: invalid_argument for a setting that librdkafka does not have or refuses.
  static Result<std::unique_ptr<Client>> make(rd_kafka_type_t type, const Settings& settings,
                                              std::string who);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  [[nodiscard]] rd_kafka_t* handle() const { return handle_; }

  /// What librdkafka last said went wrong ("localhost:9092: Connect failed: Connection refused"),
  /// or nothing.
  [[nodiscard]] std::string last_error() const;

  /// How often a connection has broken, or a request was not answered in time. What was asked over
  /// it may have been asked again.
  [[nodiscard]] std::uint64_t connection_losses() const { return connection_losses_; }

  /// Why records could not be delivered since this was last asked, or nothing. Of a producer that
  /// is not transactional.
  [[nodiscard]] std::string take_delivery_failure();

  /// The failure of a call, and what to do about it. `what`: what could not be done.
  [[nodiscard]] Status failure(const std::string& what, rd_kafka_resp_err_t error) const;
  /// Of a call that says more of its failure, which it takes.
  [[nodiscard]] Status failure(const std::string& what, rd_kafka_error_t* error) const;

 private:
  explicit Client(std::string who) : who_(std::move(who)) {}
  [[nodiscard]] Status failure(const std::string& what, rd_kafka_resp_err_t error,
                               const char* reason) const;
  static void take_delivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* client);
  static void take_log(const rd_kafka_t* handle, int level, const char* facility, const char* text);

  const std::string who_;
  std::string brokers_;
  rd_kafka_t* handle_ = nullptr;
  std::atomic<std::uint64_t> connection_losses_{0};
  mutable std::mutex mutex_;
  std::string last_error_;
  std::string delivery_failure_;
};

/// Refuses settings as Client::make() would, without making a client.
Status check_settings(const Settings& settings, const std::string& who);

struct DestroyTopicList {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using TopicList = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyTopicList>;

struct DestroyTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, DestroyTopic>;

}  // namespace thalweg::kafka
