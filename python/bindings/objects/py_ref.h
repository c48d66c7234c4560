// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "bindings/objects/gil.h"

namespace thalweg::python {

/// A Python object, owned: what the rows of Python programs are in the engine.
///
/// Moving needs no interpreter lock; copying takes it where the thread lacks it, which over many
/// records is done once a chunk (RecordTraits<PyRef>::Scope); the last reference is dropped by
/// release(). Thread safety: as std::shared_ptr.
class PyRef {
 public:
  PyRef() = default;
  /// Takes over a reference, as most calls of the interpreter return it.
  static PyRef steal(PyObject* object) { return PyRef(object); }
  /// Shares a reference. REQUIRES: the interpreter lock.
  static PyRef share(PyObject* object) {
    Py_XINCREF(object);
    return PyRef(object);
  }

  PyRef(const PyRef& other) : object_(other.object_) {
    if (object_ == nullptr) return;
    GilHold gil;
    Py_INCREF(object_);
  }
  PyRef(PyRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  PyRef& operator=(const PyRef& other) {
    if (object_ != other.object_) *this = PyRef(other);
    return *this;
  }
  PyRef& operator=(PyRef&& other) noexcept {
    if (this != &other)
      python::release(std::exchange(object_, std::exchange(other.object_, nullptr)));
    return *this;
  }
  ~PyRef() { python::release(object_); }

  /// Null where there is no object. Valid as long as this.
  [[nodiscard]] PyObject* get() const { return object_; }
  /// The reference, now the caller's to drop.
  [[nodiscard]] PyObject* give() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  explicit PyRef(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

}  // namespace thalweg::python
