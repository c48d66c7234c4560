// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace thalweg {

/// A number that names one kind of thing and cannot be mistaken for another's.
template <typename Tag>
struct Id {
  std::int64_t value = -1;
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using RddId = Id<struct RddTag>;
using ShuffleId = Id<struct ShuffleTag>;
using JobId = Id<struct JobTag>;
using StageId = Id<struct StageTag>;
using TaskId = Id<struct TaskTag>;
using BroadcastId = Id<struct BroadcastTag>;
using AccumulatorId = Id<struct AccumulatorTag>;
using StreamId = Id<struct StreamTag>;

}  // namespace thalweg

template <typename Tag>
struct std::hash<thalweg::Id<Tag>> {
  std::size_t operator()(const thalweg::Id<Tag>& id) const noexcept {
    return std::hash<std::int64_t>()(id.value);
  }
};
