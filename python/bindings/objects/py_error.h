// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings/objects/py_ref.h"
#include "thalweg/common/error.h"

namespace thalweg::python {

/// A Python exception on its way through the engine. what() is its last line: "KeyError: 'user'".
class PyError : public Error {
 public:
  explicit PyError(PyRef exception);
  /// The exception object, with its traceback.
  [[nodiscard]] const PyRef& exception() const { return exception_; }

 private:
  PyRef exception_;
};

/// Takes the interpreter's current exception and throws it. REQUIRES: there is one; the lock.
[[noreturn]] void throw_python_error();

/// The reference, or throws what the interpreter raised in place of returning it.
inline PyRef checked(PyObject* object) {
  if (object == nullptr) throw_python_error();
  return PyRef::steal(object);
}
/// Throws what the interpreter raised where `result` is negative.
inline int checked(int result) {
  if (result < 0) throw_python_error();
  return result;
}

/// Raises `error` in the interpreter: EngineError by its code; FunctionError, caused by the
/// original exception, where a Python function raised; of a PyError the exception itself.
/// REQUIRES: the lock.
void raise_in_python(const Error& error);

/// Creates the exception classes in the module.
void define_errors(PyObject* module);

}  // namespace thalweg::python
