// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "thalweg/connectors/kafka/selection_internal.h"

namespace thalweg::kafka {
namespace {

constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;

Status wrong(const std::string& message) {
  return {ErrorCode::invalid_argument, "source kafka: " + message};
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    std::size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (!part.empty()) parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

/// The number of a partition, as the name of a JSON member.
std::optional<std::int32_t> partition_number(const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != text.npos) {
    return std::nullopt;
  }
  return std::stoi(text);
}

Result<std::set<PartitionKey>> parse_assignment(const std::string& text) {
  auto refused = [&] {
    return wrong(
        "option \"assign\" must be JSON that lists partitions by topic, as in "
        "{\"orders\": [0, 1]}: got " +
        text);
  };
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.empty()) return refused();
  std::set<PartitionKey> assigned;
  for (const auto& [topic, numbers] : json.items()) {
    if (!numbers.is_array() || numbers.empty()) return refused();
    for (const auto& number : numbers) {
      if (!number.is_number_unsigned() || number.get<std::uint64_t>() > 999'999'999) {
        return refused();
      }
      assigned.emplace(topic, number.get<std::int32_t>());
    }
  }
  return assigned;
}

Result<Offsets> parse_offsets(const std::string& text) {
  auto refused = [&] {
    return wrong(
        "option \"startingOffsets\" must be earliest, latest, or JSON that has an offset "
        "by topic and partition, as in {\"orders\": {\"0\": 23, \"1\": -2}}: got " +
        text);
  };
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.empty()) return refused();
  Offsets offsets;
  for (const auto& [topic, partitions] : json.items()) {
    if (!partitions.is_object()) return refused();
    for (const auto& [name, offset] : partitions.items()) {
      auto number = partition_number(name);
      if (!number || !offset.is_number_integer()) return refused();
      auto value = offset.get<std::int64_t>();
      if (value < earliest) return refused();
      offsets[{topic, *number}] = value;
    }
  }
  return offsets;
}

}  // namespace

Result<Selection> Selection::make(const Options& options) {
  Selection selection;
  int given = 0;
  for (const char* name : {"subscribe", "topic"}) {
    if (options.text(name).empty()) continue;
    selection.topics_ = split_at_commas(options.text(name));
    ++given;
  }
  if (const std::string& pattern = options.text("subscribePattern"); !pattern.empty()) {
    try {
      selection.pattern_.emplace(pattern, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& error) {
      return wrong("option \"subscribePattern\" is not a regular expression: " + pattern + " (" +
                   error.what() + ")");
    }
    ++given;
  }
  if (const std::string& text = options.text("assign"); !text.empty()) {
    THALWEG_TRY_ASSIGN(selection.assigned_, parse_assignment(text));
    for (const auto& [topic, number] : selection.assigned_) {
      if (selection.topics_.empty() || selection.topics_.back() != topic) {
        selection.topics_.push_back(topic);
      }
    }
    ++given;
  }
  if (given != 1 || (selection.topics_.empty() && !selection.pattern_)) {
    return wrong(
        "exactly one of \"subscribe\", \"subscribePattern\" and \"assign\" says what is "
        "read: got " +
        std::to_string(given));
  }
  return selection;
}

Result<std::vector<PartitionKey>> Selection::find(Cluster& cluster) const {
  THALWEG_TRY_ASSIGN(auto counts,
                     pattern_ ? cluster.all_partition_counts() : cluster.partition_counts(topics_));
  std::vector<PartitionKey> found;
  for (const auto& [topic, count] : counts) {
    if (pattern_ && !std::regex_match(topic, *pattern_)) continue;
    for (std::int32_t number = 0; number < count; ++number) {
      if (assigned_.empty() || assigned_.contains({topic, number})) {
        found.emplace_back(topic, number);
      }
    }
  }
  return found;
}

Result<Start> Start::make(const Options& options) {
  Start start;
  const std::string& offsets = options.text("startingOffsets");
  const std::string& strategy = options.text("startingOffsetsByTimestampStrategy");
  if (strategy != "error" && strategy != "latest") {
    return wrong("option \"startingOffsetsByTimestampStrategy\" must be error or latest: got " +
                 strategy);
  }
  start.latest_after_time_ = strategy == "latest";
  start.millis_ = options.integer("startingTimestamp");
  if (start.millis_ >= 0) {
    start.kind_ = Kind::time;
  } else if (offsets == "earliest" || offsets == "earliest-offset") {
    start.kind_ = Kind::earliest;
  } else if (offsets == "latest" || offsets == "latest-offset") {
    start.kind_ = Kind::latest;
  } else {
    start.kind_ = Kind::listed;
    THALWEG_TRY_ASSIGN(start.listed_, parse_offsets(offsets));
  }
  return start;
}

Result<Offsets> Start::find(Cluster& cluster, const std::vector<PartitionKey>& partitions,
                            bool first) const {
  if (!first || kind_ == Kind::earliest) return cluster.begins(partitions);
  if (kind_ == Kind::latest) return cluster.ends(partitions);
  return kind_ == Kind::time ? find_time(cluster, partitions) : find_listed(cluster, partitions);
}

Result<Offsets> Start::find_listed(Cluster& cluster,
                                   const std::vector<PartitionKey>& partitions) const {
  Offsets found;
  std::vector<PartitionKey> at_begin;
  std::vector<PartitionKey> at_end;
  for (const auto& key : partitions) {
    auto listed = listed_.find(key);
    if (listed == listed_.end()) {
      return wrong("option \"startingOffsets\" says nothing of partition " + key.first + "/" +
                   std::to_string(key.second) +
                   "; give it an offset, -2 for earliest or -1 for "
                   "latest");
    }
    if (listed->second == latest) {
      at_end.push_back(key);
    } else if (listed->second == earliest) {
      at_begin.push_back(key);
    } else {
      found.insert(*listed);
    }
  }
  THALWEG_TRY_ASSIGN(Offsets begins, cluster.begins(at_begin));
  THALWEG_TRY_ASSIGN(Offsets ends, cluster.ends(at_end));
  found.merge(begins);
  found.merge(ends);
  return found;
}

Result<Offsets> Start::find_time(Cluster& cluster,
                                 const std::vector<PartitionKey>& partitions) const {
  THALWEG_TRY_ASSIGN(Offsets found, cluster.at_time(partitions, millis_));
  std::vector<PartitionKey> after;
  for (const auto& [key, offset] : found) {
    if (offset >= 0) continue;
    if (!latest_after_time_) {
      return wrong("partition " + key.first + "/" + std::to_string(key.second) +
                   " has no record at or after startingTimestamp " + std::to_string(millis_) +
                   "; set startingOffsetsByTimestampStrategy to latest to begin with what comes");
    }
    after.push_back(key);
  }
  THALWEG_TRY_ASSIGN(Offsets ends, cluster.ends(after));
  for (const auto& [key, offset] : ends) found[key] = offset;
  return found;
}

}  // namespace thalweg::kafka
