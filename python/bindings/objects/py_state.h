// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bindings/objects/py_record.h"

namespace thalweg::python {

/// A state that a Python function keeps. Never asked whether it equals another: `==` of what
/// programs keep (arrays, say) need not be a yes or no.
struct PyState {
  PyRef object;
};

}  // namespace thalweg::python

namespace thalweg {

template <>
struct RecordTraits<python::PyState> {
  using Inner = RecordTraits<python::PyRef>;
  using PyState = python::PyState;
  static constexpr bool described = true;
  static constexpr bool has_views = false;
  using Owned = PyState;
  using Scope = python::GilHold;

  static std::uint64_t hash(const PyState& state) { return Inner::hash(state.object); }
  static bool equal(const PyState& a, const PyState& b) { return a.object.get() == b.object.get(); }
  static std::size_t heap_bytes(const PyState& state) { return Inner::heap_bytes(state.object); }
  static void encode(const PyState& state, Encoder& out) { Inner::encode(state.object, out); }
  static PyState decode(Decoder& in) { return {Inner::decode(in)}; }
  static void adopt(PyState&, Arena&) {}
  static PyState own(const PyState& state) { return state; }
  static void print(const PyState& state, std::string& out) { Inner::print(state.object, out); }
};

}  // namespace thalweg
