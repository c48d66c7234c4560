// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "thalweg/rdd/row_block.h"
#include "thalweg/rdd/state/keyed_state.h"

namespace thalweg {

/// The drafts of one partition's groups while a batch is applied to them. What is not finished
/// leaves nothing behind.
///
/// One thread, under the partition's mutex.
template <Record K, Record S>
class StateDrafts {
 public:
  using Draft = typename StateTable<K, S>::Draft;
  using Kept = KeptVersion<K, S>;

  StateDrafts(KeyedState<K, S>& state, int partition)
      : state_(state),
        partition_(partition),
        groups_(state.groups_of(partition)),
        drafts_(static_cast<std::size_t>(groups_.last - groups_.first)),
        kept_(drafts_.size()),
        reading_(state.session()->memory) {}
  StateDrafts(const StateDrafts&) = delete;
  StateDrafts& operator=(const StateDrafts&) = delete;
  ~StateDrafts() {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i] == nullptr) continue;
      drafts_[i].reset();
      state_.release(group(i));
    }
  }

  [[nodiscard]] std::size_t size() const { return drafts_.size(); }
  /// REQUIRES: the key belongs to the partition.
  [[nodiscard]] std::size_t index_of(const K& key, std::uint64_t hash) const {
    return static_cast<std::size_t>(state_.group_of(key, hash) - groups_.first);
  }

  /// Begins the draft of a group. Errors: those of reading it from disk.
  Status open(std::size_t index) {
    if (drafts_[index] != nullptr) return {};
    // The states as they were, the index, and as much again for what will be written.
    const Kept& before = state_.newest(group(index));
    if (state_.on_disk()) {
      reading_.resize(reading_.bytes() + 2 * static_cast<std::int64_t>(before.bytes()));
      THALWEG_TRY(state_.session()->blocks.make_room());
    }
    THALWEG_TRY_ASSIGN(auto* table, state_.open(group(index)));
    drafts_[index] = std::make_unique<Draft>(*table);
    return {};
  }
  /// open() for all groups.
  Status open_all() {
    for (std::size_t i = 0; i < drafts_.size(); ++i) THALWEG_TRY(open(i));
    return {};
  }
  /// open() for the groups of the keys of pairs; for all where that costs nothing.
  template <typename Row>
  Status open_for(const BlockList& blocks) {
    if (!state_.on_disk()) return open_all();
    for (const auto& block : blocks) {
      ChunkScope<Row> scope;
      for (const auto& row : rows_of<Row>(*block)) {
        THALWEG_TRY(open(index_of(row.first, RecordTraits<K>::hash(row.first))));
      }
    }
    return {};
  }

  /// REQUIRES: open().
  Draft& operator[](std::size_t index) { return *drafts_[index]; }
  /// REQUIRES: open() for the key's group.
  Draft& of(const K& key, std::uint64_t hash) { return *drafts_[index_of(key, hash)]; }

  /// Nothing more comes for a group: makes room for the next, where states lie on disk.
  Status close(std::size_t index) {
    if (!state_.on_disk()) return {};
    THALWEG_TRY(keep(index));
    reading_.resize(0);
    return {};
  }

  /// Makes what the drafts have the newest versions, one a group. Nothing more may be done then.
  Result<std::vector<Kept>> finish() {
    for (std::size_t i = 0; i < drafts_.size(); ++i) THALWEG_TRY(keep(i));
    std::vector<Kept> versions;
    versions.reserve(kept_.size());
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      if (kept_[i]) state_.set_newest(group(i), std::move(*kept_[i]));
      versions.push_back(state_.newest(group(i)));
    }
    state_.charge(partition_);
    return versions;
  }

 private:
  [[nodiscard]] int group(std::size_t index) const {
    return groups_.first + static_cast<int>(index);
  }
  Status keep(std::size_t index) {
    if (drafts_[index] == nullptr) return {};
    auto version = drafts_[index]->finish();
    drafts_[index].reset();
    THALWEG_TRY_ASSIGN(kept_[index], state_.keep(group(index), std::move(version)));
    return {};
  }

  KeyedState<K, S>& state_;
  const int partition_;
  const AnyKeyedState::Groups groups_;
  std::vector<std::unique_ptr<Draft>> drafts_;
  std::vector<std::optional<Kept>> kept_;  ///< Of drafts that are finished.
  MemoryCharge reading_;                   ///< Of groups read from disk.
};

}  // namespace thalweg
