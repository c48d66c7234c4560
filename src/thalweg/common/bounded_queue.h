// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace thalweg {

/// A queue between threads that holds at most so many items. close() lets readers empty it and
/// then tells them that nothing follows.
///
/// Thread safety: all methods may be called concurrently.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t items_max) : items_max_(items_max) {}

  /// Waits while the queue is full. Returns false, without the item, once closed or stopped.
  bool push(T item, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    bool room = changed_.wait(lock, stop, [&] { return closed_ || items_.size() < items_max_; });
    if (!room || closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  /// Waits for an item. Empty once the queue is closed and drained, or `stop` was requested.
  std::optional<T> pop(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return closed_ || !items_.empty(); });
    if (stop.stop_requested() || items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  /// Takes what is there without waiting.
  std::deque<T> drain() {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
    return std::exchange(items_, {});
  }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t items_max_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace thalweg
