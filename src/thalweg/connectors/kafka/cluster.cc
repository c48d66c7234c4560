// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka/cluster_internal.h"

namespace thalweg::kafka {
namespace {

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

// What the protocol asks for in the place of a time.
constexpr std::int64_t of_the_end = -1;
constexpr std::int64_t of_the_begin = -2;

bool is_missing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

TopicList to_list(const std::vector<PartitionKey>& partitions) {
  TopicList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& [topic, number] : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), number);
  }
  return list;
}

}  // namespace

Result<Client*> Cluster::client() {
  if (client_ == nullptr) {
    THALWEG_TRY_ASSIGN(client_, Client::make(RD_KAFKA_CONSUMER, settings_, "source kafka"));
  }
  // Serves what waits for it, such as the answers to commits.
  rd_kafka_poll(client_->handle(), 0);
  return client_.get();
}

Result<std::map<std::string, std::int32_t>> Cluster::partition_counts(
    const std::vector<std::string>& topics) {
  std::map<std::string, std::int32_t> counts;
  for (const auto& topic : topics) {
    THALWEG_TRY_ASSIGN(auto found, ask_metadata(&topic));
    counts.merge(found);
  }
  return counts;
}

Result<std::map<std::string, std::int32_t>> Cluster::all_partition_counts() {
  return ask_metadata(nullptr);
}

Result<std::map<std::string, std::int32_t>> Cluster::ask_metadata(const std::string* topic) {
  THALWEG_TRY_ASSIGN(Client * asked, client());
  TopicHandle handle;
  if (topic != nullptr) {
    handle.reset(rd_kafka_topic_new(asked->handle(), topic->c_str(), nullptr));
    if (handle == nullptr) {
      return asked->failure("topic \"" + *topic + "\"", rd_kafka_last_error());
    }
  }
  const rd_kafka_metadata_t* answer = nullptr;
  rd_kafka_resp_err_t error =
      rd_kafka_metadata(asked->handle(), topic == nullptr, handle.get(), &answer, timeout_ms());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return asked->failure("can't ask which partitions there are", error);
  }
  std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(answer);
  std::map<std::string, std::int32_t> counts;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& found = metadata->topics[i];
    if (is_missing(found.err)) continue;
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return asked->failure("topic " + std::string(found.topic), found.err);
    }
    counts.emplace(found.topic, found.partition_cnt);
  }
  return counts;
}

Result<Offsets> Cluster::begins(const std::vector<PartitionKey>& partitions) {
  return ask_offsets(partitions, of_the_begin, "can't ask where partitions begin");
}

Result<Offsets> Cluster::ends(const std::vector<PartitionKey>& partitions) {
  return ask_offsets(partitions, of_the_end, "can't ask where partitions end");
}

Result<Offsets> Cluster::at_time(const std::vector<PartitionKey>& partitions, std::int64_t millis) {
  return ask_offsets(partitions, millis, "can't ask for the offsets of a time");
}

Result<Offsets> Cluster::ask_offsets(const std::vector<PartitionKey>& partitions,
                                     std::int64_t wanted, const std::string& what) {
  Offsets offsets;
  if (partitions.empty()) return offsets;
  THALWEG_TRY_ASSIGN(Client * asked, client());
  TopicList list = to_list(partitions);
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = wanted;
  rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(asked->handle(), list.get(), timeout_ms());
  if (is_missing(error)) return offsets;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return asked->failure(what, error);
  for (int i = 0; i < list->cnt; ++i) {
    const auto& found = list->elems[i];
    if (is_missing(found.err)) continue;
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return asked->failure(what + ", " + found.topic + "/" + std::to_string(found.partition),
                            found.err);
    }
    // Where no record is that new, librdkafka says "the end" by a number of its own.
    offsets[{found.topic, found.partition}] = found.offset < 0 ? -1 : found.offset;
  }
  return offsets;
}

Status Cluster::commit(const Offsets& offsets) {
  if (offsets.empty() || !settings_.contains("group.id")) return {};
  THALWEG_TRY_ASSIGN(Client * asked, client());
  TopicList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [key, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), key.first.c_str(), key.second)->offset = offset;
  }
  rd_kafka_resp_err_t error = rd_kafka_commit(asked->handle(), list.get(), 1);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return asked->failure("can't commit offsets to the group", error);
}

}  // namespace thalweg::kafka
