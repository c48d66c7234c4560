// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/common/error.h"
#include "thalweg/common/time.h"
#include "thalweg/rdd/context.h"
#include "thalweg/telemetry/listener.h"

namespace thalweg {

class AnyStreamNode;
class InputNode;
class OutputNode;
class StatefulNode;

/// Where a streaming context is in its life. It goes one way only.
enum class StreamingState { initialized, active, stopped };

/// "initialized".
std::string_view to_string(StreamingState state);

/// The listeners of a context, called in the order in which they were added.
///
/// Thread safety: all methods may be called concurrently.
class ListenerBus {
 public:
  void add(std::shared_ptr<StreamingListener> listener);
  void remove(const std::shared_ptr<StreamingListener>& listener);
  /// Calls `tell` for every listener. What they throw is logged.
  void post(const std::function<void(StreamingListener&)>& tell);
  /// True on a thread that is just calling a listener.
  static bool within_listener();

 private:
  std::mutex mutex_;
  std::mutex posting_;
  std::vector<std::shared_ptr<StreamingListener>> listeners_;
};

/// What the nodes of one streaming context share: its inputs and outputs, its interval, and when
/// it began.
///
/// Built on one thread before start; then only read, but for the RDDs that nodes remember, which
/// generation_mutex() guards.
class StreamGraph {
 public:
  StreamGraph(const Session& session, Duration batch_interval);

  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] SessionState& session() const { return *context_.session(); }
  [[nodiscard]] Duration batch_interval() const { return batch_interval_; }

  /// Empty before start.
  [[nodiscard]] std::optional<Time> zero_time() const { return zero_time_; }
  [[nodiscard]] StreamingState state() const { return state_; }
  void set_state(StreamingState state) { state_ = state; }

  /// Throws Error(invalid_argument) unless streams may still be added.
  void require_initializing(const std::string& what) const;

  void add_input(std::shared_ptr<InputNode> input);
  void add_output(std::shared_ptr<OutputNode> output);
  [[nodiscard]] const std::vector<std::shared_ptr<InputNode>>& inputs() const { return inputs_; }
  /// Those that some output reads. After prepare().
  [[nodiscard]] const std::vector<std::shared_ptr<InputNode>>& used_inputs() const {
    return used_inputs_;
  }
  /// Inputs by the names that checkpoints know them by: those that the user gave, else made of the
  /// kind and the number among its kind.
  [[nodiscard]] std::map<std::string, InputNode*> input_names() const;
  [[nodiscard]] const std::vector<std::shared_ptr<OutputNode>>& outputs() const { return outputs_; }
  /// Those that outputs read, parents before children. After prepare().
  [[nodiscard]] const std::vector<StatefulNode*>& stateful() const { return stateful_; }
  std::int64_t next_stream_id() { return next_stream_id_++; }

  /// Every stream keeps its RDDs for at least so long.
  void set_remember(Duration length);
  [[nodiscard]] Duration remember() const { return remember_; }

  /// Checks the graph and fixes how long each node remembers.
  /// Errors: throws Error(invalid_argument) when there is no output.
  void prepare(Time zero_time);

  /// Lets go of RDDs that no later batch can ask for.
  void forget(Time batch_time);

  /// Cuts the ring of nodes and graph. Called when the context goes.
  void clear();

  std::recursive_mutex& generation_mutex() { return generation_mutex_; }
  ListenerBus& listeners() { return listeners_; }

 private:
  /// All that outputs read, parents before children, each once.
  std::vector<AnyStreamNode*> find_nodes() const;

  const Context context_;
  const Duration batch_interval_;
  std::optional<Time> zero_time_;
  std::atomic<StreamingState> state_{StreamingState::initialized};
  Duration remember_{0};
  std::int64_t next_stream_id_ = 0;
  std::vector<std::shared_ptr<InputNode>> inputs_;
  std::vector<std::shared_ptr<InputNode>> used_inputs_;
  std::vector<std::shared_ptr<OutputNode>> outputs_;
  std::vector<AnyStreamNode*> nodes_;  ///< After prepare(); inputs that nobody reads included.
  std::vector<StatefulNode*> stateful_;
  std::recursive_mutex generation_mutex_;
  ListenerBus listeners_;
};

}  // namespace thalweg
