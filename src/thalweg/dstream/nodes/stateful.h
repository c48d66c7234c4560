// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "thalweg/dstream/node.h"
#include "thalweg/rdd/state/keyed_state.h"

namespace thalweg {

/// A stream that remembers: each batch is made from the one before. Every batch is computed whole,
/// whatever the outputs read of it, so that the next one finds it.
class StatefulNode final : public StreamNode {
 public:
  /// Which batch is to be made.
  struct At {
    BatchRdd previous;  ///< The batch before; null where the tables hold what it left.
    Time time;
    bool first = false;  ///< The first of the stream's life: there is no past to count on.
  };
  /// Makes a batch: a StateNode.
  using Step = std::function<Result<BatchRdd>(const At& at)>;

  /// `slide`: zero for that of the parents. `reads_back`: how far before its own time a batch reads
  /// those of the parents.
  StatefulNode(Parents parents, std::string_view kind, std::shared_ptr<AnyKeyedState> state,
               Step step, Duration slide = Duration(0), Duration reads_back = Duration(0));

  [[nodiscard]] Duration slide() const override;
  [[nodiscard]] Duration parent_remember() const override { return remember() + reads_back_; }

  [[nodiscard]] AnyKeyedState& state() const { return *state_; }
  /// What has been restored is the state after the batch at `time`.
  void begin_after(Time time) { begins_after_ = time; }

  /// There are no batches behind `last` up to and with `until`: the next one follows `last`.
  void skip(Time last, Time until) { skipped_ = {last, until}; }

  /// From the batch behind the one at `last` on, which is the last one that was made, states are
  /// in `partitions` partitions. False where they can't be divided so: see AnyKeyedState::divide().
  /// REQUIRES: that batch was advanced.
  bool divide(int partitions, Time last);

  /// Brings every partition up to the batch at `time`, which rdd_at() has made.
  Status advance(Time time);
  /// The states after the batch at `time`, which was advanced; null where no batch was made since
  /// they were restored.
  Result<std::unique_ptr<StateImage>> image(Time time);

 protected:
  Result<BatchRdd> compute(Time time) override;

 private:
  const std::shared_ptr<AnyKeyedState> state_;
  const Step step_;
  const Duration slide_;
  const Duration reads_back_;
  std::optional<Time> begins_after_;
  std::optional<Time> divided_after_;
  std::pair<Time, Time> skipped_;  ///< Behind the first, up to and with the second.
};

/// A StatefulNode, made.
std::shared_ptr<StatefulNode> make_stateful_node(
    StatefulNode::Parents parents, std::string_view kind, std::shared_ptr<AnyKeyedState> state,
    StatefulNode::Step step, Duration slide = Duration(0), Duration reads_back = Duration(0));

}  // namespace thalweg
