// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/value_codec.h"

#include <cstdint>
#include <string_view>

#include "bindings/objects/made_once.h"
#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace {

/// docs/formats/python.md lists these.
enum class Tag : std::uint8_t {
  none = 0,
  no = 1,
  yes = 2,
  integer = 3,
  number = 4,
  text = 5,
  bytes = 6,
  tuple = 7,
  list = 8,
  pickled = 255,
};

/// Records nested deeper are pickled whole: they may contain themselves.
constexpr int depth_max = 64;

bool is_nested_within(PyObject* object, int depth) {
  PyObject* const* items = nullptr;
  Py_ssize_t count = 0;
  if (PyTuple_CheckExact(object)) {
    items = reinterpret_cast<PyTupleObject*>(object)->ob_item;
    count = PyTuple_GET_SIZE(object);
  } else if (PyList_CheckExact(object)) {
    items = reinterpret_cast<PyListObject*>(object)->ob_item;
    count = PyList_GET_SIZE(object);
  }
  if (count > 0 && depth == 0) return false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!is_nested_within(items[i], depth - 1)) return false;
  }
  return true;
}

/// `pickle.NAME`, looked up once. Valid for ever.
PyObject* pickle_function(const char* name) {
  PyRef module = checked(PyImport_ImportModule("pickle"));
  return checked(PyObject_GetAttrString(module.get(), name)).give();
}

void put_tag(Tag tag, Encoder& out) { out.put_number(static_cast<std::uint8_t>(tag)); }

void encode_pickled(PyObject* object, Encoder& out) {
  static constinit MadeOnce<PyObject*> made;
  PyObject* dumps = made.get([] { return pickle_function("dumps"); });
  PyRef protocol = checked(PyLong_FromLong(5));
  PyObject* arguments[] = {object, protocol.get()};
  PyRef bytes = checked(PyObject_Vectorcall(dumps, arguments, 2, nullptr));
  put_tag(Tag::pickled, out);
  out.put_text(
      {PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))});
}

bool encode_integer(PyObject* object, Encoder& out) {
  int overflow = 0;
  long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow != 0) return false;
  put_tag(Tag::integer, out);
  out.put_number(static_cast<std::int64_t>(value));
  return true;
}

bool encode_text(PyObject* object, Encoder& out) {
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(object, &size);
  if (utf8 == nullptr) {
    PyErr_Clear();  // Lone surrogates: pickle has a form for them.
    return false;
  }
  put_tag(Tag::text, out);
  out.put_text({utf8, static_cast<std::size_t>(size)});
  return true;
}

void encode(PyObject* object, Encoder& out);

void encode_items(Tag tag, PyObject* const* items, Py_ssize_t count, Encoder& out) {
  put_tag(tag, out);
  out.put_length(static_cast<std::uint64_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) encode(items[i], out);
}

void encode(PyObject* object, Encoder& out) {
  if (object == Py_None) return put_tag(Tag::none, out);
  if (object == Py_False) return put_tag(Tag::no, out);
  if (object == Py_True) return put_tag(Tag::yes, out);
  if (PyLong_CheckExact(object) && encode_integer(object, out)) return;
  if (PyUnicode_CheckExact(object) && encode_text(object, out)) return;
  if (PyFloat_CheckExact(object)) {
    put_tag(Tag::number, out);
    return out.put_number(PyFloat_AS_DOUBLE(object));
  }
  if (PyBytes_CheckExact(object)) {
    put_tag(Tag::bytes, out);
    return out.put_text(
        {PyBytes_AS_STRING(object), static_cast<std::size_t>(PyBytes_GET_SIZE(object))});
  }
  if (PyTuple_CheckExact(object)) {
    return encode_items(Tag::tuple, reinterpret_cast<PyTupleObject*>(object)->ob_item,
                        PyTuple_GET_SIZE(object), out);
  }
  if (PyList_CheckExact(object)) {
    return encode_items(Tag::list, reinterpret_cast<PyListObject*>(object)->ob_item,
                        PyList_GET_SIZE(object), out);
  }
  encode_pickled(object, out);
}

PyRef decode_pickled(Decoder& in) {
  static constinit MadeOnce<PyObject*> made;
  PyObject* loads = made.get([] { return pickle_function("loads"); });
  std::string_view bytes = in.get_text();
  if (in.failed()) return {};
  PyRef held = checked(PyMemoryView_FromMemory(const_cast<char*>(bytes.data()),
                                               static_cast<Py_ssize_t>(bytes.size()), PyBUF_READ));
  return checked(PyObject_CallOneArg(loads, held.get()));
}

PyRef decode_text(Decoder& in) {
  std::string_view text = in.get_text();
  PyRef object = PyRef::steal(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
  if (object) return object;
  PyErr_Clear();
  in.fail();
  return {};
}

PyRef decode(Decoder& in, int depth);

PyRef decode_items(Tag tag, Decoder& in, int depth) {
  std::uint64_t count = in.get_length();
  // Every item takes a byte at least.
  if (count > in.bytes_left() || depth > depth_max) in.fail();
  if (in.failed()) return {};
  auto size = static_cast<Py_ssize_t>(count);
  PyRef items = checked(tag == Tag::tuple ? PyTuple_New(size) : PyList_New(size));
  for (Py_ssize_t i = 0; i < size; ++i) {
    PyRef item = decode(in, depth + 1);
    if (!item) return {};
    if (tag == Tag::tuple) {
      PyTuple_SET_ITEM(items.get(), i, item.give());
    } else {
      PyList_SET_ITEM(items.get(), i, item.give());
    }
  }
  return items;
}

PyRef decode(Decoder& in, int depth) {
  auto tag = static_cast<Tag>(in.get_number<std::uint8_t>());
  if (in.failed()) return {};
  switch (tag) {
    case Tag::none:
      return PyRef::share(Py_None);
    case Tag::no:
      return PyRef::share(Py_False);
    case Tag::yes:
      return PyRef::share(Py_True);
    case Tag::integer:
      return checked(PyLong_FromLongLong(in.get_number<std::int64_t>()));
    case Tag::number:
      return checked(PyFloat_FromDouble(in.get_number<double>()));
    case Tag::text:
      return decode_text(in);
    case Tag::bytes: {
      std::string_view bytes = in.get_text();
      return checked(
          PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
    }
    case Tag::tuple:
    case Tag::list:
      return decode_items(tag, in, depth);
    case Tag::pickled:
      return decode_pickled(in);
  }
  in.fail();
  return {};
}

}  // namespace

void encode_object(PyObject* object, Encoder& out) {
  if (is_nested_within(object, depth_max)) {
    encode(object, out);
  } else {
    encode_pickled(object, out);
  }
}

PyRef decode_object(Decoder& in) {
  PyRef object = decode(in, 0);
  // A number or bytes that were cut off are no object.
  return in.failed() ? PyRef() : std::move(object);
}

}  // namespace thalweg::python
