// SPDX-License-Identifier: Apache-2.0
#include "bindings/waiting.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "bindings/objects/made_once.h"
#include "thalweg/rdd/scheduler/job.h"

namespace thalweg::python {

namespace {

/// How late a signal may be noticed.
constexpr std::chrono::milliseconds signal_wait{50};

bool on_main_thread() {
  static constinit MadeOnce<unsigned long> main_thread;
  return PyThread_get_thread_ident() == main_thread.get([] {
    PyRef threading = checked(PyImport_ImportModule("threading"));
    PyRef main = checked(PyObject_CallMethod(threading.get(), "main_thread", nullptr));
    PyRef ident = checked(PyObject_GetAttrString(main.get(), "ident"));
    return PyLong_AsUnsignedLong(ident.get());
  });
}

/// Work on a thread of its own.
class Worker {
 public:
  explicit Worker(const std::function<void()>& work)
      : thread_([this, &work] {
          JobScope scope(stop_.get_token());
          try {
            work();
          } catch (...) {
            thrown_ = std::current_exception();
          }
          std::lock_guard lock(mutex_);
          done_ = true;
          changed_.notify_all();
        }) {}
  ~Worker() {
    if (thread_.joinable()) thread_.join();
  }

  bool done_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return done_; });
  }
  void stop() { stop_.request_stop(); }
  [[nodiscard]] const std::exception_ptr& thrown() const { return thrown_; }

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::exception_ptr thrown_;
  std::thread thread_;
};

}  // namespace

void check_signals() { checked(PyErr_CheckSignals()); }

void wait_for(const std::function<void()>& work) {
  if (!on_main_thread()) {
    GilRelease no_gil;
    work();
    return;
  }
  GilRelease no_gil;
  Worker worker(work);
  while (!worker.done_within(signal_wait)) {
    GilHold gil;
    try {
      check_signals();
    } catch (...) {
      worker.stop();
      throw;
    }
  }
  if (worker.thrown()) std::rethrow_exception(worker.thrown());
}

}  // namespace thalweg::python
