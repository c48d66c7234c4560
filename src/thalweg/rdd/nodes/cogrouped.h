// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "thalweg/rdd/keyed_table.h"
#include "thalweg/rdd/nodes/combined.h"
#include "thalweg/rdd/nodes/routed.h"
#include "thalweg/rdd/spilling/group_memory.h"

namespace thalweg {

/// One input of a grouping: shuffled by key, or read in place where it is divided that way already.
class GroupingInput {
 public:
  template <typename K, typename V>
  static GroupingInput of(const NodePointer<std::pair<K, V>>& parent,
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
  /// Shows them block by block; what `visit` does not keep need not stay in memory.
  using Visit = std::function<Status(const std::shared_ptr<const Block>& block)>;
  Status for_each_block(int partition, TaskContext& context, const Visit& visit) const;

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

/// Adds the values of `size` pairs to the groups of their keys, in their order. `group_in(value)`:
/// which list of a table's value they go to. Errors: invalid_argument for a group that gets too
/// large; those of GroupMemory::charge().
template <typename K, typename V, typename Groups, typename GroupIn>
Status add_to_groups(const std::pair<K, V>* rows, std::size_t size, KeyedTable<K, Groups>& table,
                     GroupMemory& memory, const GroupIn& group_in) {
  {
    ChunkScope<std::pair<K, V>> scope;
    for (std::size_t i = 0; i < size; ++i) {
      const auto& [key, value] = rows[i];
      table.upsert(
          key, RecordTraits<K>::hash(key),
          [&] {
            Groups groups;
            memory.push(group_in(groups), value);
            return groups;
          },
          [&](Groups& groups) { memory.push(group_in(groups), value); });
      if (memory.too_large()) [[unlikely]]
        return memory.too_large(record_excerpt(key));
    }
  }
  return memory.charge(table.bytes());
}

/// For each key of either parent all its values in one and all its values in the other.
template <typename K, typename V, typename W>
class CogroupedNode final
    : public RddNode<std::pair<K, std::pair<std::vector<V>, std::vector<W>>>> {
 public:
  using Groups = std::pair<std::vector<V>, std::vector<W>>;
  using Row = std::pair<K, Groups>;

  CogroupedNode(const NodePointer<std::pair<K, V>>& left, const NodePointer<std::pair<K, W>>& right,
                const std::shared_ptr<const Partitioner<K>>& partitioner)
      : CogroupedNode(left->session_pointer(), GroupingInput::of(left, partitioner),
                      GroupingInput::of(right, partitioner), partitioner) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    Collected collected(context);
    THALWEG_TRY(collect<V>(
        left_, partition, collected, [](Groups & group) -> auto& { return group.first; }));
    THALWEG_TRY(collect<W>(
        right_, partition, collected, [](Groups & group) -> auto& { return group.second; }));
    return CursorPointer<Row>(new TableCursor<K, Groups>(std::move(collected.groups),
                                                         std::move(collected.viewed),
                                                         collected.memory.take_charge(), context));
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

  struct Collected {
    explicit Collected(TaskContext& task) : context(task), memory(task.session) {}
    TaskContext& context;
    GroupMemory memory;
    KeyedTable<K, Groups> groups;
    BlockList viewed;  ///< By values.
  };

  template <typename Value, typename Side>
  Status collect(const GroupingInput& input, int partition, Collected& to, const Side& side) const {
    return input.for_each_block(
        partition, to.context, [&](const std::shared_ptr<const Block>& block) -> Status {
          if constexpr (has_views<Value>) to.viewed.push_back(block);
          const auto& rows = rows_of<std::pair<K, Value>>(*block);
          return add_to_groups(rows.data(), rows.size(), to.groups, to.memory, side)
              .within(this->describe());
        });
  }

  const GroupingInput left_;
  const GroupingInput right_;
};

}  // namespace thalweg
