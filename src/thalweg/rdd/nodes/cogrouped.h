// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "thalweg/rdd/keyed_table.h"
#include "thalweg/rdd/nodes/combined.h"
#include "thalweg/rdd/nodes/routed.h"

namespace thalweg {

/// One input of a grouping: shuffled by key, or read in place where it is divided that way already.
template <typename K, typename V>
class GroupingInput {
 public:
  using Row = std::pair<K, V>;
  using Blocks = std::vector<std::shared_ptr<const RowBlock<Row>>>;

  GroupingInput(const std::shared_ptr<RddNode<Row>>& parent,
                const std::shared_ptr<const Partitioner<K>>& partitioner) {
    if (parent->partitioner() != nullptr && parent->partitioner()->same_as(*partitioner)) {
      in_place_ = parent.get();
      dependency_.node = parent;
    } else {
      auto shuffle = std::make_shared<RoutedShuffle<Row, KeyRoute<K>>>(
          parent, partitioner->partition_count(), KeyRoute<K>(partitioner));
      shuffle_ = shuffle.get();
      dependency_.shuffle = std::move(shuffle);
    }
  }

  /// For the node's constructor, once.
  Dependency take_dependency() { return std::move(dependency_); }

  /// The rows of a partition, held.
  Result<Blocks> read(int partition, TaskContext& context) const {
    if (shuffle_ != nullptr) return read_blocks<Row>(*shuffle_, partition, context);
    THALWEG_TRY_ASSIGN(auto rows, in_place_->open(partition, context));
    THALWEG_TRY_ASSIGN(std::shared_ptr<const RowBlock<Row>> block, hold_all(*rows));
    return Blocks{std::move(block)};
  }

 private:
  RddNode<Row>* in_place_ = nullptr;
  const Shuffle<Row>* shuffle_ = nullptr;
  Dependency dependency_;
};

/// All values of each key, in the order of the map partitions.
template <typename K, typename V>
class GroupedNode final : public RddNode<std::pair<K, std::vector<V>>> {
 public:
  using Row = std::pair<K, std::vector<V>>;

  GroupedNode(const std::shared_ptr<RddNode<std::pair<K, V>>>& parent,
              const std::shared_ptr<const Partitioner<K>>& partitioner)
      : GroupedNode(parent->session_pointer(), GroupingInput<K, V>(parent, partitioner),
                    partitioner) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto blocks, input_.read(partition, context));
    KeyedTable<K, std::vector<V>> groups;
    for (const auto& block : blocks) {
      ChunkScope<std::pair<K, V>> scope;
      for (const auto& [key, value] : block->rows()) {
        groups.upsert(
            key, RecordTraits<K>::hash(key), [&] { return std::vector<V>{value}; },
            [&](std::vector<V>& values) { values.push_back(value); });
      }
    }
    return CursorPointer<Row>(std::make_unique<TableCursor<K, std::vector<V>, decltype(blocks)>>(
        std::move(groups), std::move(blocks), context));
  }

 private:
  GroupedNode(std::shared_ptr<SessionState> session, GroupingInput<K, V> input,
              const std::shared_ptr<const Partitioner<K>>& partitioner)
      : RddNode<Row>(std::move(session), "group_by_key", {input.take_dependency()},
                     partitioner->partition_count()),
        input_(std::move(input)) {
    this->set_partitioner(partitioner);
  }

  const GroupingInput<K, V> input_;
};

/// For each key of either parent all its values in one and all its values in the other.
template <typename K, typename V, typename W>
class CogroupedNode final
    : public RddNode<std::pair<K, std::pair<std::vector<V>, std::vector<W>>>> {
 public:
  using Groups = std::pair<std::vector<V>, std::vector<W>>;
  using Row = std::pair<K, Groups>;

  CogroupedNode(const std::shared_ptr<RddNode<std::pair<K, V>>>& left,
                const std::shared_ptr<RddNode<std::pair<K, W>>>& right,
                const std::shared_ptr<const Partitioner<K>>& partitioner)
      : CogroupedNode(left->session_pointer(), GroupingInput<K, V>(left, partitioner),
                      GroupingInput<K, W>(right, partitioner), partitioner) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    Held held;
    THALWEG_TRY_ASSIGN(held.first, left_.read(partition, context));
    THALWEG_TRY_ASSIGN(held.second, right_.read(partition, context));
    KeyedTable<K, Groups> groups;
    collect(
        held.first, groups, [](Groups & group) -> auto& { return group.first; });
    collect(
        held.second, groups, [](Groups & group) -> auto& { return group.second; });
    return CursorPointer<Row>(std::make_unique<TableCursor<K, Groups, Held>>(
        std::move(groups), std::move(held), context));
  }

 private:
  using Held =
      std::pair<typename GroupingInput<K, V>::Blocks, typename GroupingInput<K, W>::Blocks>;

  CogroupedNode(std::shared_ptr<SessionState> session, GroupingInput<K, V> left,
                GroupingInput<K, W> right, const std::shared_ptr<const Partitioner<K>>& partitioner)
      : RddNode<Row>(std::move(session), "cogroup",
                     {left.take_dependency(), right.take_dependency()},
                     partitioner->partition_count()),
        left_(std::move(left)),
        right_(std::move(right)) {
    this->set_partitioner(partitioner);
  }

  template <typename Blocks, typename Side>
  static void collect(const Blocks& blocks, KeyedTable<K, Groups>& groups, Side side) {
    for (const auto& block : blocks) {
      ChunkScope<Row> scope;
      for (const auto& row : block->rows()) {
        groups.upsert(
            row.first, RecordTraits<K>::hash(row.first),
            [&] {
              Groups group;
              side(group).push_back(row.second);
              return group;
            },
            [&](Groups& group) { side(group).push_back(row.second); });
      }
    }
  }

  const GroupingInput<K, V> left_;
  const GroupingInput<K, W> right_;
};

}  // namespace thalweg
