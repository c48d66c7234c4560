// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/state/state_node.h"

namespace thalweg {

/// A slide of a window by key: what came in is added to the window's value of each key, what went
/// out is taken away. Only keys at the edges of the window are touched.
///
/// Aggregation: how values V and a window's state S go together:
///
///     void leave(S& state, const V& oldest) const;  // of a key that has a state
///     void enter(std::optional<S>& state, const V& value) const;
///     bool keep(const K& key, const S& state) const;
template <Record K, Record V, Record S, typename Aggregation>
class SlidingStateNode final : public StateNode<K, S> {
 public:
  using Base = StateNode<K, S>;

  /// `leaving` and `entering`: the batches at the edges, one RDD each, in the order of their times.
  SlidingStateNode(std::string_view kind, std::shared_ptr<SessionState> session,
                   std::shared_ptr<KeyedState<K, S>> state,
                   const std::shared_ptr<AnyNode>& previous, std::vector<GroupingInput> leaving,
                   std::vector<GroupingInput> entering, Aggregation aggregation)
      : Base(kind, std::move(session), std::move(state), previous, dependencies(leaving, entering)),
        leaving_(std::move(leaving)),
        entering_(std::move(entering)),
        aggregation_(std::move(aggregation)) {}

 protected:
  Status step(int partition, TaskContext& context, typename Base::Drafts& drafts) override {
    std::vector<std::pair<typename Base::Drafts::Draft*, std::uint32_t>> touched;
    for (const auto& input : leaving_) {
      THALWEG_TRY(
          for_each_row(input, partition, context, drafts, [&](const K& key, const V& value) {
            std::uint64_t hash = RecordTraits<K>::hash(key);
            auto& draft = drafts.of(key, hash);
            // Without a state the key was filtered out meanwhile.
            auto place = draft.find(key, hash);
            if (!place) return;
            S state = *draft.state(*place);
            aggregation_.leave(state, value);
            draft.set(*place, std::move(state));
            touched.emplace_back(&draft, *place);
          }));
    }
    for (const auto& input : entering_) {
      THALWEG_TRY(
          for_each_row(input, partition, context, drafts, [&](const K& key, const V& value) {
            std::uint64_t hash = RecordTraits<K>::hash(key);
            auto& draft = drafts.of(key, hash);
            std::uint32_t place = draft.place_of(key, hash);
            const S* known = draft.state(place);
            std::optional<S> state = known != nullptr ? std::optional<S>(*known) : std::nullopt;
            aggregation_.enter(state, value);
            draft.set(place, std::move(*state));
            touched.emplace_back(&draft, place);
          }));
    }
    return drop_unwanted(touched);
  }

 private:
  using Value = std::pair<K, V>;

  static std::vector<Dependency> dependencies(std::vector<GroupingInput>& leaving,
                                              std::vector<GroupingInput>& entering) {
    std::vector<Dependency> all;
    for (auto& input : leaving) all.push_back(input.take_dependency());
    for (auto& input : entering) all.push_back(input.take_dependency());
    return all;
  }

  template <typename Visit>
  Status for_each_row(const GroupingInput& input, int partition, TaskContext& context,
                      typename Base::Drafts& drafts, const Visit& visit) const {
    THALWEG_TRY_ASSIGN(auto blocks, input.read(partition, context));
    THALWEG_TRY(drafts.template open_for<Value>(blocks));
    for (const auto& block : blocks) {
      ChunkScope<Value> scope;
      for (const auto& row : rows_of<Value>(*block)) {
        try {
          visit(row.first, row.second);
        } catch (...) {
          return user_failure(*this, record_excerpt(row));
        }
      }
    }
    return {};
  }

  template <typename Touched>
  Status drop_unwanted(const Touched& touched) const {
    for (const auto& [draft, place] : touched) {
      const S* state = draft->state(place);
      if (state == nullptr) continue;
      const K& key = draft->key(place);
      try {
        if (!aggregation_.keep(key, *state)) draft->erase(place);
      } catch (...) {
        return user_failure(*this, "with key " + record_excerpt(key));
      }
    }
    return {};
  }

  const std::vector<GroupingInput> leaving_;
  const std::vector<GroupingInput> entering_;
  const Aggregation aggregation_;
};

/// Adds and takes away by two functions of the user's, that undo each other.
template <typename K, typename V, typename Add, typename Remove, typename Keep>
struct InvertibleAggregation {
  Add add;
  Remove remove;
  Keep wanted;
  void leave(V& state, const V& value) const { state = V(call_with(remove, state, value)); }
  void enter(std::optional<V>& state, const V& value) const {
    state = state ? V(call_with(add, *state, value)) : value;
  }
  bool keep(const K& key, const V& state) const { return wanted(std::pair<K, V>(key, state)); }
};

/// A window's values of one key, one a slice, ready to be aggregated: the newest as they came and
/// their aggregate, the older ones as the aggregates from each to the last of them. Each value is
/// touched three times on its way through, however long the window.
template <typename A>
using TwoStacks = std::tuple<std::vector<A>,     // Aggregates of the older, the oldest last.
                             std::vector<A>,     // The newer, as they came.
                             std::optional<A>>;  // Their aggregate.

/// Aggregates that can't be undone: minimum, maximum, floating sums without drift.
template <typename K, typename A, typename Merge>
struct TwoStacksAggregation {
  Merge merge;

  void leave(TwoStacks<A>& state, const A&) const {
    auto& [older, newer, sum] = state;
    if (older.empty()) {
      while (!newer.empty()) {
        older.push_back(older.empty() ? newer.back() : A(merge(newer.back(), older.back())));
        newer.pop_back();
      }
      sum.reset();
    }
    if (!older.empty()) older.pop_back();
  }
  void enter(std::optional<TwoStacks<A>>& state, const A& value) const {
    if (!state) state.emplace();
    auto& [older, newer, sum] = *state;
    newer.push_back(value);
    sum = sum ? A(merge(*sum, value)) : value;
  }
  bool keep(const K&, const TwoStacks<A>& state) const {
    return !std::get<0>(state).empty() || !std::get<1>(state).empty();
  }
  /// The window's aggregate. REQUIRES: keep().
  [[nodiscard]] A value_of(const TwoStacks<A>& state) const {
    const auto& [older, newer, sum] = state;
    if (older.empty()) return *sum;
    return sum ? A(merge(older.back(), *sum)) : older.back();
  }
};

}  // namespace thalweg
