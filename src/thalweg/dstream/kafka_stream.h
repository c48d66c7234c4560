// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/fields.h"
#include "thalweg/connectors/kafka_position.h"
#include "thalweg/dstream/streaming_context.h"

namespace thalweg::kafka {

/// A record of a topic. What it views is valid as rows are: as long as the function that is given
/// it runs.
struct Record {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;  ///< Microseconds since 1970; 0 where the record has none.
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
};
THALWEG_FIELDS(Record, topic, partition, offset, timestamp, key, value)

/// The records of topics, without a receiver: each batch has a range of offsets for every partition
/// of a topic, and a partition of the RDD for each.
///
///     kafka::direct_stream(context, {{"kafka.bootstrap.servers", "localhost:9092"},
///                                    {"subscribe", "orders"}})
///
/// T: Record, or a described struct with some of its fields (reading fewer is faster).
/// Options: docs/connectors/kafka.md. Errors: throws Error for options that are refused.
/// Source: Spark's KafkaUtils.createDirectStream.
template <thalweg::Record T = Record>
[[nodiscard]] DStream<T> direct_stream(const StreamingContext& context, OptionTexts options) {
  return context.direct_stream<T>("kafka", std::move(options));
}

/// Names and values of a record's headers; a value may be missing.
using Headers = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// What a field `headers` of a struct of yours holds, with the option includeHeaders.
[[nodiscard]] Headers headers_of(std::string_view field);

/// Offsets of a partition: from `from_offset` up to but without `until_offset`.
struct OffsetRange {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t from_offset = 0;
  std::int64_t until_offset = 0;
  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

/// What the RDD of a batch has, one range a partition. Errors: throws Error(invalid_argument) for
/// any RDD but those that for_each_rdd() or transform() of the stream itself are given.
template <typename T>
[[nodiscard]] std::vector<OffsetRange> offset_ranges(const RDD<T>& rdd) {
  std::vector<OffsetRange> ranges;
  for (const auto& range : source_ranges(rdd)) {
    TopicPartition place = value_or_throw(topic_partition_of(range.partition));
    Offset until = value_or_throw(offset_of(range.until, place.start));
    std::int64_t from = value_or_throw(offset_of(range.from, place.start)).offset;
    ranges.push_back(
        {place.topic, place.number, until.begin >= 0 ? until.begin : from, until.offset});
  }
  return ranges;
}

}  // namespace thalweg::kafka
