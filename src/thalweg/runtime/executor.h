// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "thalweg/common/clock.h"
#include "thalweg/common/time.h"

namespace thalweg {

/// What a Runnable wants after a run.
struct Next {
  enum class Kind { idle, again, until };
  Kind kind = Kind::idle;
  Time time;  ///< For `until`: the clock's time at which to run again.

  static Next idle() { return {}; }
  static Next again() { return {Kind::again, Time()}; }
  static Next until(Time time) { return {Kind::until, time}; }
};

/// Work for a worker thread, in slices. A task of an RDD runs once and is then idle; an operator of
/// a long-running pipeline comes back again and again.
class Runnable {
 public:
  virtual ~Runnable() = default;
  /// Runs for about `budget` at most where the work can be cut. Never on two threads at once.
  /// Must not throw.
  virtual Next run(Duration budget) = 0;
};

/// Something one thread waits for and others bring about.
///
/// Thread safety: all methods may be called concurrently.
class Completion {
 public:
  explicit Completion(int parts) : parts_left_(parts) {}
  /// One part is done.
  void arrive();
  void wait();
  [[nodiscard]] bool done() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  int parts_left_;
};

/// The threads that do the work.
///
/// Thread safety: all methods may be called concurrently.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `work` soon, on some worker.
  virtual void submit(std::shared_ptr<Runnable> work) = 0;
  /// Returns when all parts of `completion` have arrived. Not to be called on a worker.
  virtual void wait(Completion& completion) = 0;
  [[nodiscard]] virtual int worker_count() const = 0;
};

/// `worker_count` threads, each with a queue of its own that others steal from when they are idle;
/// an idle worker sleeps in its epoll until it is woken or a timer is due. `clock` must outlive it.
std::unique_ptr<Executor> make_thread_executor(int worker_count, Clock& clock);

/// No thread at all: wait() runs what was submitted, in an order that `seed` decides. The same seed
/// gives the same order. `clock` must outlive it; a VirtualClock is moved on when only timers are
/// left.
std::unique_ptr<Executor> make_simulated_executor(int worker_count, std::uint64_t seed,
                                                  Clock& clock);

}  // namespace thalweg
