// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/spilling/group_memory.h"

#include <cstdint>

namespace thalweg {
namespace {

constexpr std::int64_t parts_of_limit = 4;
/// However little memory a session has: its tests have 1 byte.
constexpr std::int64_t group_bytes_min = std::int64_t{1} << 20;

std::string mib(std::int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

GroupMemory::GroupMemory(SessionState& session)
    : session_(session),
      group_bytes_max_(static_cast<std::size_t>(
          std::max(session.memory.limit_bytes() / parts_of_limit, group_bytes_min))),
      charge_(session.memory) {}

Status GroupMemory::too_large(const std::string& key) const {
  return {ErrorCode::invalid_argument,
          "the group of key " + key + " takes more than " +
              mib(static_cast<std::int64_t>(group_bytes_max_)) +
              ", a quarter of the session's memory (" + mib(session_.memory.limit_bytes()) +
              "), and a group is held whole; reduce or aggregate by key, which needs no groups, "
              "divide the key, or raise memory_bytes_max"};
}

Status GroupMemory::charge(std::size_t table_bytes) {
  table_bytes_ = table_bytes;
  charge_.resize(static_cast<std::int64_t>(bytes()));
  return session_.blocks.make_room();
}

}  // namespace thalweg
