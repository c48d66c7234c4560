// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Python.h>

namespace thalweg::python {

/// Asking the interpreter costs a call and a look into thread storage; this is asked per record.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local bool thread_holds_gil;

/// Holds Python's interpreter lock, on any thread. Nested scopes cost a look at a flag. Taking the
/// lock also drops the references that were let go of without it (release_later()).
///
/// No lock of the engine may be taken, nor anything waited for, within the scope: whoever holds
/// that lock might be waiting for the interpreter.
class GilHold {
 public:
  GilHold() : taken_(!thread_holds_gil && take()) {}
  ~GilHold() {
    if (taken_) give();
  }
  GilHold(const GilHold&) = delete;
  GilHold& operator=(const GilHold&) = delete;

 private:
  /// False where this thread held the lock, though not by one of these.
  static bool take();
  static void give();

  bool taken_;
};

/// Lets go of the interpreter lock while the engine works. REQUIRES: this thread holds it.
class GilRelease {
 public:
  GilRelease();
  ~GilRelease();
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  bool flagged_;
  PyThreadState* state_;
};

/// True where this thread holds the interpreter lock.
bool holds_gil();

/// False once the process has begun to end. Other threads than the main one that ask for the
/// interpreter lock then wait until they are gone, so that nobody may wait for them.
bool interpreter_runs();

/// Drops one reference once some thread takes the interpreter lock, where this one lacks it.
void release_later(PyObject* object) noexcept;

/// Drops one reference, now where this thread holds the interpreter lock, else when some thread
/// next takes it. Never waits.
inline void release(PyObject* object) noexcept {
  if (object == nullptr) return;
  if (thread_holds_gil) {
    Py_DECREF(object);
  } else {
    release_later(object);
  }
}

}  // namespace thalweg::python
