// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/py_pair.h"

#include "thalweg/common/text.h"
#include "thalweg/rdd/nodes/mapped.h"

namespace thalweg::python {

namespace {

constexpr const char* needed = "the operators by key need rows of two items, (key, value)";

/// Any iterable; what is wrong with it is said as by the interpreter.
PyPair unpack_iterable(PyObject* row) {
  if (Py_TYPE(row)->tp_iter == nullptr && PySequence_Check(row) == 0) {
    PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %s object: %s", Py_TYPE(row)->tp_name,
                 needed);
    throw_python_error();
  }
  PyRef items = checked(PySequence_Tuple(row));
  const Py_ssize_t size = PyTuple_GET_SIZE(items.get());
  if (size != 2) {
    if (size > 2) {
      PyErr_Format(PyExc_ValueError, "too many values to unpack (expected 2): %s", needed);
    } else {
      PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected 2, got %zd): %s", size,
                   needed);
    }
    throw_python_error();
  }
  return {PyRef::share(PyTuple_GET_ITEM(items.get(), 0)),
          PyRef::share(PyTuple_GET_ITEM(items.get(), 1))};
}

}  // namespace

PyPair unpack(PyObject* row) {
  if (PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row) == 2) [[likely]] {
    return {PyRef::share(PyTuple_GET_ITEM(row, 0)), PyRef::share(PyTuple_GET_ITEM(row, 1))};
  }
  return unpack_iterable(row);
}

PyRef pack(PyRef first, PyRef second) {
  PyObject* tuple = PyTuple_New(2);
  if (tuple == nullptr) throw_python_error();
  PyTuple_SET_ITEM(tuple, 0, first.give());
  PyTuple_SET_ITEM(tuple, 1, second.give());
  return PyRef::steal(tuple);
}

std::string excerpt_of(PyObject* row) {
  PyRef text = PyRef::steal(PyObject_Repr(row));
  const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  if (utf8 == nullptr) {
    PyErr_Clear();
    return std::string("of type ") + Py_TYPE(row)->tp_name;
  }
  return excerpt(utf8);
}

RDD<PyPair> as_pairs(const PyRdd& rdd) {
  return RDD<PyPair>(
      make_node<MappedNode<PyRef, PyPair, Unpack>>(rdd.node(), Unpack(), true, "pairs"));
}

PyRdd as_rows(const RDD<PyPair>& pairs) {
  return PyRdd(make_node<MappedNode<PyPair, PyRef, Pack>>(pairs.node(), Pack(), true, "tuples"));
}

}  // namespace thalweg::python
