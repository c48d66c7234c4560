// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "thalweg/common/check.h"
#include "thalweg/common/random.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/runtime/executor.h"

namespace thalweg {
namespace {

class SimulatedExecutor final : public Executor {
 public:
  SimulatedExecutor(int worker_count, std::uint64_t seed, Clock& clock)
      : worker_count_(worker_count), random_(seed), clock_(clock) {}

  void submit(std::shared_ptr<Runnable> work) override {
    std::lock_guard lock(mutex_);
    ready_.push_back(std::move(work));
    work_came_.notify_one();
  }

  void wait(Completion& completion) override {
    while (!completion.done()) {
      if (auto work = pick()) {
        run(std::move(work));
      } else if (!move_clock_to_next_timer()) {
        wait_for_work();  // Another thread is at it, and may leave us what is to run again.
      }
    }
  }

  [[nodiscard]] int worker_count() const override { return worker_count_; }

 private:
  struct Timer {
    Time time;
    std::shared_ptr<Runnable> work;
  };

  std::shared_ptr<Runnable> pick() {
    std::lock_guard lock(mutex_);
    for (auto timer = timers_.begin(); timer != timers_.end();) {
      if (timer->time <= clock_.now()) {
        ready_.push_back(std::move(timer->work));
        timer = timers_.erase(timer);
      } else {
        ++timer;
      }
    }
    if (ready_.empty()) return nullptr;
    std::swap(ready_[random_.below(ready_.size())], ready_.back());
    auto work = std::move(ready_.back());
    ready_.pop_back();
    return work;
  }

  void run(std::shared_ptr<Runnable> work) {
    Next next = work->run(std::chrono::microseconds(200));
    std::lock_guard lock(mutex_);
    if (next.kind == Next::Kind::again) ready_.push_back(std::move(work));
    if (next.kind == Next::Kind::until) timers_.push_back({next.time, std::move(work)});
  }

  void wait_for_work() {
    std::unique_lock lock(mutex_);
    // Whoever completes what is waited for need not tell us: look again every millisecond.
    work_came_.wait_for(lock, std::chrono::milliseconds(1));
  }

  bool move_clock_to_next_timer() {
    std::unique_lock lock(mutex_);
    if (timers_.empty()) return false;
    auto first = std::min_element(timers_.begin(), timers_.end(),
                                  [](const Timer& a, const Timer& b) { return a.time < b.time; });
    Time time = first->time;
    lock.unlock();
    auto* clock = dynamic_cast<VirtualClock*>(&clock_);
    THALWEG_CHECK(clock != nullptr, "simulated timers need a virtual clock");
    clock->advance_to(std::max(time, clock->now()));
    return true;
  }

  const int worker_count_;
  std::mutex mutex_;
  std::condition_variable work_came_;
  Random random_;
  Clock& clock_;
  std::vector<std::shared_ptr<Runnable>> ready_;
  std::vector<Timer> timers_;
};

}  // namespace

std::unique_ptr<Executor> make_simulated_executor(int worker_count, std::uint64_t seed,
                                                  Clock& clock) {
  return std::make_unique<SimulatedExecutor>(worker_count, seed, clock);
}

}  // namespace thalweg
