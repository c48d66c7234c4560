// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/py_function.h"

#include <array>

#include "bindings/objects/made_once.h"
#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace {

/// What of a lambda's code has to be the same for it to do the same.
struct Code {
  PyRef bytes;
  PyRef names;
  PyRef constants;
};

PyRef attribute(PyObject* object, const char* name) {
  return checked(PyObject_GetAttrString(object, name));
}

bool same(const PyRef& a, const PyRef& b) {
  return checked(PyObject_RichCompareBool(a.get(), b.get(), Py_EQ)) == 1;
}

Code code_of(PyObject* function) {
  PyRef code = attribute(function, "__code__");
  return {attribute(code.get(), "co_code"), attribute(code.get(), "co_names"),
          attribute(code.get(), "co_consts")};
}

/// A function that looks at nothing but its positional arguments.
bool is_plain(PyObject* function, int arguments) {
  auto* code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function));
  return code->co_argcount == arguments && code->co_kwonlyargcount == 0 &&
         (code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR | CO_COROUTINE)) == 0 &&
         PyFunction_GET_CLOSURE(function) == nullptr &&
         PyFunction_GET_DEFAULTS(function) == nullptr;
}

/// Where two lists of constants differ: the constant of the function that is not the model's.
/// Null where they are alike but for that, in no or more than one place.
PyRef only_difference(const PyRef& constants, const PyRef& model) {
  const Py_ssize_t count = PyTuple_GET_SIZE(constants.get());
  if (count != PyTuple_GET_SIZE(model.get())) return {};
  PyRef found;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* mine = PyTuple_GET_ITEM(constants.get(), i);
    if (PyTuple_GET_ITEM(model.get(), i) == Py_Ellipsis) {
      found = PyRef::share(mine);
    } else if (mine != PyTuple_GET_ITEM(model.get(), i)) {
      return {};
    }
  }
  return found;
}

}  // namespace

/// A lambda that has a shape; an ellipsis stands for any constant.
struct PyFunction::Model {
  Shape shape;
  int arguments;
  bool has_constant;
  Code code;

  static Model of(Shape shape, int arguments, const char* source) {
    PyRef globals = checked(PyDict_New());
    // Not PyRun_String(): an interrupt in it would end the process by the signal, later.
    PyRef code = checked(Py_CompileString(source, "<shape>", Py_eval_input));
    PyRef function = checked(PyEval_EvalCode(code.get(), globals.get(), globals.get()));
    bool has_constant = std::string(source).find("...") != std::string::npos;
    return {shape, arguments, has_constant, code_of(function.get())};
  }

  /// Compiled when the first function is made; never destroyed.
  static const std::array<Model, 6>& all() {
    static constinit MadeOnce<std::array<Model, 6>> models;
    return models.get([] {
      return std::array<Model, 6>{
          of(Shape::sum, 2, "lambda a, b: a + b"),
          of(Shape::pair_with_constant, 1, "lambda x: (x, ...)"),
          of(Shape::split, 1, "lambda s: s.split()"),
          of(Shape::split_at, 1, "lambda s: s.split(...)"),
          of(Shape::first_item, 1, "lambda p: p[0]"),
          of(Shape::second_item, 1, "lambda p: p[1]"),
      };
    });
  }
};

PyFunction::PyFunction(PyObject* callable) : callable_(PyRef::share(callable)) {
  if (PyCallable_Check(callable) == 0) {
    PyErr_Format(PyExc_TypeError, "a function is needed here, got %R of type %s", callable,
                 Py_TYPE(callable)->tp_name);
    throw_python_error();
  }
  if (PyFunction_Check(callable)) find_shape();
}

void PyFunction::find_shape() {
  PyObject* function = callable_.get();
  for (const Model& model : Model::all()) {
    if (!is_plain(function, model.arguments)) continue;
    Code code = code_of(function);
    if (!same(code.bytes, model.code.bytes) || !same(code.names, model.code.names)) continue;
    if (model.has_constant) {
      constant_ = only_difference(code.constants, model.code.constants);
      if (!constant_) continue;
    } else if (!same(code.constants, model.code.constants)) {
      continue;
    }
    shape_ = model.shape;
    return;
  }
}

PyRef PyFunction::call(PyObject* argument) const {
  return checked(PyObject_CallOneArg(callable_.get(), argument));
}

PyRef PyFunction::call(PyObject* first, PyObject* second) const {
  PyObject* arguments[] = {first, second};
  return checked(PyObject_Vectorcall(callable_.get(), arguments, 2, nullptr));
}

PyRef PyFunction::add(PyObject* first, PyObject* second) const {
  PyObject* sum = PyNumber_Add(first, second);
  if (sum != nullptr) [[likely]] {
    return PyRef::steal(sum);
  }
  PyErr_Clear();
  return call(first, second);
}

PyObject* PyFunction::try_shape(PyObject* argument) const {
  switch (shape_) {
    case Shape::pair_with_constant:
      return PyTuple_Pack(2, argument, constant_.get());
    case Shape::split:
      return PyUnicode_CheckExact(argument) ? PyUnicode_Split(argument, nullptr, -1) : nullptr;
    case Shape::split_at:
      return PyUnicode_CheckExact(argument) && PyUnicode_CheckExact(constant_.get())
                 ? PyUnicode_Split(argument, constant_.get(), -1)
                 : nullptr;
    case Shape::first_item:
    case Shape::second_item: {
      const Py_ssize_t index = shape_ == Shape::first_item ? 0 : 1;
      if (!PyTuple_CheckExact(argument) || PyTuple_GET_SIZE(argument) <= index) return nullptr;
      return Py_NewRef(PyTuple_GET_ITEM(argument, index));
    }
    case Shape::any:
    case Shape::sum:
      return nullptr;
  }
  return nullptr;
}

PyRef PyFunction::do_shape(PyObject* argument) const {
  PyObject* result = try_shape(argument);
  if (result != nullptr) [[likely]] {
    return PyRef::steal(result);
  }
  PyErr_Clear();
  return call(argument);
}

bool PyFunction::test(PyObject* argument) const {
  PyRef result = (*this)(argument);
  if (result.get() == Py_True) return true;
  if (result.get() == Py_False) return false;
  return checked(PyObject_IsTrue(result.get())) == 1;
}

}  // namespace thalweg::python
