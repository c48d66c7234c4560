// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/graph.h"

#include <algorithm>
#include <set>

#include "thalweg/common/log.h"
#include "thalweg/dstream/node.h"
#include "thalweg/dstream/nodes/stateful.h"

namespace thalweg {
namespace {

thread_local bool calling_listener = false;

}  // namespace

std::string_view to_string(StreamingState state) {
  constexpr std::string_view names[] = {"initialized", "active", "stopped"};
  return names[static_cast<int>(state)];
}

void ListenerBus::add(std::shared_ptr<StreamingListener> listener) {
  std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void ListenerBus::remove(const std::shared_ptr<StreamingListener>& listener) {
  std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
}

void ListenerBus::post(const std::function<void(StreamingListener&)>& tell) {
  std::vector<std::shared_ptr<StreamingListener>> listeners;
  {
    std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  if (listeners.empty()) return;
  std::lock_guard one_at_a_time(posting_);
  calling_listener = true;
  for (const auto& listener : listeners) {
    try {
      tell(*listener);
    } catch (const std::exception& error) {
      log(LogLevel::error, std::string("a streaming listener threw: ") + error.what());
    } catch (...) {
      log(LogLevel::error, "a streaming listener threw");
    }
  }
  calling_listener = false;
}

bool ListenerBus::within_listener() { return calling_listener; }

StreamGraph::StreamGraph(const Session& session, Duration batch_interval)
    : context_(session), batch_interval_(batch_interval) {
  if (batch_interval.count() <= 0) {
    throw Error(ErrorCode::invalid_argument,
                "batch interval must be positive: got " + to_string(batch_interval));
  }
}

void StreamGraph::require_initializing(const std::string& what) const {
  StreamingState now = state();
  if (now == StreamingState::initialized) return;
  throw Error(ErrorCode::invalid_argument, "no stream, transformation or output can be added (" +
                                               what + ") once the streaming context is " +
                                               std::string(to_string(now)) +
                                               "; build the whole graph before start()");
}

void StreamGraph::add_input(std::shared_ptr<InputNode> input) {
  inputs_.push_back(std::move(input));
}

void StreamGraph::add_output(std::shared_ptr<OutputNode> output) {
  outputs_.push_back(std::move(output));
}

void StreamGraph::set_remember(Duration length) { remember_ = length; }

std::vector<AnyStreamNode*> StreamGraph::find_nodes() const {
  std::vector<AnyStreamNode*> order;
  std::set<AnyStreamNode*> seen;
  struct Frame {
    AnyStreamNode* node;
    std::size_t next = 0;
  };
  for (const auto& output : outputs_) {
    std::vector<Frame> frames;
    if (seen.insert(output.get()).second) frames.push_back({output.get()});
    while (!frames.empty()) {
      Frame& frame = frames.back();
      if (frame.next < frame.node->parents().size()) {
        AnyStreamNode* parent = frame.node->parents()[frame.next++].get();
        if (seen.insert(parent).second) frames.push_back({parent});
        continue;
      }
      order.push_back(frame.node);
      frames.pop_back();
    }
  }
  return order;
}

void StreamGraph::prepare(Time zero_time) {
  if (outputs_.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "no output operation is registered, so there is nothing to do; add one, such as "
                "print() or for_each_rdd(), before start()");
  }
  zero_time_ = zero_time;
  nodes_ = find_nodes();
  used_inputs_.clear();
  for (const auto& input : inputs_) {
    auto* node = dynamic_cast<AnyStreamNode*>(input.get());
    if (node == nullptr || std::find(nodes_.begin(), nodes_.end(), node) != nodes_.end()) {
      used_inputs_.push_back(input);
    } else {
      // It receives, so it must forget as well.
      nodes_.push_back(node);
    }
  }
  stateful_.clear();
  for (AnyStreamNode* node : nodes_) {
    if (auto* stateful = dynamic_cast<StatefulNode*>(node)) stateful_.push_back(stateful);
  }
  // Children first: each tells its parents how long it needs their batches.
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    (*node)->remember(std::max((*node)->slide(), remember_));
    for (const auto& parent : (*node)->parents()) parent->remember((*node)->parent_remember());
  }
}

std::map<std::string, InputNode*> StreamGraph::input_names() const {
  std::map<std::string, InputNode*> names;
  std::map<std::string, int> numbers;
  for (const auto& input : inputs_) {
    auto* stream = dynamic_cast<AnyStreamNode*>(input.get());
    int number = numbers[stream->kind()]++;
    names[stream->name().empty() ? stream->kind() + "#" + std::to_string(number) : stream->name()] =
        input.get();
  }
  return names;
}

void StreamGraph::forget(Time batch_time) {
  std::lock_guard lock(generation_mutex_);
  for (AnyStreamNode* node : nodes_) {
    node->forget_before(batch_time - node->remember() + Duration(1));
  }
}

void StreamGraph::clear() {
  nodes_.clear();
  stateful_.clear();
  used_inputs_.clear();
  inputs_.clear();
  outputs_.clear();
}

}  // namespace thalweg
