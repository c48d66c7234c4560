// SPDX-License-Identifier: Apache-2.0
//
// Kafka -> count by key -> Kafka, beside a bare consumer of librdkafka that only counts records.
//
//     kafka_throughput fill BROKER TOPIC RECORDS    records of 100 bytes with one of 10 000 keys
//     kafka_throughput bare BROKER TOPIC            every record once, nothing done with it
//     kafka_throughput count BROKER TOPIC OUT       counts by key, written in transactions
//
// The topics have to be there. Prints records, seconds and records a second.

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <thalweg/thalweg.h>

using namespace thalweg;
using namespace std::chrono_literals;

namespace {

constexpr int keys = 10'000;
constexpr std::size_t value_bytes = 100;
constexpr std::size_t records_at_once = 10'000;

struct Destroy {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
using Handle = std::unique_ptr<rd_kafka_t, Destroy>;

Handle make(rd_kafka_type_t type,
            const std::vector<std::pair<std::string, std::string>>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char reason[256];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(reason);
    }
  }
  rd_kafka_t* handle = rd_kafka_new(type, conf, reason, sizeof reason);
  if (handle == nullptr) throw std::runtime_error(reason);
  return Handle(handle);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void report(const char* what, std::int64_t records, double seconds) {
  std::printf("%s: %lld records in %.2f s, %.0f records/s\n", what, static_cast<long long>(records),
              seconds, static_cast<double>(records) / seconds);
}

void fill(const std::string& broker, const std::string& topic, std::int64_t records) {
  Handle producer = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", broker},
                                             {"linger.ms", "20"},
                                             {"batch.size", "1000000"},
                                             {"compression.type", "lz4"}});
  auto begin = std::chrono::steady_clock::now();
  std::uint64_t state = 1;
  std::string value(value_bytes, ' ');
  for (std::int64_t i = 0; i < records; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    std::string key = "key" + std::to_string((state >> 33) % keys);
    for (std::size_t at = 0; at < value_bytes; ++at) {
      value[at] = static_cast<char>('a' + (state >> (at % 32)) % 26);
    }
    while (rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(key.data(), key.size()),
                             RD_KAFKA_V_VALUE(value.data(), value.size()),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer.get(), 10);
    }
  }
  rd_kafka_flush(producer.get(), 60'000);
  report("fill", records, seconds_since(begin));
}

int partition_count(rd_kafka_t* handle, const std::string& topic) {
  rd_kafka_topic_t* asked = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(handle, 0, asked, &metadata, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("no metadata");
  }
  int count = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(asked);
  return count;
}

void read_bare(const std::string& broker, const std::string& topic) {
  auto begin = std::chrono::steady_clock::now();
  Handle consumer = make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", broker},
                                             {"group.id", "bare"},
                                             {"enable.auto.commit", "false"},
                                             {"enable.partition.eof", "true"},
                                             {"check.crcs", "true"}});
  int partitions = partition_count(consumer.get(), topic);
  auto* list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer.get());
  std::vector<rd_kafka_message_t*> messages(records_at_once);
  std::int64_t records = 0;
  for (int ended = 0; ended < partitions;) {
    ssize_t count = rd_kafka_consume_batch_queue(queue, 100, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = messages[static_cast<std::size_t>(i)];
      records += message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
      ended += message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? 1 : 0;
      rd_kafka_message_destroy(message);
    }
  }
  report("bare", records, seconds_since(begin));
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer.get());
}

struct Keyed {
  std::string_view key;
};
THALWEG_FIELDS(Keyed, key)

/// Counts what went in.
class Total final : public StreamingListener {
 public:
  void on_batch_completed(const BatchReport& report) override { records += report.record_count(); }
  std::int64_t records = 0;
};

void count(const std::string& broker, const std::string& topic, const std::string& out) {
  auto begin = std::chrono::steady_clock::now();
  Session session("local[2]", "kafka counts");
  StreamingContext context(session, 100ms);
  auto total = std::make_shared<Total>();
  context.add_listener(total);
  context.stop_at_end();
  kafka::direct_stream<Keyed>(context, {{"kafka.bootstrap.servers", broker},
                                        {"subscribe", topic},
                                        {"startingOffsets", "earliest"},
                                        {"maxRecordsPerTrigger", "1000000"}})
      .map([](const Keyed& record) { return std::pair(record.key, std::int64_t{1}); })
      .reduce_by_key(std::plus<>())
      .write_to("kafka", {{"kafka.bootstrap.servers", broker}, {"topic", out}});
  context.start();
  context.await_termination();
  report("count", total->records, seconds_since(begin));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::string job = argc < 4 ? "" : argv[1];
    if (job == "fill" && argc == 5) {
      fill(argv[2], argv[3], std::atoll(argv[4]));
    } else if (job == "bare") {
      read_bare(argv[2], argv[3]);
    } else if (job == "count" && argc == 5) {
      count(argv[2], argv[3], argv[4]);
    } else {
      std::fprintf(stderr, "usage: kafka_throughput fill|bare|count BROKER TOPIC [RECORDS|OUT]\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kafka_throughput: %s\n", error.what());
    return 1;
  }
}
