// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/nodes/stateful.h"
#include "thalweg/dstream/nodes/transformed.h"
#include "thalweg/rdd/rdd.h"
#include "thalweg/rdd/state/map_state.h"
#include "thalweg/rdd/state/update_state.h"

namespace thalweg {

template <typename T>
class DStream;

/// How the states of a stream are kept. K as the stream's keys; S the state, which must own.
template <typename K, typename S>
struct StateSpec {
  /// States before the first batch. Ignored where states are restored from a checkpoint.
  std::optional<RDD<std::pair<owned_t<K>, S>>> initial = std::nullopt;
  /// 0 for the session's number of threads. Not looked at where there is a partitioner.
  int partitions = 0;
  std::shared_ptr<const Partitioner<K>> partitioner = nullptr;
  /// map_with_state only: a key without a value for longer than this loses its state; the function
  /// is called once more for it.
  std::optional<Duration> timeout = std::nullopt;
};

/// The states before the first batch, divided as the state is; nothing where there are none, or for
/// a later batch. What they depend on goes to `dependencies`.
template <typename K, typename S, typename Held>
std::optional<GroupingInput> initial_states(
    const StatefulNode::At& at, const StateSpec<K, S>& spec,
    const std::shared_ptr<const Partitioner<K>>& partitioner, const Held& hold,
    std::vector<Dependency>& dependencies) {
  if (!at.first || !spec.initial) return std::nullopt;
  using Row = std::pair<K, std::remove_cvref_t<decltype(hold(std::declval<const S&>()))>>;
  auto rows = spec.initial->map([hold](const std::pair<owned_t<K>, S>& row) {
    return Row(row_of<K>(row.first), hold(row.second));
  });
  auto input = GroupingInput::of(rows.node(), partitioner);
  dependencies.push_back(input.take_dependency());
  return input;
}

/// The rows of a stateful operator's parent at a time; none where it has no batch.
template <typename T>
Result<RDD<T>> rows_at(StreamNode& parent, Time time) {
  THALWEG_TRY_ASSIGN(auto batch, parent.rdd_at(time));
  return batch != nullptr ? rdd_of<T>(batch) : parent.graph().context().template empty_rdd<T>();
}

template <typename S, typename K, typename V, typename F>
DStream<std::pair<K, S>> make_update_state(const DStream<std::pair<K, V>>& stream, F function,
                                           StateSpec<K, S> spec,
                                           std::shared_ptr<const Partitioner<K>> partitioner) {
  auto state =
      std::make_shared<KeyedState<K, S>>(stream.node()->graph().context().session(), partitioner);
  auto step = [parent = stream.node().get(), state, spec = std::move(spec),
               function = std::move(function)](const StatefulNode::At& at) -> Result<BatchRdd> {
    THALWEG_TRY_ASSIGN(auto rows, (rows_at<std::pair<K, V>>(*parent, at.time)));
    std::vector<Dependency> more;
    auto initial = initial_states(at, spec, state->partitioner(), std::identity(), more);
    using Node = UpdateStateNode<K, V, S, F>;
    auto node = make_node<Node>(parent->graph().context().session(), state, at.previous,
                                GroupingInput::of(rows.node(), state->partitioner()),
                                std::move(more), at.time, function);
    if (initial) static_cast<Node&>(*node).begin_with(std::move(*initial));
    return BatchRdd(std::move(node));
  };
  return DStream<std::pair<K, S>>(make_stateful_node(
      AnyStreamNode::Parents{stream.node()}, "update_state_by_key", state, std::move(step)));
}

/// What map_with_state returns: the rows that its function made, and beside them the states.
template <typename K, typename S, typename U>
class StatefulDStream final : public DStream<U> {
 public:
  StatefulDStream(std::shared_ptr<StreamNode> emitted, std::shared_ptr<StatefulNode> states)
      : DStream<U>(std::move(emitted)), states_(std::move(states)) {}

  /// Every key with its state after each batch.
  [[nodiscard]] DStream<std::pair<K, S>> state_snapshots() const {
    return DStream<std::pair<K, TimedState<S>>>(states_).map_values(
        [](const TimedState<S>& timed) { return timed.first; });
  }

  /// Names the state: what a checkpoint knows it by.
  const StatefulDStream& name(std::string name) const {
    states_->set_name(name);
    DStream<U>::name(std::move(name));
    return *this;
  }

 private:
  const std::shared_ptr<StatefulNode> states_;
};

template <typename S, typename K, typename V, typename F>
auto make_map_state(const DStream<std::pair<K, V>>& stream, F function, StateSpec<K, S> spec,
                    std::shared_ptr<const Partitioner<K>> partitioner) {
  using Node = MapStateNode<K, V, S, F>;
  using U = typename Node::Emitted;
  auto state = std::make_shared<KeyedState<K, TimedState<S>>>(
      stream.node()->graph().context().session(), partitioner);
  auto step = [parent = stream.node().get(), state, spec = std::move(spec),
               function = std::move(function)](const StatefulNode::At& at) -> Result<BatchRdd> {
    THALWEG_TRY_ASSIGN(auto rows, (rows_at<std::pair<K, V>>(*parent, at.time)));
    std::vector<Dependency> more;
    auto timed = [time = at.time](const S& value) { return TimedState<S>(value, time.micros()); };
    auto initial = initial_states(at, spec, state->partitioner(), timed, more);
    auto node = make_node<Node>(parent->graph().context().session(), state, at.previous,
                                GroupingInput::of(rows.node(), state->partitioner()),
                                std::move(more), at.time, spec.timeout, function);
    if (initial) static_cast<Node&>(*node).begin_with(std::move(*initial));
    return BatchRdd(std::move(node));
  };
  auto states = make_stateful_node(AnyStreamNode::Parents{stream.node()}, "map_with_state", state,
                                   std::move(step));
  auto emitted = make_transformed_node(
      std::vector<std::shared_ptr<StreamNode>>{states}, "emitted",
      [](const std::vector<BatchRdd>& batches, Time) -> BatchRdd {
        return make_node<EmittedNode<Node>>(std::static_pointer_cast<Node>(batches[0]));
      },
      MissingBatch::skip);
  return StatefulDStream<K, S, U>(std::move(emitted), std::move(states));
}

}  // namespace thalweg
