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
class GroupingInput {
 public:
  template <typename K, typename V>
  static GroupingInput of(const std::shared_ptr<RddNode<std::pair<K, V>>>& parent,
                          const std::shared_ptr<const Partitioner<K>>& partitioner) {
    if (parent->partitioner() != nullptr && parent->partitioner()->same_as(*partitioner)) {
      return GroupingInput({parent, nullptr});
    }
    return GroupingInput(
        {nullptr, make_shuffle<RoutedShuffle<std::pair<K, V>, KeyRoute<K>>>(
                      parent, partitioner->partition_count(), KeyRoute<K>(partitioner))});
  }

  /// For the node's constructor, once.
  Dependency take_dependency() { return std::move(dependency_); }

  /// The rows of a partition, held.
  Result<BlockList> read(int partition, TaskContext& context) const;

 private:
  explicit GroupingInput(Dependency dependency)
      : node_(dependency.node.get()),
        shuffle_(dependency.shuffle.get()),
        dependency_(std::move(dependency)) {}

  AnyNode* node_;
  const AnyShuffle* shuffle_;
  Dependency dependency_;
};

/// What a grouping is made from. Once.
std::vector<Dependency> take_dependency(GroupingInput& input);
std::vector<Dependency> take_dependencies(GroupingInput& left, GroupingInput& right);

/// About what the groups of some blocks take, in bytes: as much as the blocks themselves.
std::int64_t grouped_bytes(const BlockList& blocks);

/// The values of each key of some blocks of pairs, in the order in which they came.
template <typename K, typename V>
KeyedTable<K, std::vector<V>> group_values(const BlockList& blocks) {
  KeyedTable<K, std::vector<V>> groups;
  for (const auto& block : blocks) {
    ChunkScope<std::pair<K, V>> scope;
    for (const auto& [key, value] : rows_of<std::pair<K, V>>(*block)) {
      groups.upsert(
          key, RecordTraits<K>::hash(key), [&] { return std::vector<V>{value}; },
          [&](std::vector<V>& values) { values.push_back(value); });
    }
  }
  return groups;
}

/// All values of each key, in the order of the map partitions.
template <typename K, typename V>
class GroupedNode final : public RddNode<std::pair<K, std::vector<V>>> {
 public:
  using Row = std::pair<K, std::vector<V>>;

  GroupedNode(const std::shared_ptr<RddNode<std::pair<K, V>>>& parent,
              const std::shared_ptr<const Partitioner<K>>& partitioner)
      : GroupedNode(parent->session_pointer(), GroupingInput::of(parent, partitioner),
                    partitioner) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto blocks, input_.read(partition, context));
    MemoryCharge charge(context.session.memory);
    charge.resize(grouped_bytes(blocks));
    auto groups = group_values<K, V>(blocks);
    return CursorPointer<Row>(std::make_unique<TableCursor<K, std::vector<V>>>(
        std::move(groups), std::move(blocks), std::move(charge), context));
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
      : CogroupedNode(left->session_pointer(), GroupingInput::of(left, partitioner),
                      GroupingInput::of(right, partitioner), partitioner) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto held, left_.read(partition, context));
    THALWEG_TRY_ASSIGN(auto right, right_.read(partition, context));
    MemoryCharge charge(context.session.memory);
    charge.resize(grouped_bytes(held) + grouped_bytes(right));
    KeyedTable<K, Groups> groups;
    collect<V>(
        held, groups, [](Groups & group) -> auto& { return group.first; });
    collect<W>(
        right, groups, [](Groups & group) -> auto& { return group.second; });
    held.insert(held.end(), right.begin(), right.end());
    return CursorPointer<Row>(std::make_unique<TableCursor<K, Groups>>(
        std::move(groups), std::move(held), std::move(charge), context));
  }

 private:
  CogroupedNode(std::shared_ptr<SessionState> session, GroupingInput left, GroupingInput right,
                const std::shared_ptr<const Partitioner<K>>& partitioner)
      : RddNode<Row>(std::move(session), "cogroup", take_dependencies(left, right),
                     partitioner->partition_count()),
        left_(std::move(left)),
        right_(std::move(right)) {
    this->set_partitioner(partitioner);
  }

  template <typename Value, typename Side>
  static void collect(const BlockList& blocks, KeyedTable<K, Groups>& groups, Side side) {
    for (const auto& block : blocks) {
      ChunkScope<Row> scope;
      for (const auto& row : rows_of<std::pair<K, Value>>(*block)) {
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

  const GroupingInput left_;
  const GroupingInput right_;
};

}  // namespace thalweg
