// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/common/type_name.h"
#include "thalweg/rdd/partitioner.h"
#include "thalweg/rdd/state/kept_version.h"
#include "thalweg/rdd/state/snapshot_pages.h"

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
  /// Divides the key groups among another number of partitions, for the batches that are made from
  /// now on. False, and nothing was done, where that would divide the keys into other groups: with
  /// a partitioner of the user's own, or more partitions than groups.
  /// REQUIRES: every batch that was made was applied everywhere, and none is being made.
  virtual bool divide(int partitions) = 0;

  /// Held while the tables of a partition's groups are changed.
  std::mutex& mutex(int partition) { return mutexes_[static_cast<std::size_t>(partition)]; }

  /// The types of key and state, as the compiler has them: a checkpoint of others is refused.
  [[nodiscard]] virtual std::string type_text() const = 0;

  /// Takes what images of this state gave. Keys go to the groups that they belong to now. Before
  /// the first batch, by the driver. Errors: data_loss; those of `read`.
  virtual Status restore(std::size_t count, const SnapshotPages::Read& read) = 0;
  /// Keys that have a state.
  [[nodiscard]] virtual std::size_t size() const = 0;

 protected:
  /// What the last image had of a group.
  struct Saved {
    /// Notes all pages of a version as saved. `pages`: their numbers. Gives the places of those
    /// that were not, or of all.
    std::vector<std::size_t> note(std::uint64_t generation, std::vector<std::uint64_t> pages,
                                  bool all);

    std::int64_t id = 0;  ///< KeptVersion::id().
    std::uint64_t generation = 0;
    std::vector<std::uint64_t> pages;  ///< StateVersion::page_numbers().
  };

  /// Ends a piece of an image, and begins the next one in `out`.
  static Status write_piece(Encoder& out, const StateImage::Write& write);

  void set_partition_count(int partitions) { partition_count_ = partitions; }

 private:
  int partition_count_;
  const int group_count_;
  std::vector<std::mutex> mutexes_;  ///< One a group: as many as there can be partitions.
};

/// A table of states for every key group.
///
/// Thread safety: the tables of a partition's groups are used under mutex(partition).
template <Record K, Record S>
class KeyedState final : public AnyKeyedState {
 public:
  using Table = StateTable<K, S>;
  using Version = StateVersion<K, S>;
  using Kept = KeptVersion<K, S>;

  KeyedState(std::shared_ptr<SessionState> session,
             std::shared_ptr<const Partitioner<K>> partitioner)
      : AnyKeyedState(partitioner->partition_count(), groups_in(*partitioner)),
        session_(std::move(session)),
        partitioner_(std::move(partitioner)),
        tables_(static_cast<std::size_t>(group_count())),
        newest_(tables_.size()),
        saved_(tables_.size()) {
    for (int i = 0; i < partition_count(); ++i) charges_.emplace_back(session_->memory);
  }

  [[nodiscard]] const std::shared_ptr<const Partitioner<K>>& partitioner() const {
    return partitioner_;
  }
  bool divide(int partitions) override {
    if (partitions == partition_count()) return true;
    auto* hash = dynamic_cast<const HashPartitioner<K>*>(partitioner_.get());
    if (hash == nullptr || partitions < 1) return false;
    auto other = make_hash_partitioner<K>(partitions, hash->key_group_count());
    if (groups_in(*other) != group_count()) return false;
    partitioner_ = std::move(other);
    set_partition_count(partitions);
    charges_.clear();
    for (int i = 0; i < partitions; ++i) charges_.emplace_back(session_->memory);
    for (int i = 0; i < partitions; ++i) charge(i);
    return true;
  }
  /// With a partitioner of the user's own, a group is a partition.
  [[nodiscard]] int group_of(const K& key, std::uint64_t hash) const {
    if (group_count() == partition_count()) return partitioner_->place(key, hash);
    return key_group_of(hash, group_count());
  }
  /// The states of a group after the batch that was applied last.
  [[nodiscard]] const Kept& newest(int group) const {
    return newest_[static_cast<std::size_t>(group)];
  }
  [[nodiscard]] const std::shared_ptr<SessionState>& session() const { return session_; }
  [[nodiscard]] bool on_disk() const {
    return session_->options.state_backend == StateBackend::disk;
  }

  /// The table of a group, with what newest() says in it. Once it was changed: keep(), then
  /// set_newest(); or, to take back what was done, release().
  Result<Table*> open(int group) {
    Table& table = tables_[static_cast<std::size_t>(group)];
    if (on_disk()) {
      THALWEG_TRY_ASSIGN(auto version, newest(group).open());
      table.load(*version);
    }
    return &table;
  }
  /// The version that a draft of the table left, put where it is to lie.
  Result<Kept> keep(int group, Version version) {
    if (!on_disk()) return Kept(std::move(version));
    release(group);
    return Kept::store(session_, std::move(version));
  }
  /// Lets go of what open() has read.
  void release(int group) {
    if (on_disk()) tables_[static_cast<std::size_t>(group)].unload();
  }
  void set_newest(int group, Kept version) {
    newest_[static_cast<std::size_t>(group)] = std::move(version);
  }
  /// Accounts for a partition's states where they stay in memory. Other blocks make room.
  void charge(int partition) {
    if (on_disk()) return;
    std::size_t bytes = 0;
    Groups groups = groups_of(partition);
    for (int group = groups.first; group < groups.last; ++group) {
      bytes += newest(group).bytes() + tables_[static_cast<std::size_t>(group)].index_bytes();
    }
    charges_[static_cast<std::size_t>(partition)].resize(static_cast<std::int64_t>(bytes));
    // Blocks that can't be written out now fail whoever stores the next one.
    (void)session_->blocks.make_room();
  }

  [[nodiscard]] std::string type_text() const override {
    return type_name(typeid(K)) + " -> " + type_name(typeid(S));
  }

  /// StateImage::encode() of one version of every group.
  Status encode(const std::vector<Kept>& groups, bool all, const StateImage::Write& write) {
    Encoder out;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      auto& saved = saved_[group];
      // Not even read where no batch touched it.
      std::int64_t id = std::exchange(saved.id, groups[group].id());
      if (!all && id != 0 && id == saved.id) continue;
      THALWEG_TRY_ASSIGN(auto opened, groups[group].open());
      const Version& version = *opened;
      bool afresh = all || version.generation() != saved.generation;
      auto pages = saved.note(version.generation(), version.page_numbers(), afresh);
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
        if (out.bytes().size() < StateImage::snapshot_bytes_max) continue;
        THALWEG_TRY(write_piece(out, write));
      }
    }
    return out.bytes().size() > 0 ? write_piece(out, write) : Status();
  }

  Status restore(std::size_t count, const SnapshotPages::Read& read) override {
    THALWEG_TRY_ASSIGN(auto pages, SnapshotPages::find(count, read));
    std::map<int, std::unique_ptr<typename Table::Draft>> drafts;
    for (std::size_t saved = 0; saved < pages.group_count(); ++saved) {
      THALWEG_TRY(pages.for_each(saved, [&](std::string_view page) -> Status {
        Decoder in(page);
        Status opened;
        THALWEG_TRY(Table::decode_page(in, [&](const K& key, S state) {
          std::uint64_t hash = RecordTraits<K>::hash(key);
          int group = group_of(key, hash);
          auto& draft = drafts[group];
          if (draft == nullptr && opened.ok()) opened = begin_draft(group, draft);
          if (opened.ok()) draft->set(draft->place_of(key, hash), std::move(state));
        }));
        return opened;
      }));
      // Where keys are divided as they were, a group is whole now.
      if (on_disk()) THALWEG_TRY(finish_drafts(drafts));
    }
    THALWEG_TRY(finish_drafts(drafts));
    for (int partition = 0; partition < partition_count(); ++partition) charge(partition);
    return {};
  }

  [[nodiscard]] std::size_t size() const override {
    std::size_t keys = 0;
    for (const auto& version : newest_) keys += version.size();
    return keys;
  }

 private:
  static int groups_in(const Partitioner<K>& partitioner) {
    auto* hash = dynamic_cast<const HashPartitioner<K>*>(&partitioner);
    return hash != nullptr ? hash->key_group_count() : partitioner.partition_count();
  }
  Status begin_draft(int group, std::unique_ptr<typename Table::Draft>& draft) {
    THALWEG_TRY_ASSIGN(Table * table, open(group));
    draft = std::make_unique<typename Table::Draft>(*table);
    return {};
  }
  Status finish_drafts(std::map<int, std::unique_ptr<typename Table::Draft>>& drafts) {
    for (auto& [group, draft] : drafts) {
      THALWEG_TRY_ASSIGN(auto kept, keep(group, draft->finish()));
      set_newest(group, std::move(kept));
    }
    drafts.clear();
    return {};
  }

  const std::shared_ptr<SessionState> session_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
  std::vector<Table> tables_;
  std::vector<Kept> newest_;
  std::vector<MemoryCharge> charges_;  ///< By partition.
  std::vector<Saved> saved_;           ///< By the thread that encodes images.
};

}  // namespace thalweg
