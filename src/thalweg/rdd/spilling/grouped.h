// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "thalweg/rdd/nodes/cogrouped.h"
#include "thalweg/rdd/spilling/sorted_runs.h"

namespace thalweg {

/// A value and its group's number, by which values are sorted when groups outgrow memory.
template <typename V>
struct ByNumber {
  using Row = std::pair<std::int64_t, V>;
  struct KeyOf {
    std::int64_t operator()(const Row& row) const { return row.first; }
  };
  using Runs = SortedRuns<Row, std::int64_t, KeyOf, std::less<>>;
};

/// Hands out groups one by one, of values that come sorted by their group's number: no more of them
/// is in memory than a chunk.
template <typename K, typename V>
class GroupCursor final : public Cursor<std::pair<K, std::vector<V>>> {
 public:
  using Row = std::pair<K, std::vector<V>>;
  using Keys = KeyedTable<K, std::int64_t>;

  /// `keys`: by number. `charge`: for them.
  GroupCursor(const AnyNode& node, TaskContext& context, Keys keys, MemoryCharge charge,
              CursorPointer<typename ByNumber<V>::Row> values)
      : node_(node),
        context_(context),
        charge_(std::move(charge)),
        keys_(std::move(keys)),
        sorted_(std::move(values)) {}

  Result<Chunk<Row>> next() override {
    out_.clear();
    viewed_.clear();
    memory_.emplace(context_.session);
    while (true) {
      if (at_ == rows_.size()) {
        at_ = 0;
        THALWEG_TRY_ASSIGN(rows_, sorted_->next());
        THALWEG_TRY(memory_->charge(viewed_.bytes()));
        if (rows_.empty()) {
          if (number_ != none) emit();
          return out_.chunk();
        }
      }
      THALWEG_TRY_ASSIGN(bool full, take_rows());
      if (full) return out_.chunk();
    }
  }

 private:
  static constexpr std::int64_t none = -1;
  static constexpr std::size_t chunk_bytes_max = std::size_t{1} << 20;

  /// Moves values to their groups. True: the chunk is large enough.
  Result<bool> take_rows() {
    ChunkScope<Row> scope;
    for (; at_ < rows_.size(); ++at_) {
      const auto& [number, value] = rows_[at_];
      if (number != number_) {
        if (number_ != none) {
          emit();
          if (out_.full() || memory_->bytes() > chunk_bytes_max) return true;
        }
        number_ = number;
      }
      memory_->push(values_, value);
      if constexpr (has_views<V>) RecordTraits<V>::adopt(values_.back(), viewed_);
      if (memory_->too_large()) [[unlikely]] {
        return memory_->too_large(record_excerpt(key())).within(node_.describe());
      }
    }
    return false;
  }

  /// By value where keys are views.
  decltype(auto) key() { return keys_.entries()[static_cast<std::size_t>(number_)].key.get(); }
  void emit() {
    ChunkScope<Row> scope;
    out_.emplace(key(), std::exchange(values_, {}));
    number_ = none;
  }

  const AnyNode& node_;
  TaskContext& context_;
  MemoryCharge charge_;
  Keys keys_;
  CursorPointer<typename ByNumber<V>::Row> sorted_;
  Chunk<typename ByNumber<V>::Row> rows_;
  std::size_t at_ = 0;
  std::optional<GroupMemory> memory_;  ///< Of the groups of the chunk.
  Arena viewed_;                       ///< By their values.
  std::int64_t number_ = none;         ///< Of the group that is filled.
  std::vector<V> values_;
  ChunkBuffer<Row> out_;
};

/// Collects the groups of a partition: in a table as long as that takes no more than the task's
/// share of memory, and from then on by sorting values by the number of their group, so that only
/// keys are held. Both give the groups in the order in which their keys first came.
///
/// One thread.
template <typename K, typename V>
class GroupCollector {
 public:
  using Row = std::pair<K, std::vector<V>>;

  GroupCollector(const AnyNode& node, TaskContext& context)
      : node_(node),
        context_(context),
        memory_(std::in_place, context.session),
        key_charge_(context.session.memory) {}

  /// Takes the pairs of a block. Errors: invalid_argument for a group that gets too large; those of
  /// writing blocks to disk.
  Status add(const std::shared_ptr<const Block>& block) {
    const auto& rows = rows_of<std::pair<K, V>>(*block);
    bool viewed = false;
    for (std::size_t i = 0; i < rows.size(); i += chunk_rows_max) {
      const std::size_t size = std::min(chunk_rows_max, rows.size() - i);
      if (runs_) {
        THALWEG_TRY(sort_rows(rows.data() + i, size));
        continue;
      }
      if constexpr (has_views<V>) {
        if (!std::exchange(viewed, true)) {
          viewed_.push_back(block);
          viewed_bytes_ += block->bytes();
        }
      }
      THALWEG_TRY((add_to_groups<K, V>(
                       rows.data() + i, size, groups_, *memory_,
                       [](std::vector<V> & values) -> auto& { return values; }))
                      .within(node_.describe()));
      if (static_cast<std::int64_t>(memory_->bytes() + viewed_bytes_) >
          task_bytes_max(context_.session)) {
        THALWEG_TRY(begin_sorting());
      }
    }
    return {};
  }

  /// The groups. The last call; the node must outlive the cursor. Errors: those of add().
  Result<CursorPointer<Row>> finish() {
    if (!runs_) {
      return CursorPointer<Row>(new TableCursor<K, std::vector<V>>(
          std::move(groups_), std::move(viewed_), memory_->take_charge(), context_));
    }
    THALWEG_TRY(flush());
    THALWEG_TRY_ASSIGN(auto sorted, runs_->finish());
    return CursorPointer<Row>(new GroupCursor<K, V>(node_, context_, std::move(keys_),
                                                    std::move(key_charge_), std::move(sorted)));
  }

 private:
  using Numbered = ByNumber<V>;

  static constexpr typename Numbered::KeyOf number_of{};
  static constexpr std::less<> before{};

  /// Gives what the table has to the runs.
  Status begin_sorting() {
    runs_.emplace(node_, context_, number_of, before);
    for (auto& entry : groups_.entries()) {
      {
        ChunkScope<Row> scope;
        const std::int64_t number = number_of_key(entry.key.get());
        for (V& value : entry.value) append(number, std::move(value));
        entry.value = {};
      }
      THALWEG_TRY(flush_full());
    }
    groups_ = KeyedTable<K, std::vector<V>>();
    viewed_.clear();
    memory_.reset();
    return {};
  }

  Status sort_rows(const std::pair<K, V>* rows, std::size_t size) {
    {
      ChunkScope<std::pair<K, V>> scope;
      for (std::size_t i = 0; i < size; ++i) append(number_of_key(rows[i].first), rows[i].second);
    }
    key_charge_.resize(static_cast<std::int64_t>(keys_.bytes()));
    return flush_full();
  }

  std::int64_t number_of_key(const K& key) {
    auto number = static_cast<std::int64_t>(keys_.size());
    keys_.upsert(
        key, RecordTraits<K>::hash(key), [&] { return number; },
        [&](std::int64_t known) { number = known; });
    return number;
  }

  template <typename Value>
  void append(std::int64_t number, Value&& value) {
    if (pending_ == nullptr) pending_ = make_block<typename Numbered::Row>();
    block_of<typename Numbered::Row>(*pending_).append_row(
        typename Numbered::Row(number, std::forward<Value>(value)));
  }
  Status flush_full() {
    return pending_ != nullptr && pending_->bytes() > runs_->piece_bytes() ? flush() : Status();
  }
  Status flush() {
    if (pending_ == nullptr) return {};
    auto bytes = static_cast<std::int64_t>(pending_->bytes());
    return runs_->add(std::exchange(pending_, nullptr), bytes);
  }

  const AnyNode& node_;
  TaskContext& context_;
  std::optional<GroupMemory> memory_;
  KeyedTable<K, std::vector<V>> groups_;
  BlockList viewed_;  ///< By their values.
  std::size_t viewed_bytes_ = 0;

  // Once the groups have outgrown memory:
  MemoryCharge key_charge_;
  KeyedTable<K, std::int64_t> keys_;  ///< And the numbers of their groups.
  std::shared_ptr<Block> pending_;
  std::optional<typename Numbered::Runs> runs_;
};

/// All values of each key, in the order of the map partitions.
template <typename K, typename V>
class GroupedNode final : public RddNode<std::pair<K, std::vector<V>>> {
 public:
  using Row = std::pair<K, std::vector<V>>;

  GroupedNode(const NodePointer<std::pair<K, V>>& parent,
              const std::shared_ptr<const Partitioner<K>>& partitioner)
      : GroupedNode(parent->session_pointer(), GroupingInput::of(parent, partitioner),
                    partitioner) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    GroupCollector<K, V> groups(*this, context);
    THALWEG_TRY(input_.for_each_block(
        partition, context,
        [&](const std::shared_ptr<const Block>& block) { return groups.add(block); }));
    return groups.finish();
  }

 private:
  GroupedNode(std::shared_ptr<SessionState> session, GroupingInput input,
              const std::shared_ptr<const Partitioner<K>>& partitioner)
      : RddNode<Row>(std::move(session), "group_by_key", take_dependency(input),
                     partitioner->partition_count()),
        input_(std::move(input)) {
    this->set_partitioner(partitioner);
  }

  const GroupingInput input_;
};

}  // namespace thalweg
