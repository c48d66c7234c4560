// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

namespace thalweg::python {

/// A value that is made of Python's when it is first asked for, and never destroyed. In place of a
/// static variable within a function: of those C++ keeps other threads away while the value is
/// made, and Python may let go of its lock meanwhile, to a thread that then waits with it, for
/// ever.
///
///     static constinit MadeOnce<PyObject*> copy;
///     PyObject* function = copy.get(deep_copy);
///
/// REQUIRES: the interpreter lock. Two threads may make a value; all get the same.
template <typename T>
class MadeOnce {
 public:
  template <typename Make>
  const T& get(const Make& make) {
    if (const T* made = value_.load(std::memory_order_acquire)) return *made;
    auto mine = std::make_unique<const T>(make());
    const T* first = nullptr;
    if (!value_.compare_exchange_strong(first, mine.get(), std::memory_order_acq_rel))
      return *first;
    return *mine.release();
  }

 private:
  std::atomic<const T*> value_{nullptr};
};

}  // namespace thalweg::python
