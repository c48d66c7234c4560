// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/portable_hash.h"

#include <bit>
#include <cstring>

#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace {

struct SipState {
  std::uint64_t a = 0x736f6d6570736575;
  std::uint64_t b = 0x646f72616e646f6d;
  std::uint64_t c = 0x6c7967656e657261;
  std::uint64_t d = 0x7465646279746573;

  void round() {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    a += d;
    c += b;
    d = std::rotl(d, 21) ^ a;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }
};

Py_hash_t hash_of_bytes(const void* bytes, Py_ssize_t size) {
  if (size == 0) return 0;
  auto hash = static_cast<Py_hash_t>(siphash13(bytes, static_cast<std::size_t>(size)));
  return hash == -1 ? -2 : hash;
}

/// As PySpark does it; of the combined number only the lowest 64 bits without the sign are kept.
Py_hash_t hash_of_tuple(PyObject* tuple) {
  std::uint64_t hash = 0x345678;
  const Py_ssize_t size = PyTuple_GET_SIZE(tuple);
  for (Py_ssize_t i = 0; i < size; ++i) {
    hash ^= static_cast<std::uint64_t>(portable_hash(PyTuple_GET_ITEM(tuple, i)));
    hash *= 1000003;
    hash &= static_cast<std::uint64_t>(PY_SSIZE_T_MAX);
  }
  hash ^= static_cast<std::uint64_t>(size);
  auto result = static_cast<Py_hash_t>(hash);
  return result == -1 ? -2 : result;
}

}  // namespace

std::uint64_t siphash13(const void* bytes, std::size_t size) {
  static_assert(std::endian::native == std::endian::little);
  SipState state;
  const auto* next = static_cast<const unsigned char*>(bytes);
  std::size_t left = size;
  for (; left >= 8; left -= 8, next += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, next, 8);
    state.d ^= word;
    state.round();
    state.a ^= word;
  }
  std::uint64_t last = static_cast<std::uint64_t>(size) << 56;
  std::uint64_t tail = 0;
  std::memcpy(&tail, next, left);
  last |= tail;
  state.d ^= last;
  state.round();
  state.a ^= last;
  state.c ^= 0xff;
  state.round();
  state.round();
  state.round();
  return (state.a ^ state.b) ^ (state.c ^ state.d);
}

Py_hash_t portable_hash(PyObject* key) {
  if (PyUnicode_Check(key) && Py_TYPE(key)->tp_hash == PyUnicode_Type.tp_hash) {
    return hash_of_bytes(PyUnicode_DATA(key), PyUnicode_GET_LENGTH(key) * PyUnicode_KIND(key));
  }
  if (key == Py_None) return 0;
  if (PyTuple_Check(key)) return hash_of_tuple(key);
  if (PyBytes_CheckExact(key)) return hash_of_bytes(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key));
  Py_hash_t hash = PyObject_Hash(key);
  if (hash == -1) throw_python_error();
  return hash;
}

}  // namespace thalweg::python
