// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/nodes/stateful.h"
#include "thalweg/dstream/nodes/windowed.h"
#include "thalweg/rdd/rdd.h"
#include "thalweg/rdd/state/sliding_state.h"

namespace thalweg {

template <typename T>
class DStream;

// How the windows of DStream are made.

/// The batches of the last `size.length`, every `size.slide`.
template <typename T>
DStream<T> make_window(const DStream<T>& stream, WindowSize size) {
  auto unite = [context = stream.context()](const std::vector<BatchRdd>& batches) -> BatchRdd {
    if (batches.empty()) return context.template empty_rdd<T>().node();
    return make_node<UnionNode<T>>(batches);
  };
  return DStream<T>(make_windowed_node(stream.node(), size, row_codec<T>(), std::move(unite)));
}

/// The states of each key's window, from a stream that has one value a key and batch. What enters
/// and leaves with each slide is all that is looked at.
template <typename S, typename K, typename V, typename Aggregation>
DStream<std::pair<K, S>> make_sliding_state(const DStream<std::pair<K, V>>& stream,
                                            const std::string& kind, WindowSize size,
                                            std::shared_ptr<const Partitioner<K>> partitioner,
                                            Aggregation aggregation) {
  require_window(*stream.node(), size);
  StreamNode* parent = stream.node().get();
  if (parent->storage_level() == StorageLevel::none) {
    parent->persist(StorageLevel::memory_and_disk, row_codec<std::pair<K, V>>());
  }
  auto state = std::make_shared<KeyedState<K, S>>(parent->graph().context().session(),
                                                  std::move(partitioner));
  auto inputs_of = [state](const std::vector<BatchRdd>& batches) {
    std::vector<GroupingInput> inputs;
    for (const auto& batch : batches) {
      inputs.push_back(
          GroupingInput::of(rdd_of<std::pair<K, V>>(batch).node(), state->partitioner()));
    }
    return inputs;
  };
  auto step = [=](const StatefulNode::At& at) -> Result<BatchRdd> {
    const Duration slide = parent->slide();
    Time entering = at.first ? at.time - size.length : at.time - size.slide;
    THALWEG_TRY_ASSIGN(auto came, batches_between(*parent, entering + slide, at.time));
    std::vector<BatchRdd> went;
    if (!at.first) {
      THALWEG_TRY_ASSIGN(went, batches_between(*parent, at.time - size.slide - size.length + slide,
                                               at.time - size.length));
    }
    return BatchRdd(make_node<SlidingStateNode<K, V, S, Aggregation>>(
        kind, parent->graph().context().session(), state, at.previous, inputs_of(went),
        inputs_of(came), aggregation));
  };
  return DStream<std::pair<K, S>>(make_stateful_node(AnyStreamNode::Parents{stream.node()}, kind,
                                                     state, step, size.slide, size.length));
}

/// A running aggregate that knows how many values it is made of, so that it can end.
template <typename V>
using Counted = std::pair<V, std::int64_t>;

template <typename K, typename V>
struct SumAggregation {
  void leave(Counted<V>& state, const Counted<V>& value) const {
    state.first = static_cast<V>(state.first - value.first);
    state.second -= value.second;
  }
  void enter(std::optional<Counted<V>>& state, const Counted<V>& value) const {
    if (!state) state.emplace(V{}, 0);
    state->first = static_cast<V>(state->first + value.first);
    state->second += value.second;
  }
  bool keep(const K&, const Counted<V>& state) const { return state.second != 0; }
};

struct AddCounted {
  template <typename V>
  Counted<V> operator()(const Counted<V>& a, const Counted<V>& b) const {
    return {static_cast<V>(a.first + b.first), a.second + b.second};
  }
};
struct TakeSmaller {
  template <typename V>
  V operator()(const V& a, const V& b) const {
    return b < a ? b : a;
  }
};
struct TakeLarger {
  template <typename V>
  V operator()(const V& a, const V& b) const {
    return a < b ? b : a;
  }
};

/// Each key's window put together by an associative `merge` that nothing undoes.
template <typename K, typename A, typename Merge>
DStream<std::pair<K, A>> make_two_stacks(const DStream<std::pair<K, A>>& stream,
                                         const std::string& kind, WindowSize size,
                                         std::shared_ptr<const Partitioner<K>> partitioner,
                                         Merge merge) {
  using Aggregation = TwoStacksAggregation<K, A, Merge>;
  Aggregation aggregation{merge};
  auto reduced = stream.reduce_by_key(merge, partitioner);
  return make_sliding_state<TwoStacks<A>>(reduced, kind, size, partitioner, aggregation)
      .map_values([aggregation](const TwoStacks<A>& state) { return aggregation.value_of(state); });
}

}  // namespace thalweg
