// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka_position.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace thalweg::kafka {
namespace {

/// The text behind "key=" in "a=1;key=2". Neither has a semicolon: topics can't.
std::optional<std::string_view> text_in(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.starts_with(key) && part.substr(key.size()).starts_with('=')) {
      return part.substr(key.size() + 1);
    }
  }
  return std::nullopt;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text, std::string_view key) {
  auto digits = text_in(text, key);
  if (!digits) return std::nullopt;
  Number number = 0;
  const char* end = digits->data() + digits->size();
  auto [stopped, error] = std::from_chars(digits->data(), end, number);
  if (error != std::errc() || stopped != end || number < 0) return std::nullopt;
  return number;
}

}  // namespace

Partition to_partition(const TopicPartition& partition) {
  return {"topic=" + partition.topic + ";partition=" + std::to_string(partition.number) +
          ";start=" + std::to_string(partition.start)};
}

Result<TopicPartition> topic_partition_of(const Partition& partition) {
  auto topic = text_in(partition.text, "topic");
  auto number = number_in<std::int32_t>(partition.text, "partition");
  auto start = number_in<std::int64_t>(partition.text, "start");
  if (!topic || !number || !start) {
    return Status(ErrorCode::invalid_argument,
                  "source kafka: partition is not of this source: \"" + partition.text +
                      "\"; it looks like \"topic=orders;partition=3;start=120\"");
  }
  return TopicPartition{std::string(*topic), *number, *start};
}

Position to_position(const Offset& offset) {
  std::string text = "offset=" + std::to_string(offset.offset);
  if (offset.begin >= 0) text += ";begin=" + std::to_string(offset.begin);
  return {std::move(text)};
}

Result<Offset> offset_of(const Position& position, std::int64_t start) {
  if (position.text.empty()) return Offset{start};
  auto offset = number_in<std::int64_t>(position.text, "offset");
  if (!offset) {
    return Status(ErrorCode::invalid_argument, "source kafka: position is not of this source: \"" +
                                                   position.text +
                                                   "\"; it looks like \"offset=42\"");
  }
  return Offset{*offset, number_in<std::int64_t>(position.text, "begin").value_or(-1)};
}

}  // namespace thalweg::kafka
