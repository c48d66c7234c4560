// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/py_error.h"

#include <string>
#include <string_view>

namespace thalweg::python {

namespace {

struct ErrorClasses {
  PyObject* engine = nullptr;
  PyObject* function = nullptr;
  PyObject* invalid_argument = nullptr;
  PyObject* not_found = nullptr;
};
ErrorClasses classes;

std::string describe(PyObject* exception) {
  GilHold gil;
  std::string text = Py_TYPE(exception)->tp_name;
  PyRef message = PyRef::steal(PyObject_Str(exception));
  const char* utf8 = message ? PyUnicode_AsUTF8(message.get()) : nullptr;
  if (utf8 == nullptr) {
    PyErr_Clear();
  } else if (*utf8 != 0) {
    text += std::string(": ") + utf8;
  }
  return text;
}

/// A job that was stopped stays one where a Python function had started it; all else that such a
/// function raises is its own failure.
ErrorCode code_of(PyObject* exception) {
  GilHold gil;
  if (classes.engine == nullptr || PyObject_IsInstance(exception, classes.engine) != 1) {
    return ErrorCode::user_error;
  }
  PyRef code = PyRef::steal(PyObject_GetAttrString(exception, "code"));
  const char* text = code ? PyUnicode_AsUTF8(code.get()) : nullptr;
  if (text == nullptr) PyErr_Clear();
  bool stopped = text != nullptr && text == to_string(ErrorCode::cancelled);
  return stopped ? ErrorCode::cancelled : ErrorCode::user_error;
}

/// What a Python function raised on the way to `error`, or null.
PyRef python_cause(const Error& error) {
  if (const auto* raised = dynamic_cast<const PyError*>(&error)) return raised->exception();
  if (!error.cause()) return {};
  try {
    std::rethrow_exception(error.cause());
  } catch (const PyError& raised) {
    return raised.exception();
  } catch (...) {
    return {};
  }
}

PyObject* class_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return classes.invalid_argument;
    case ErrorCode::not_found:
      return classes.not_found;
    default:
      return classes.engine;
  }
}

PyObject* define(PyObject* module, const char* name, PyObject* bases) {
  std::string full = std::string("thalweg._engine.") + name;
  PyObject* made = PyErr_NewException(full.c_str(), bases, nullptr);
  if (made == nullptr || PyModule_AddObjectRef(module, name, made) < 0) throw_python_error();
  return made;
}

}  // namespace

PyError::PyError(PyRef exception)
    : Error(code_of(exception.get()), describe(exception.get())),
      exception_(std::move(exception)) {}

void throw_python_error() {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  throw PyError(PyRef::steal(value));
}

void raise_in_python(const Error& error) {
  PyRef cause = python_cause(error);
  // What a call of ours ran into, and what Ctrl-C or sys.exit() raised, goes on as it is.
  const bool is_direct = dynamic_cast<const PyError*>(&error) != nullptr;
  if (cause && (is_direct || PyObject_IsInstance(cause.get(), PyExc_Exception) == 0)) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(cause.get())), cause.get());
    return;
  }
  PyObject* made_of = cause ? classes.function : class_of(error.code());
  PyRef text = PyRef::steal(PyUnicode_DecodeUTF8(
      error.what(), static_cast<Py_ssize_t>(std::string_view(error.what()).size()), "replace"));
  PyRef exception = PyRef::steal(PyObject_CallOneArg(made_of, text.get()));
  if (!exception) return;
  std::string_view code = to_string(error.code());
  PyRef code_text =
      PyRef::steal(PyUnicode_FromStringAndSize(code.data(), static_cast<Py_ssize_t>(code.size())));
  if (PyObject_SetAttrString(exception.get(), "code", code_text.get()) < 0) return;
  if (cause) PyException_SetCause(exception.get(), cause.give());
  PyErr_SetObject(made_of, exception.get());
}

void define_errors(PyObject* module) {
  PyRef engine_bases = checked(PyTuple_Pack(1, PyExc_RuntimeError));
  classes.engine = define(module, "EngineError", engine_bases.get());
  PyRef function_bases = checked(PyTuple_Pack(1, classes.engine));
  classes.function = define(module, "FunctionError", function_bases.get());
  PyRef argument_bases = checked(PyTuple_Pack(2, classes.engine, PyExc_ValueError));
  classes.invalid_argument = define(module, "InvalidArgument", argument_bases.get());
  // FileNotFoundError is laid out as an OSError: RuntimeError adds nothing to that.
  PyRef found_bases = checked(PyTuple_Pack(2, classes.engine, PyExc_FileNotFoundError));
  classes.not_found = define(module, "NotFound", found_bases.get());
}

}  // namespace thalweg::python
