// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <utility>

#include "bindings/objects/py_record.h"
#include "thalweg/dstream/dstream.h"

namespace thalweg::python {

namespace nb = nanobind;

/// What Python holds of a thing of the engine. It lets go of it without the interpreter lock, as
/// the engine may then take locks of its own.
template <typename T>
class Handle {
 public:
  explicit Handle(T thing) : thing_(std::move(thing)) {}
  Handle(Handle&&) noexcept = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (!thing_) return;
    GilRelease no_gil;
    thing_.reset();
  }

  const T& operator*() const { return *thing_; }
  const T* operator->() const { return &*thing_; }

 private:
  std::optional<T> thing_;
};

using RddHandle = Handle<PyRdd>;
using StreamHandle = Handle<DStream<PyRef>>;

/// The object that a handle of the interpreter's names, as a row or function of the engine.
inline PyRef ref_of(nb::handle object) { return PyRef::share(object.ptr()); }
/// The reference as an object of the bindings.
inline nb::object object_of(PyRef ref) { return nb::steal(ref.give()); }

/// Python's object for an RDD. REQUIRES: the lock.
inline nb::object rdd_object(PyRdd rdd) { return nb::cast(RddHandle(std::move(rdd))); }

/// The RDD that an object of Python's holds. Errors: throws PyError(TypeError) for another object.
PyRdd rdd_of_object(nb::handle object, const char* what);
/// The same of a list.
std::vector<PyRdd> rdds_of_objects(nb::handle objects, const char* what);

/// Rows of text as str. Bytes that are no UTF-8 become U+FFFD.
PyRdd text_rows(const RDD<std::string_view>& lines);
PyRef text_row(std::string_view text);
PyRef bytes_row(std::string_view bytes);

void bind_session(nb::module_& module);
void bind_rdd(nb::module_& module);
void bind_streaming(nb::module_& module);

}  // namespace thalweg::python
