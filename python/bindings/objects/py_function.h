// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bindings/objects/py_ref.h"

namespace thalweg::python {

/// A user's function. Lambdas of a few shapes that every program has are done here, without a call
/// into the interpreter; should that fail, the function itself is called, so that what it raises
/// and where is as ever. The shapes are told by comparing byte code with that of a model lambda
/// compiled by the same interpreter.
///
/// Copies share the function. All calls throw PyError, and need the interpreter lock.
class PyFunction {
 public:
  /// REQUIRES: the lock.
  explicit PyFunction(PyObject* callable);

  PyRef operator()(PyObject* argument) const {
    return shape_ == Shape::any ? call(argument) : do_shape(argument);
  }
  PyRef operator()(PyObject* first, PyObject* second) const {
    return shape_ == Shape::sum ? add(first, second) : call(first, second);
  }
  /// The truth of what the function returns.
  bool test(PyObject* argument) const;

  [[nodiscard]] const PyRef& callable() const { return callable_; }

 private:
  enum class Shape {
    any,
    sum,                 ///< lambda a, b: a + b
    pair_with_constant,  ///< lambda x: (x, C)
    split,               ///< lambda s: s.split(), of a str
    split_at,            ///< lambda s: s.split(C), of a str
    first_item,          ///< lambda p: p[0], of a tuple
    second_item,         ///< lambda p: p[1], of a tuple
  };
  struct Model;

  PyRef call(PyObject* argument) const;
  PyRef call(PyObject* first, PyObject* second) const;
  PyRef add(PyObject* first, PyObject* second) const;
  PyRef do_shape(PyObject* argument) const;
  PyObject* try_shape(PyObject* argument) const;
  void find_shape();

  PyRef callable_;
  PyRef constant_;
  Shape shape_ = Shape::any;
};

}  // namespace thalweg::python
