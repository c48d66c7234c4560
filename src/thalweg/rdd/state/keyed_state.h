// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/type_name.h"
#include "thalweg/rdd/partitioner.h"
#include "thalweg/state/state_table.h"

namespace thalweg {

/// What the states of an operator are after one batch, to be written while later batches run.
///
/// Thread safety: any thread, one at a time for all images of one operator.
class StateImage {
 public:
  /// Takes the bytes of one snapshot: what AnyKeyedState::restore() reads.
  using Write = std::function<Status(std::string_view bytes)>;

  virtual ~StateImage() = default;
  /// Keys that have a state.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Gives `write` what differs from the image that was encoded last, or all, in pieces of about
  /// snapshot_bytes_max; nothing where nothing differs.
  /// Errors: those of `write`. In doubt all is to be written the next time.
  virtual Status encode(bool all, const Write& write) = 0;

  /// A piece is ended once it is as large: what a checkpoint needs of memory, beside the states.
  static constexpr std::size_t snapshot_bytes_max = std::size_t{4} << 20;
};

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

  /// Reads what images of this state gave, the oldest first. Keys go to the groups that they
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

  /// StateImage::encode() of one version of every group.
  Status encode(const std::vector<StateVersion<K, S>>& groups, bool all,
                const StateImage::Write& write) {
    Encoder out;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const auto& version = groups[group];
      auto& saved = saved_[group];
      bool afresh = all || version.generation() != saved.generation;
      auto pages = changed_pages(version, saved, afresh);
      if (THALWEG_CANARY("last_page_not_saved") && !pages.empty()) pages.pop_back();
      for (std::size_t next = 0; next < pages.size() || afresh;) {
        Encoder bytes;
        std::size_t count = 0;
        while (next < pages.size() &&
               out.bytes().size() + bytes.bytes().size() < StateImage::snapshot_bytes_max) {
          Encoder page;
          version.encode_page(pages[next], page);
          bytes.put_length(pages[next]);
          bytes.put_text(page.bytes());
          ++next;
          ++count;
        }
        out.put_length(group + 1);
        out.put_number<std::uint8_t>(std::exchange(afresh, false) ? 1 : 0);
        out.put_length(count);
        out.put_bytes(bytes.bytes());
        if (out.bytes().size() >= StateImage::snapshot_bytes_max)
          THALWEG_TRY(write_piece(out, write));
      }
    }
    return out.bytes().size() > 0 ? write_piece(out, write) : Status();
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
  /// What the last image had of a group.
  struct Saved {
    std::uint64_t generation = 0;
    std::vector<std::uint64_t> pages;  ///< StateVersion::page_number().
  };

  /// Notes all pages of `version` as saved.
  static std::vector<std::size_t> changed_pages(const StateVersion<K, S>& version, Saved& saved,
                                                bool all) {
    std::vector<std::size_t> changed;
    saved.generation = version.generation();
    std::size_t known = saved.pages.size();
    saved.pages.resize(version.page_count());
    for (std::size_t page = 0; page < version.page_count(); ++page) {
      std::uint64_t before = std::exchange(saved.pages[page], version.page_number(page));
      if (all || page >= known || before != saved.pages[page]) changed.push_back(page);
    }
    return changed;
  }
  static Status write_piece(Encoder& out, const StateImage::Write& write) {
    out.put_length(0);
    std::string bytes = std::exchange(out, Encoder()).take();
    return write(bytes);
  }
  static Status malformed() {
    return {ErrorCode::data_loss, "a snapshot of state ends early or is malformed"};
  }

  const std::shared_ptr<const Partitioner<K>> partitioner_;
  std::vector<Table> tables_;
  std::vector<Saved> saved_;  ///< By the thread that encodes images.
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
