// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/error.h"
#include "thalweg/common/time.h"
#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/state/state_node.h"

namespace thalweg {

/// The state of one key while map_with_state's function looks at it.
///
/// Valid during the call it is given to. One thread.
/// Source: Spark's State.
template <OwningRecord S>
class State {
 public:
  State() = default;
  explicit State(std::optional<S> value) : value_(std::move(value)) {}
  /// A state that goes after this call because its key was idle too long.
  static State timing_out(S value) {
    State state{std::optional<S>(std::move(value))};
    state.timing_out_ = true;
    return state;
  }

  [[nodiscard]] bool exists() const { return value_.has_value(); }
  /// Errors: throws Error(not_found) where there is none.
  [[nodiscard]] const S& get() const {
    if (!value_) throw Error(ErrorCode::not_found, "state is not set: ask exists() first");
    return *value_;
  }
  [[nodiscard]] const std::optional<S>& option() const { return value_; }

  /// Errors: throws Error(invalid_argument) once it was removed, or when it is timing out.
  void update(S value) {
    require_changeable("updated");
    value_ = std::move(value);
    updated_ = true;
  }
  /// Errors: as for update().
  void remove() {
    require_changeable("removed");
    value_.reset();
    updated_ = false;
    removed_ = true;
  }
  [[nodiscard]] bool is_timing_out() const { return timing_out_; }

  // For the engine.

  [[nodiscard]] bool is_updated() const { return updated_; }
  [[nodiscard]] bool is_removed() const { return removed_; }

 private:
  void require_changeable(const std::string& how) const {
    if (removed_) {
      throw Error(ErrorCode::invalid_argument, "state was removed: it can't be " + how);
    }
    if (timing_out_) {
      throw Error(ErrorCode::invalid_argument, "state is timing out: it can't be " + how);
    }
  }

  std::optional<S> value_;
  bool updated_ = false;
  bool removed_ = false;
  bool timing_out_ = false;
};

/// `function(key, value, state)`, or with the batch's time in front; the value is empty when the
/// key times out. What it returns is a row of the stream, or with std::optional may be none.
template <typename F, typename K, typename V, typename S>
concept MapStateFunction = std::invocable < const F&,
        const K&, const std::optional<V>
&, State<S>& > || std::invocable<const F&, Time, const K&, const std::optional<V>&, State<S>&>;

template <typename F, typename K, typename V, typename S>
decltype(auto) call_map_state(const F& function, Time time, const K& key,
                              const std::optional<V>& value, State<S>& state) {
  if constexpr (std::invocable<const F&, Time, const K&, const std::optional<V>&, State<S>&>) {
    return function(time, key, value, state);
  } else {
    return function(key, value, state);
  }
}

template <typename T>
struct EmittedRow {
  using type = T;
};
template <typename T>
struct EmittedRow<std::optional<T>> {
  using type = T;
};
/// The rows that map_with_state makes with F.
template <typename F, typename K, typename V, typename S>
using MapStateRowOf = typename EmittedRow<std::remove_cvref_t<decltype(call_map_state(
    std::declval<const F&>(), Time(), std::declval<const K&>(),
    std::declval<const std::optional<V>&>(), std::declval<State<S>&>()))>>::type;

/// A state and the time of the batch that touched it last.
template <typename S>
using TimedState = std::pair<S, std::int64_t>;

/// A batch of map_with_state: the function is called for every value, and for every key that is
/// idle for longer than `timeout`. Its rows lie beside the states.
template <Record K, typename V, OwningRecord S, MapStateFunction<K, V, S> F>
class MapStateNode final : public StateNode<K, TimedState<S>> {
 public:
  using Base = StateNode<K, TimedState<S>>;
  using Emitted = MapStateRowOf<F, K, V, S>;

  MapStateNode(std::shared_ptr<SessionState> session,
               std::shared_ptr<KeyedState<K, TimedState<S>>> state,
               const std::shared_ptr<AnyNode>& previous, GroupingInput input,
               std::vector<Dependency> more, Time time, std::optional<Duration> timeout, F function)
      : Base("map_with_state", std::move(session), std::move(state), previous,
             with_input(input, std::move(more))),
        input_(std::move(input)),
        time_(time),
        timeout_(timeout),
        function_(std::move(function)),
        emitted_(static_cast<std::size_t>(this->partition_count())) {}

  /// The rows that the function returned. REQUIRES: advance() succeeded.
  [[nodiscard]] const std::shared_ptr<const Block>& emitted(int partition) const {
    return emitted_[static_cast<std::size_t>(partition)];
  }

 protected:
  Status step(int partition, TaskContext& context, typename Base::Drafts& drafts) override {
    THALWEG_TRY_ASSIGN(auto blocks, input_.read(partition, context));
    THALWEG_TRY(timeout_ ? drafts.open_all() : drafts.template open_for<Value>(blocks));
    auto made = make_block<Emitted>();
    auto& emitted = block_of<Emitted>(*made);
    for (const auto& block : blocks) {
      ChunkScope<Value> scope;
      for (const auto& [key, value] : rows_of<Value>(*block)) {
        std::uint64_t hash = RecordTraits<K>::hash(key);
        auto& draft = drafts.of(key, hash);
        auto place = draft.find(key, hash);
        State<S> state(place ? std::optional<S>(draft.state(*place)->first) : std::nullopt);
        THALWEG_TRY(call(key, std::optional<V>(value), state, emitted));
        if (state.is_removed()) {
          if (place) draft.erase(*place);
        } else if (state.is_updated() || (state.exists() && timeout_)) {
          draft.set(place ? *place : draft.place_of(key, hash),
                    TimedState<S>(state.get(), time_.micros()));
        }
      }
    }
    if (timeout_) THALWEG_TRY(expire(drafts, emitted));
    emitted_[static_cast<std::size_t>(partition)] = std::move(made);
    return {};
  }

 private:
  using Value = std::pair<K, V>;

  static std::vector<Dependency> with_input(GroupingInput& input, std::vector<Dependency> more) {
    more.insert(more.begin(), input.take_dependency());
    return more;
  }

  Status expire(typename Base::Drafts& drafts, RowBlock<Emitted>& emitted) const {
    // Strictly longer: a key touched exactly `timeout` ago stays.
    const std::int64_t threshold = (time_ - *timeout_).micros();
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      auto& draft = drafts[i];
      for (std::uint32_t place = 0; place < draft.places(); ++place) {
        const TimedState<S>* timed = draft.state(place);
        if (timed == nullptr || timed->second >= threshold) continue;
        const K& key = draft.key(place);
        auto state = State<S>::timing_out(timed->first);
        THALWEG_TRY(call(key, std::nullopt, state, emitted));
        draft.erase(place);
      }
    }
    return {};
  }

  Status call(const K& key, const std::optional<V>& value, State<S>& state,
              RowBlock<Emitted>& emitted) const {
    try {
      auto made = call_map_state(function_, time_, key, value, state);
      if constexpr (std::same_as<decltype(made), std::optional<Emitted>>) {
        if (made) emitted.append_row(std::move(*made));
      } else {
        emitted.append_row(std::move(made));
      }
    } catch (...) {
      return user_failure(*this, "with key " + record_excerpt(key));
    }
    return {};
  }

  const GroupingInput input_;
  const Time time_;
  const std::optional<Duration> timeout_;
  const F function_;
  BlockList emitted_;  ///< Written by step() alone.
};

/// The rows that a batch of map_with_state emitted.
template <typename Node>
class EmittedNode final : public RddNode<typename Node::Emitted> {
 public:
  using T = typename Node::Emitted;

  explicit EmittedNode(const std::shared_ptr<Node>& states)
      : RddNode<T>(states->session_pointer(), "emitted", {{states, nullptr}},
                   states->partition_count()),
        states_(*states) {}

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY(states_.advance(partition, context));
    return CursorPointer<T>(new BlockCursor<T>(states_.emitted(partition), context));
  }

 private:
  Node& states_;
};

}  // namespace thalweg
