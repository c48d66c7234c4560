// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/spilling/group_memory.h"
#include "thalweg/rdd/state/state_node.h"

namespace thalweg {

/// `function(values, state)`, also with the key, or the batch's time and the key, in front: what
/// becomes of a key's state, or nothing to forget the key.
template <typename F, typename K, typename V, typename S>
concept UpdateFunction = std::is_invocable_r_v < std::optional<S>,
const F&, const std::vector<V>&,
    std::optional < S >> ||
        std::is_invocable_r_v<std::optional<S>, const F&, const K&, const std::vector<V>&,
                              std::optional<S>> ||
        std::is_invocable_r_v<std::optional<S>, const F&, Time, const K&, const std::vector<V>&,
                              std::optional<S>>;

/// A batch of update_state_by_key: the function is asked for every key that has a state or a value.
template <Record K, typename V, Record S, UpdateFunction<K, V, S> F>
class UpdateStateNode final : public StateNode<K, S> {
 public:
  using Base = StateNode<K, S>;

  UpdateStateNode(std::shared_ptr<SessionState> session, std::shared_ptr<KeyedState<K, S>> state,
                  const std::shared_ptr<AnyNode>& previous, GroupingInput input,
                  std::vector<Dependency> more, Time time, F function)
      : Base("update_state_by_key", std::move(session), std::move(state), previous,
             with_input(input, std::move(more))),
        input_(std::move(input)),
        time_(time),
        function_(std::move(function)) {}

 protected:
  Status step(int partition, TaskContext& context, typename Base::Drafts& drafts) override {
    THALWEG_TRY_ASSIGN(auto blocks, input_.read(partition, context));
    // Key group by key group: their tables are small, and one is there at a time.
    std::vector<std::vector<const Value*>> by_group(drafts.size());
    std::size_t rows = 0;
    for (const auto& block : blocks) {
      for (const Value& row : rows_of<Value>(*block)) {
        by_group[drafts.index_of(row.first, RecordTraits<K>::hash(row.first))].push_back(&row);
        ++rows;
      }
    }
    // Lists that grow by doubling.
    MemoryCharge charge(context.session.memory);
    charge.resize(static_cast<std::int64_t>(2 * rows * sizeof(const Value*)));
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      GroupMemory memory(context.session);
      THALWEG_TRY_ASSIGN(auto groups, group(by_group[i], memory));
      by_group[i] = {};
      THALWEG_TRY(drafts.open(i));
      THALWEG_TRY(update_group(groups.entries(), drafts[i]));
      THALWEG_TRY(drafts.close(i));
    }
    return {};
  }

 private:
  using Value = std::pair<K, V>;
  using Groups = KeyedTable<K, std::vector<V>>;
  using Entry = typename Groups::Entry;
  using Draft = typename StateTable<K, S>::Draft;

  static std::vector<Dependency> with_input(GroupingInput& input, std::vector<Dependency> more) {
    more.insert(more.begin(), input.take_dependency());
    return more;
  }

  /// The values of each key of some rows.
  Result<Groups> group(const std::vector<const Value*>& rows, GroupMemory& memory) const {
    Groups groups;
    ChunkScope<Value> scope;
    for (const Value* row : rows) {
      groups.upsert(
          row->first, RecordTraits<K>::hash(row->first),
          [&] {
            std::vector<V> values;
            memory.push(values, row->second);
            return values;
          },
          [&](std::vector<V>& values) { memory.push(values, row->second); });
      if (memory.too_large()) [[unlikely]]
        return memory.too_large(record_excerpt(row->first));
    }
    THALWEG_TRY(memory.charge(groups.bytes()));
    return groups;
  }

  Status update_group(const RowList<Entry>& entries, Draft& draft) const {
    ChunkScope<std::pair<K, V>> scope;
    ChunkScope<S> state_scope;
    std::vector<const std::vector<V>*> values(draft.places());
    std::vector<const Entry*> fresh;
    for (const Entry& entry : entries) {
      const K& key = entry.key.get();
      if (auto place = draft.find(key, RecordTraits<K>::hash(key))) {
        values[*place] = &entry.value;
      } else {
        fresh.push_back(&entry);
      }
    }
    const std::vector<V> none;
    for (std::uint32_t place = 0; place < values.size(); ++place) {
      const S* state = draft.state(place);
      if (state == nullptr) continue;
      const K& key = draft.key(place);
      THALWEG_TRY_ASSIGN(auto updated, call(key, values[place] ? *values[place] : none, *state));
      if (!updated) {
        draft.erase(place);
      } else if (!RecordTraits<S>::equal(*updated, *state)) {
        draft.set(place, std::move(*updated));
      }
    }
    for (const Entry* entry : fresh) {
      const K& key = entry->key.get();
      THALWEG_TRY_ASSIGN(auto updated, call(key, entry->value, std::nullopt));
      if (updated) draft.set(draft.place_of(key, RecordTraits<K>::hash(key)), std::move(*updated));
    }
    return {};
  }

  Result<std::optional<S>> call(const K& key, const std::vector<V>& values,
                                std::optional<S> state) const {
    try {
      if constexpr (std::invocable<const F&, const std::vector<V>&, std::optional<S>>) {
        return std::optional<S>(function_(values, std::move(state)));
      } else if constexpr (std::invocable<const F&, const K&, const std::vector<V>&,
                                          std::optional<S>>) {
        return std::optional<S>(function_(key, values, std::move(state)));
      } else {
        return std::optional<S>(function_(time_, key, values, std::move(state)));
      }
    } catch (...) {
      return user_failure(*this, "with key " + record_excerpt(key));
    }
  }

  const GroupingInput input_;
  const Time time_;
  const F function_;
};

}  // namespace thalweg
