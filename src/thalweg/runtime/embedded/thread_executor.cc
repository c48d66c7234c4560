// SPDX-License-Identifier: Apache-2.0
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <system_error>
#include <thread>
#include <vector>

#include "thalweg/common/check.h"
#include "thalweg/runtime/executor.h"

namespace thalweg {
namespace {

constexpr Duration run_budget = std::chrono::microseconds(200);

// A worker without work looks on for it for so long, and for such a share of the time it worked.
constexpr Duration look_on_max = std::chrono::milliseconds(1);
constexpr int looked_on_share = 20;

struct Timer {
  Time time;
  std::shared_ptr<Runnable> work;
  bool operator>(const Timer& other) const { return time > other.time; }
};

/// One thread's queue, timers and the place where it sleeps.
class Worker {
 public:
  Worker()
      : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_;
    if (wake_ < 0 || epoll_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "worker cannot be set up");
    }
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    ::close(wake_);
    ::close(epoll_);
  }

  void push(std::shared_ptr<Runnable> work) {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }

  void push_timer(Timer timer) {
    std::lock_guard lock(mutex_);
    timers_.push_back(std::move(timer));
    std::push_heap(timers_.begin(), timers_.end(), std::greater<>());
  }

  /// The oldest work; a timer that is due counts as work.
  std::shared_ptr<Runnable> pop(Time now) {
    std::lock_guard lock(mutex_);
    while (!timers_.empty() && timers_.front().time <= now) {
      std::pop_heap(timers_.begin(), timers_.end(), std::greater<>());
      queue_.push_back(std::move(timers_.back().work));
      timers_.pop_back();
    }
    if (queue_.empty()) return nullptr;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    return work;
  }

  /// The youngest work: the one its owner would come to last.
  std::shared_ptr<Runnable> steal() {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() || queue_.empty()) return nullptr;
    auto work = std::move(queue_.back());
    queue_.pop_back();
    return work;
  }

  [[nodiscard]] bool has_work() const {
    std::lock_guard lock(mutex_);
    return !queue_.empty();
  }

  void wake() {
    std::uint64_t one = 1;
    [[maybe_unused]] ssize_t put = ::write(wake_, &one, sizeof one);
  }

  /// Sleeps until woken, or until the next timer.
  void park(const Clock& clock) {
    int wait_ms = -1;
    {
      std::lock_guard lock(mutex_);
      if (!timers_.empty()) {
        // A virtual clock moves without telling: look again every millisecond.
        auto left =
            std::chrono::ceil<std::chrono::milliseconds>(timers_.front().time - clock.now());
        wait_ms = clock.is_real()
                      ? static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000))
                      : 1;
      }
    }
    epoll_event events[4];
    ::epoll_wait(epoll_, events, 4, wait_ms);
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t got = ::read(wake_, &count, sizeof count);
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Runnable>> queue_;
  std::vector<Timer> timers_;
  int wake_;
  int epoll_;
};

class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor(int worker_count, Clock& clock) : clock_(clock) {
    for (int i = 0; i < worker_count; ++i) workers_.push_back(std::make_unique<Worker>());
    parked_ = std::vector<std::atomic<bool>>(static_cast<std::size_t>(worker_count));
    for (int i = 0; i < worker_count; ++i) {
      threads_.emplace_back([this, i] { loop(static_cast<std::size_t>(i)); });
    }
  }

  ~ThreadExecutor() override {
    stopping_ = true;
    for (auto& worker : workers_) worker->wake();
    for (auto& thread : threads_) thread.join();
  }

  void submit(std::shared_ptr<Runnable> work) override {
    std::size_t home = current_executor == this
                           ? current_worker
                           : next_home_.fetch_add(1, std::memory_order_relaxed) % workers_.size();
    workers_[home]->push(std::move(work));
    wake_one(home);
  }

  void wait(Completion& completion) override {
    THALWEG_CHECK(current_executor != this, "a worker waits for its own pool");
    completion.wait();
  }

  [[nodiscard]] int worker_count() const override { return static_cast<int>(workers_.size()); }

 private:
  /// Wakes the home worker if it sleeps, else any other that does: it will steal.
  void wake_one(std::size_t home) {
    // No wake-up is lost: loop() sets parked_ and then takes the lock of each queue. Either it took
    // ours after the push and saw the work, or before it, and then we see it parked.
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      std::size_t candidate = (home + i) % workers_.size();
      bool parked = true;
      if (parked_[candidate].compare_exchange_strong(parked, false)) {
        workers_[candidate]->wake();
        return;
      }
    }
  }

  std::shared_ptr<Runnable> find_work(std::size_t index) {
    if (auto work = workers_[index]->pop(clock_.now())) return work;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      if (auto work = workers_[(index + i) % workers_.size()]->steal()) return work;
    }
    return nullptr;
  }

  /// Looks for work a little longer before the worker sleeps: the tasks of the next stage come
  /// soon, and to wake a core that sleeps takes up to a millisecond on a virtual machine. Takes
  /// what that took from `allowance`.
  std::shared_ptr<Runnable> look_on(std::size_t index, Duration& allowance) {
    const Clock& clock = SystemClock::instance();
    const Time until = clock.monotonic() + allowance;
    std::shared_ptr<Runnable> work;
    while (work == nullptr && !stopping_ && clock.monotonic() < until) {
      std::this_thread::yield();
      work = find_work(index);
    }
    allowance = std::max(until - clock.monotonic(), Duration{});
    return work;
  }

  void loop(std::size_t index) {
    current_executor = this;
    current_worker = index;
    Duration allowance{};
    while (true) {
      auto work = find_work(index);
      if (work == nullptr && allowance.count() > 0) work = look_on(index, allowance);
      if (work != nullptr) {
        const Time began = SystemClock::instance().monotonic();
        Next next = work->run(run_budget);
        const Duration took = SystemClock::instance().monotonic() - began;
        allowance = std::min(allowance + took / looked_on_share, look_on_max);
        if (next.kind == Next::Kind::again) workers_[index]->push(std::move(work));
        if (next.kind == Next::Kind::until)
          workers_[index]->push_timer({next.time, std::move(work)});
        continue;
      }
      if (stopping_) return;
      parked_[index] = true;
      bool work_came = std::any_of(workers_.begin(), workers_.end(),
                                   [](const auto& worker) { return worker->has_work(); });
      if (!work_came && !stopping_) workers_[index]->park(clock_);
      parked_[index] = false;
    }
  }

  static thread_local const ThreadExecutor* current_executor;
  static thread_local std::size_t current_worker;

  Clock& clock_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::atomic<bool>> parked_;
  std::atomic<std::size_t> next_home_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

thread_local const ThreadExecutor* ThreadExecutor::current_executor = nullptr;
thread_local std::size_t ThreadExecutor::current_worker = 0;

}  // namespace

std::unique_ptr<Executor> make_thread_executor(int worker_count, Clock& clock) {
  return std::make_unique<ThreadExecutor>(worker_count, clock);
}

}  // namespace thalweg
