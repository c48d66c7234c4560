// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Python.h>

namespace thalweg::python {

/// Holds Python's interpreter lock, on any thread. Nested scopes cost a look at a flag. Taking the
/// lock also drops the references that were let go of without it (release_later()).
///
/// No lock of the engine may be taken, nor anything waited for, within the scope: whoever holds
/// that lock might be waiting for the interpreter.
class GilHold {
 public:
  GilHold();
  ~GilHold();
  GilHold(const GilHold&) = delete;
  GilHold& operator=(const GilHold&) = delete;

 private:
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

/// Drops one reference, now where this thread holds the interpreter lock, else when some thread
/// next takes it. Never waits.
void release(PyObject* object) noexcept;

}  // namespace thalweg::python
