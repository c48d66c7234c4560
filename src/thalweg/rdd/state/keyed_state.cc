// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/state/keyed_state.h"

#include "thalweg/common/faults/kill_point.h"

namespace thalweg {

AnyKeyedState::AnyKeyedState(int partition_count, int group_count)
    : partition_count_(partition_count),
      group_count_(group_count),
      mutexes_(static_cast<std::size_t>(group_count)) {}

AnyKeyedState::~AnyKeyedState() = default;

AnyKeyedState::Groups AnyKeyedState::groups_of(int partition) const {
  // The first group g with g * partitions / groups == partition, rounded down.
  auto first = [&](std::int64_t p) {
    return static_cast<int>((p * group_count_ + partition_count_ - 1) / partition_count_);
  };
  return {first(partition), first(partition + 1)};
}

std::vector<std::size_t> AnyKeyedState::Saved::note(std::uint64_t version_generation,
                                                    std::vector<std::uint64_t> version_pages,
                                                    bool all) {
  std::vector<std::size_t> changed;
  for (std::size_t page = 0; page < version_pages.size(); ++page) {
    bool known = page < pages.size() && pages[page] == version_pages[page];
    if (all || !known) changed.push_back(page);
  }
  if (THALWEG_CANARY("last_page_not_saved") && !changed.empty()) changed.pop_back();
  generation = version_generation;
  pages = std::move(version_pages);
  return changed;
}

Status AnyKeyedState::write_piece(Encoder& out, const StateImage::Write& write) {
  out.put_length(0);
  std::string bytes = std::exchange(out, Encoder()).take();
  return write(bytes);
}

}  // namespace thalweg
