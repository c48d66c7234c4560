// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/gil.h"

#include <cxxabi.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace thalweg::python {

constinit thread_local bool thread_holds_gil = false;

namespace {

/// Takes the interpreter lock by `take()`. An interpreter that is ending ends the threads that ask
/// for its lock, and unwinds their stacks, which must not be: destructors are on it. They wait
/// instead, as Python 3.14 has it.
template <typename Take>
auto taking(Take take) {
  try {
    return take();
  } catch (const abi::__forced_unwind&) {
    while (true) ::pause();
  }
}

using References = std::vector<PyObject*>;

/// References that threads without the interpreter lock let go of. Never destroyed: threads may
/// end after the process has begun to.
struct Orphans {
  std::mutex mutex;
  std::vector<References> lists;
  std::atomic<bool> any{false};

  static Orphans& all() {
    static auto* orphans = new Orphans();
    return *orphans;
  }

  void add(References list) {
    std::lock_guard lock(mutex);
    lists.push_back(std::move(list));
    any = true;
  }

  std::vector<References> take() {
    std::lock_guard lock(mutex);
    any = false;
    return std::exchange(lists, {});
  }
};

/// Those of one thread, handed over in lists.
struct ThreadOrphans {
  static constexpr std::size_t list_references_max = 4096;
  References references;

  ~ThreadOrphans() {
    if (!references.empty()) Orphans::all().add(std::move(references));
  }
};
thread_local ThreadOrphans thread_orphans;

/// Keeps the interpreter's record of a thread of ours from being made anew each time.
struct ThreadRecord {
  bool made = false;
  PyGILState_STATE state{};

  ~ThreadRecord() {
    if (!made || !interpreter_runs()) return;
    taking([] { return PyGILState_Ensure(); });
    PyGILState_Release(PyGILState_LOCKED);
    PyGILState_Release(state);
  }
};
thread_local ThreadRecord thread_record;

void drop(References& references) {
  // Dropping one may run Python code that lets go of more.
  References dropped = std::exchange(references, {});
  for (PyObject* object : dropped) Py_DECREF(object);
}

void drop_orphans() {
  if (!thread_orphans.references.empty()) drop(thread_orphans.references);
  if (Orphans::all().any.load(std::memory_order_relaxed)) {
    for (auto& list : Orphans::all().take()) drop(list);
  }
}

}  // namespace

bool interpreter_runs() { return Py_IsInitialized() != 0 && _Py_IsFinalizing() == 0; }

bool holds_gil() { return thread_holds_gil || PyGILState_Check() != 0; }

bool GilHold::take() {
  if (holds_gil()) return false;
  if (PyGILState_GetThisThreadState() == nullptr) {
    thread_record.state = taking([] { return PyGILState_Ensure(); });
    thread_record.made = true;
  } else {
    taking([] { PyEval_RestoreThread(PyGILState_GetThisThreadState()); });
  }
  thread_holds_gil = true;
  drop_orphans();
  return true;
}

void GilHold::give() {
  thread_holds_gil = false;
  PyEval_SaveThread();
}

GilRelease::GilRelease()
    : flagged_(std::exchange(thread_holds_gil, false)), state_(PyEval_SaveThread()) {}

GilRelease::~GilRelease() {
  taking([this] { PyEval_RestoreThread(state_); });
  thread_holds_gil = flagged_;
  drop_orphans();
}

void release_later(PyObject* object) noexcept {
  if (!interpreter_runs()) return;  // The process is ending: nobody will look.
  if (PyGILState_Check() != 0) {
    Py_DECREF(object);
    return;
  }
  auto& references = thread_orphans.references;
  references.push_back(object);
  if (references.size() == ThreadOrphans::list_references_max) {
    Orphans::all().add(std::exchange(references, {}));
  }
}

}  // namespace thalweg::python
