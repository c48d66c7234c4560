// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/detached.h"

#include "bindings/objects/made_once.h"
#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace {

/// Tuples nested deeper are copied, whatever is in them.
constexpr int depth_max = 8;

bool is_immutable(PyObject* object, int depth) {
  if (PyUnicode_CheckExact(object) || PyLong_CheckExact(object) || PyFloat_CheckExact(object) ||
      PyBool_Check(object) || PyBytes_CheckExact(object) || object == Py_None) {
    return true;
  }
  if (!PyTuple_CheckExact(object) || depth == depth_max) return false;
  const Py_ssize_t size = PyTuple_GET_SIZE(object);
  for (Py_ssize_t i = 0; i < size; ++i) {
    if (!is_immutable(PyTuple_GET_ITEM(object, i), depth + 1)) return false;
  }
  return true;
}

/// `copy.deepcopy`, looked up once. Valid for ever.
PyObject* deep_copy() {
  PyRef module = checked(PyImport_ImportModule("copy"));
  return checked(PyObject_GetAttrString(module.get(), "deepcopy")).give();
}

}  // namespace

PyRef detached(PyObject* object) {
  if (is_immutable(object, 0)) return PyRef::share(object);
  static constinit MadeOnce<PyObject*> copy;
  return checked(PyObject_CallOneArg(copy.get(deep_copy), object));
}

}  // namespace thalweg::python
