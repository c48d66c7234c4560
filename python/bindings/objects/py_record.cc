// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/py_record.h"

#include <cstdlib>
#include <cstring>

#include "bindings/objects/detached.h"
#include "bindings/objects/portable_hash.h"
#include "bindings/objects/py_error.h"
#include "thalweg/common/hash.h"

namespace thalweg {

using python::GilHold;
using python::PyRef;

namespace {

std::size_t size_of(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  if (PyUnicode_CheckExact(object)) {
    return sizeof(PyASCIIObject) +
           static_cast<std::size_t>(PyUnicode_GET_LENGTH(object) * PyUnicode_KIND(object)) + 1;
  }
  auto size = static_cast<std::size_t>(type->tp_basicsize);
  if (type->tp_itemsize != 0) {
    size += static_cast<std::size_t>(std::abs(Py_SIZE(object)) * type->tp_itemsize);
  }
  if (PyList_CheckExact(object)) {
    size += static_cast<std::size_t>(PyList_GET_SIZE(object)) * sizeof(PyObject*);
  }
  return size + (PyObject_IS_GC(object) != 0 ? 2 * sizeof(void*) : 0);
}

bool same_text(PyObject* a, PyObject* b) {
  const Py_ssize_t length = PyUnicode_GET_LENGTH(a);
  const auto kind = PyUnicode_KIND(a);
  return length == PyUnicode_GET_LENGTH(b) && kind == PyUnicode_KIND(b) &&
         std::memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b),
                     static_cast<std::size_t>(length) * kind) == 0;
}

}  // namespace

std::uint64_t RecordTraits<PyRef>::hash(const PyRef& row) {
  GilHold gil;
  return hash_integer(static_cast<std::uint64_t>(python::portable_hash(row.get())));
}

bool RecordTraits<PyRef>::equal(const PyRef& a, const PyRef& b) {
  if (a.get() == b.get()) return true;
  // Text cannot change, so that looking at it needs no lock.
  if (PyUnicode_CheckExact(a.get()) && PyUnicode_CheckExact(b.get())) {
    return same_text(a.get(), b.get());
  }
  GilHold gil;
  return python::checked(PyObject_RichCompareBool(a.get(), b.get(), Py_EQ)) == 1;
}

std::size_t RecordTraits<PyRef>::heap_bytes(const PyRef& row) {
  PyObject* object = row.get();
  std::size_t bytes = size_of(object);
  if (PyTuple_CheckExact(object)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
      bytes += size_of(PyTuple_GET_ITEM(object, i));
    }
  } else if (PyList_CheckExact(object)) {
    GilHold gil;  // A list may change under our eyes.
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(object); ++i) {
      bytes += size_of(PyList_GET_ITEM(object, i));
    }
  }
  return bytes;
}

void RecordTraits<PyRef>::encode(const PyRef& row, Encoder& out) {
  GilHold gil;
  python::encode_object(row.get(), out);
}

PyRef RecordTraits<PyRef>::decode(Decoder& in) {
  GilHold gil;
  PyRef object = python::decode_object(in);
  return object ? std::move(object) : PyRef::share(Py_None);
}

PyRef RecordTraits<PyRef>::own(const PyRef& row) {
  GilHold gil;
  return python::detached(row.get());
}

void RecordTraits<PyRef>::print(const PyRef& row, std::string& out) {
  GilHold gil;
  if (PyBytes_CheckExact(row.get())) {
    out.append(PyBytes_AS_STRING(row.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(row.get())));
    return;
  }
  PyRef text = python::checked(PyObject_Str(row.get()));
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(text.get(), &size);
  if (utf8 == nullptr) python::throw_python_error();
  out.append(utf8, static_cast<std::size_t>(size));
}

}  // namespace thalweg
