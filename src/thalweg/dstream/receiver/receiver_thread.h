// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "thalweg/dstream/graph.h"

namespace thalweg {

/// The thread of a receiver: runs its body, again after a delay where it asks for that, and tells
/// the listeners.
///
/// Thread safety: start() and stop() on one thread; ended() on any; the rest on its own.
class ReceiverThread {
 public:
  /// How a run of the body ended.
  struct Outcome {
    std::optional<Duration> again_after;  ///< Empty: the receiver is done for good.
    std::string error;                    ///< Empty where nothing went wrong.
    std::string message = {};             ///< Why it ended, where nothing went wrong.
  };
  /// Runs until there is nothing more to do, it failed, or `stop` is requested. May throw.
  using Body = std::function<Outcome(std::stop_token stop)>;

  ReceiverThread(StreamGraph& graph, std::int64_t stream_id, std::string name)
      : graph_(graph), report_{stream_id, std::move(name), false, ""} {}
  ~ReceiverThread() { stop(); }

  void start(Body body, Duration restart_delay);
  /// Asks the body to stop and waits until it has.
  void stop();
  [[nodiscard]] bool ended() const { return ended_; }
  /// Tells the listeners of an error after which the receiver goes on. On its own thread.
  void report_error(const std::string& message);

 private:
  void loop(const std::stop_token& stop, const Body& body, Duration restart_delay);

  StreamGraph& graph_;
  ReceiverReport report_;
  std::atomic<bool> ended_{false};
  std::jthread thread_;
};

}  // namespace thalweg
