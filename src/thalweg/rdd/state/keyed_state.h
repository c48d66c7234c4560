// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/type_name.h"
#include "thalweg/rdd/partitioner.h"
#include "thalweg/state/state_table.h"

namespace thalweg {

/// What one stateful operator remembers from batch to batch, whatever its types: what checkpoints
/// see.
class AnyKeyedState {
 public:
  AnyKeyedState(int partition_count, int group_count);
  virtual ~AnyKeyedState();
  AnyKeyedState(const AnyKeyedState&) = delete;
  AnyKeyedState& operator=(const AnyKeyedState&) = delete;

  [[nodiscard]] int partition_count() const { return partition_count_; }
  [[nodiscard]] int group_count() const { return group_count_; }
  /// The key groups of a partition: from first to last, without last.
  struct Groups {
    int first;
    int last;
  };
  [[nodiscard]] Groups groups_of(int partition) const;

  /// Held while the tables of a partition's groups are changed.
  std::mutex& mutex(int partition) { return mutexes_[static_cast<std::size_t>(partition)]; }

  /// The types of key and state, as the compiler has them: a checkpoint of others is refused.
  [[nodiscard]] virtual std::string type_text() const = 0;

  /// Reads what snapshots of this state wrote, the oldest first. Keys go to the groups that they
  /// belong to now. Before the first batch, by the driver.
  virtual Status restore(const std::vector<std::string>& snapshots) = 0;
  /// Keys that have a state.
  [[nodiscard]] virtual std::size_t size() const = 0;

 private:
  const int partition_count_;
  const int group_count_;
  std::vector<std::mutex> mutexes_;
};

/// A table of states for every key group.
///
/// Thread safety: the tables of a partition's groups are used under mutex(partition).
template <Record K, Record S>
class KeyedState final : public AnyKeyedState {
 public:
  using Table = StateTable<K, S>;

  explicit KeyedState(std::shared_ptr<const Partitioner<K>> partitioner)
      : AnyKeyedState(partitioner->partition_count(), groups_in(*partitioner)),
        partitioner_(std::move(partitioner)),
        tables_(static_cast<std::size_t>(group_count())),
        saved_(tables_.size()) {}

  [[nodiscard]] const std::shared_ptr<const Partitioner<K>>& partitioner() const {
    return partitioner_;
  }
  /// With a partitioner of the user's own, a group is a partition.
  [[nodiscard]] int group_of(const K& key, std::uint64_t hash) const {
    if (group_count() == partition_count()) return partitioner_->place(key, hash);
    return key_group_of(hash, group_count());
  }
  Table& table(int group) { return tables_[static_cast<std::size_t>(group)]; }

  [[nodiscard]] std::string type_text() const override {
    return type_name(typeid(K)) + " -> " + type_name(typeid(S));
  }

  /// Appends the pages of `groups`, one version of every group, that differ from those of the last
  /// call, or all. One call at a time.
  void snapshot(const std::vector<const StateVersion<K, S>*>& groups, bool all, Encoder& out) {
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const auto& version = *groups[group];
      auto& saved = saved_[group];
      bool afresh = all || version.generation() != saved.generation();
      std::vector<std::size_t> pages;
      for (std::size_t page = 0; page < version.page_count(); ++page) {
        if (afresh || !version.shares_page(saved, page)) pages.push_back(page);
      }
      if (THALWEG_CANARY("last_page_not_saved") && !pages.empty()) pages.pop_back();
      saved = version;
      if (pages.empty() && !afresh) continue;
      out.put_length(group + 1);
      out.put_number<std::uint8_t>(afresh ? 1 : 0);
      out.put_length(pages.size());
      for (std::size_t page : pages) {
        out.put_length(page);
        Encoder bytes;
        version.encode_page(page, bytes);
        out.put_text(bytes.bytes());
      }
    }
    out.put_length(0);
  }

  Status restore(const std::vector<std::string>& snapshots) override {
    // Pages by group and number: a later snapshot replaces what an earlier one had.
    std::vector<std::vector<std::string_view>> pages;
    for (const auto& snapshot : snapshots) {
      Decoder in(snapshot);
      while (std::uint64_t group = in.get_length()) {
        bool afresh = in.get_number<std::uint8_t>() != 0;
        if (group > groups_max) return malformed();
        if (pages.size() < group) pages.resize(group);
        auto& of_group = pages[group - 1];
        if (afresh) of_group.clear();
        std::uint64_t count = in.get_length();
        for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
          std::uint64_t page = in.get_length();
          if (page > of_group.size() + count) return malformed();
          if (page >= of_group.size()) of_group.resize(page + 1);
          of_group[page] = in.get_text();
        }
      }
      if (in.failed() || in.bytes_left() != 0) return malformed();
    }
    std::vector<std::unique_ptr<typename Table::Draft>> drafts(tables_.size());
    for (const auto& of_group : pages) {
      for (std::string_view page : of_group) {
        Decoder in(page);
        THALWEG_TRY(Table::decode_page(in, [&](const K& key, S state) {
          std::uint64_t hash = RecordTraits<K>::hash(key);
          auto group = static_cast<std::size_t>(group_of(key, hash));
          if (!drafts[group]) {
            drafts[group] = std::make_unique<typename Table::Draft>(tables_[group]);
          }
          auto& draft = *drafts[group];
          draft.set(draft.place_of(key, hash), std::move(state));
        }));
      }
    }
    for (auto& draft : drafts) {
      if (draft) draft->finish();
    }
    return {};
  }

  [[nodiscard]] std::size_t size() const override {
    std::size_t keys = 0;
    for (const auto& table : tables_) keys += table.newest().size();
    return keys;
  }

 private:
  static constexpr std::uint64_t groups_max = 1 << 20;

  static int groups_in(const Partitioner<K>& partitioner) {
    auto* hash = dynamic_cast<const HashPartitioner<K>*>(&partitioner);
    return hash != nullptr ? hash->key_group_count() : partitioner.partition_count();
  }
  static Status malformed() {
    return {ErrorCode::data_loss, "a snapshot of state ends early or is malformed"};
  }

  const std::shared_ptr<const Partitioner<K>> partitioner_;
  std::vector<Table> tables_;
  std::vector<StateVersion<K, S>> saved_;  ///< What the last snapshot had.
};

/// The drafts of one partition's groups while a batch is applied to them.
template <Record K, Record S>
class StateDrafts {
 public:
  using Draft = typename StateTable<K, S>::Draft;
  using Version = StateVersion<K, S>;

  StateDrafts(KeyedState<K, S>& state, int partition)
      : state_(state), groups_(state.groups_of(partition)) {
    for (int group = groups_.first; group < groups_.last; ++group) {
      drafts_.push_back(std::make_unique<Draft>(state.table(group)));
    }
  }

  [[nodiscard]] std::size_t size() const { return drafts_.size(); }
  Draft& operator[](std::size_t index) { return *drafts_[index]; }
  /// REQUIRES: the key belongs to the partition.
  [[nodiscard]] std::size_t index_of(const K& key, std::uint64_t hash) const {
    return static_cast<std::size_t>(state_.group_of(key, hash) - groups_.first);
  }
  Draft& of(const K& key, std::uint64_t hash) { return *drafts_[index_of(key, hash)]; }

  std::vector<Version> finish() {
    std::vector<Version> versions;
    versions.reserve(drafts_.size());
    for (auto& draft : drafts_) versions.push_back(draft->finish());
    return versions;
  }

 private:
  KeyedState<K, S>& state_;
  const AnyKeyedState::Groups groups_;
  std::vector<std::unique_ptr<Draft>> drafts_;
};

}  // namespace thalweg
