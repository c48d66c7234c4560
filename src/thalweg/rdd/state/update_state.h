// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/rdd/callable.h"
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
    auto groups = group_values<K, V>(blocks);
    std::vector<std::vector<const Entry*>> by_group(drafts.size());
    for (const Entry& entry : groups.entries()) {
      const K& key = entry.key.get();
      by_group[drafts.index_of(key, RecordTraits<K>::hash(key))].push_back(&entry);
    }
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      THALWEG_TRY(drafts.open(i));
      THALWEG_TRY(update_group(by_group[i], drafts[i]));
      THALWEG_TRY(drafts.close(i));
    }
    return {};
  }

 private:
  using Entry = typename KeyedTable<K, std::vector<V>>::Entry;
  using Draft = typename StateTable<K, S>::Draft;

  static std::vector<Dependency> with_input(GroupingInput& input, std::vector<Dependency> more) {
    more.insert(more.begin(), input.take_dependency());
    return more;
  }

  Status update_group(const std::vector<const Entry*>& entries, Draft& draft) const {
    ChunkScope<std::pair<K, V>> scope;
    ChunkScope<S> state_scope;
    std::vector<const std::vector<V>*> values(draft.places());
    std::vector<const Entry*> fresh;
    for (const Entry* entry : entries) {
      const K& key = entry->key.get();
      if (auto place = draft.find(key, RecordTraits<K>::hash(key))) {
        values[*place] = &entry->value;
      } else {
        fresh.push_back(entry);
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
