// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/testing/patience.h"
#include "thalweg/testing/server_script.h"

namespace thalweg::testing {

/// A real Kafka broker for tests, and what tests do to it beside the code under test. One thread.
class KafkaBroker {
 public:
  /// One that runs, the same for all tests of a program; null where this machine can't run one,
  /// with the reason in skip_reason().
  static KafkaBroker* instance() {
    static const std::unique_ptr<KafkaBroker> broker = [] {
      auto made = std::make_unique<KafkaBroker>();
      if (!made->server_.failed().empty()) throw std::runtime_error(made->server_.failed());
      skip_reason() = made->server_.skipped();
      return skip_reason().empty() ? std::move(made) : nullptr;
    }();
    return broker.get();
  }
  static std::string& skip_reason() {
    static std::string reason;
    return reason;
  }

  /// "127.0.0.1:9092".
  [[nodiscard]] const std::string& address() const { return server_.address(); }

  /// Behind a proxy, or with TLS and passwords: see tests/servers/kafka.sh, which the environment
  /// tells to have these.
  [[nodiscard]] std::string proxied_address() const { return "127.0.0.1:" + server_.port(2); }
  [[nodiscard]] std::string secured_address() const { return "localhost:" + server_.port(3); }
  [[nodiscard]] std::string authority_path() const { return server_.folder() + "/ca.pem"; }

  /// After kill(). True when it is ready.
  [[nodiscard]] bool start() const { return server_.run("start") == 0; }
  void stop() const { server_.run("stop"); }
  /// While it is stopped: changes the last byte of each `text` in the records of partition 0.
  void damage(const std::string& topic, const std::string& text) const {
    std::string path = server_.folder() + "/data/" + topic + "-0/00000000000000000000.log";
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    for (std::size_t at = 0; (at = bytes.find(text, at)) != bytes.npos; at += text.size()) {
      bytes[at + text.size() - 1] ^= 1;
    }
    std::ofstream(path, std::ios::binary) << bytes;
  }
  /// As a crash does.
  void kill() const { server_.run("kill"); }

  /// Returns once the broker serves it.
  void create_topic(const std::string& name, int partitions, const std::string& setting = "",
                    const std::string& value = "") {
    char reason[256];
    auto* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, reason, sizeof reason);
    if (!setting.empty()) rd_kafka_NewTopic_set_config(topic, setting.c_str(), value.c_str());
    ask([&](rd_kafka_t* handle, rd_kafka_queue_t* queue) {
      rd_kafka_CreateTopics(handle, &topic, 1, nullptr, queue);
    });
    rd_kafka_NewTopic_destroy(topic);
    wait_until(name, "is not served", [&](int known) { return known == partitions; });
  }
  /// Returns once the broker knows it no more: until then it takes records for what is gone.
  void delete_topic(const std::string& name) {
    auto* topic = rd_kafka_DeleteTopic_new(name.c_str());
    ask([&](rd_kafka_t* handle, rd_kafka_queue_t* queue) {
      rd_kafka_DeleteTopics(handle, &topic, 1, nullptr, queue);
    });
    rd_kafka_DeleteTopic_destroy(topic);
    wait_until(name, "is not deleted", [](int known) { return known == 0; });
  }
  /// From now on the topic has so many.
  void set_partitions(const std::string& name, std::size_t count) {
    char reason[256];
    auto* partitions = rd_kafka_NewPartitions_new(name.c_str(), count, reason, sizeof reason);
    ask([&](rd_kafka_t* handle, rd_kafka_queue_t* queue) {
      rd_kafka_CreatePartitions(handle, &partitions, 1, nullptr, queue);
    });
    rd_kafka_NewPartitions_destroy(partitions);
  }
  /// Lets go of the records of a partition before `offset`, as retention does.
  void delete_records(const std::string& name, std::int32_t partition, std::int64_t offset) {
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, name.c_str(), partition)->offset = offset;
    auto* records = rd_kafka_DeleteRecords_new(list);
    rd_kafka_topic_partition_list_destroy(list);
    ask([&](rd_kafka_t* handle, rd_kafka_queue_t* queue) {
      rd_kafka_DeleteRecords(handle, &records, 1, nullptr, queue);
    });
    rd_kafka_DeleteRecords_destroy(records);
  }

  /// Writes records with these values, the partition's number or -1.
  void produce(const std::string& topic, std::int32_t partition,
               const std::vector<std::string>& values) {
    for (const auto& value : values) {
      rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
      for (int attempt = 0; attempt < timeout_ms / poll_ms; ++attempt) {
        error = rd_kafka_producev(
            admin(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
        // A full queue, or a partition that was added and is not known yet.
        if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) served_partitions(topic);
        rd_kafka_poll(admin(), poll_ms);
      }
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    }
    if (rd_kafka_flush(admin(), timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error("Kafka takes no records: " + topic);
    }
    if (not_delivered_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error("Kafka did not take a record: " + topic + ": " +
                               rd_kafka_err2str(std::exchange(not_delivered_, {})));
    }
  }

  /// The values that a reader of committed records sees in a topic of one partition, in order.
  std::vector<std::string> read_committed(const std::string& topic) {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", address());
    set(conf, "group.id", "reader");
    set(conf, "isolation.level", "read_committed");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "enable.auto.commit", "false");
    rd_kafka_t* reader = make(RD_KAFKA_CONSUMER, conf);
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    std::vector<std::string> values;
    while (rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, timeout_ms)) {
      bool ends = message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
      if (!ends) values.emplace_back(static_cast<const char*>(message->payload), message->len);
      rd_kafka_message_destroy(message);
      if (ends) break;
    }
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    return values;
  }

  /// What a consumer group has for a partition; -1 where nothing.
  std::int64_t group_offset(const std::string& group, const std::string& topic,
                            std::int32_t partition) {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", address());
    set(conf, "group.id", group);
    rd_kafka_t* reader = make(RD_KAFKA_CONSUMER, conf);
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
    rd_kafka_committed(reader, list, timeout_ms);
    std::int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(reader);
    return offset < 0 ? -1 : offset;
  }

 private:
  static constexpr int timeout_ms = 30'000;
  static constexpr int poll_ms = 10;
  struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  };

  static void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error(reason);
    }
  }
  static rd_kafka_t* make(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
    char reason[256];
    rd_kafka_t* handle = rd_kafka_new(type, conf, reason, sizeof reason);
    if (handle == nullptr) throw std::runtime_error(reason);
    return handle;
  }

  rd_kafka_t* admin() {
    if (admin_ == nullptr) {
      auto* conf = rd_kafka_conf_new();
      set(conf, "bootstrap.servers", address());
      set(conf, "linger.ms", "1");
      set(conf, "log_level", "0");
      rd_kafka_conf_set_opaque(conf, &not_delivered_);
      rd_kafka_conf_set_dr_msg_cb(
          conf, [](rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* not_delivered) {
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
              *static_cast<rd_kafka_resp_err_t*>(not_delivered) = message->err;
            }
          });
      admin_.reset(make(RD_KAFKA_PRODUCER, conf));
    }
    return admin_.get();
  }

  /// Has the client learn anew which partitions of a topic have a leader. How many; -1 where the
  /// broker does not answer.
  int served_partitions(const std::string& topic) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(admin(), topic.c_str(), nullptr);
    const rd_kafka_metadata_t* found = nullptr;
    int served = -1;
    if (rd_kafka_metadata(admin(), 0, handle, &found, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      served = 0;
      for (int i = 0; i < found->topics[0].partition_cnt; ++i) {
        served += found->topics[0].partitions[i].leader >= 0 ? 1 : 0;
      }
      rd_kafka_metadata_destroy(found);
    }
    rd_kafka_topic_destroy(handle);
    return served;
  }
  template <typename Condition>
  void wait_until(const std::string& topic, const char* otherwise, Condition holds) {
    Clock& clock = SystemClock::instance();
    const Time until = clock.monotonic() + patience;
    while (!holds(served_partitions(topic))) {
      if (clock.monotonic() > until) {
        throw std::runtime_error("topic " + topic + " " + otherwise);
      }
      rd_kafka_poll(admin(), poll_ms);
    }
  }

  /// Waits for the answer to a request. Throws where it was refused.
  template <typename Request>
  void ask(Request request) {
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin());
    request(admin(), queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, timeout_ms);
    std::string failure = event == nullptr ? "no answer" : "";
    if (event != nullptr && rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      failure = rd_kafka_event_error_string(event);
    } else if (const auto* results = rd_kafka_event_CreateTopics_result(event)) {
      // The other requests' effects are waited for.
      std::size_t count = 0;
      const auto* const* topics = rd_kafka_CreateTopics_result_topics(results, &count);
      for (std::size_t i = 0; i < count; ++i) {
        if (rd_kafka_topic_result_error(topics[i]) == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        failure = rd_kafka_topic_result_error_string(topics[i]);
      }
    }
    if (event != nullptr) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    if (!failure.empty()) throw std::runtime_error("Kafka refuses: " + failure);
  }

  ServerScript server_{"kafka"};
  rd_kafka_resp_err_t not_delivered_ = RD_KAFKA_RESP_ERR_NO_ERROR;  ///< Written by its callback.
  std::unique_ptr<rd_kafka_t, Destroy> admin_;
};

}  // namespace thalweg::testing
