// SPDX-License-Identifier: Apache-2.0
//
// The module thalweg._engine; python/thalweg/_engine.pyi says what is in it.
#include "bindings/connectors.h"
#include "bindings/handles.h"
#include "bindings/nodes/partition_node.h"
#include "bindings/objects/portable_hash.h"
#include "bindings/objects/py_error.h"
#include "thalweg/runtime/task_context.h"

NB_MODULE(_engine, module) {
  using namespace thalweg::python;
  // Programs end with streams and rows alive; there is nothing to be said of it.
  nb::set_leak_warnings(false);
  define_errors(module.ptr());
  define_row_iterator();
  nb::register_exception_translator(
      [](const std::exception_ptr& thrown, void*) {
        try {
          std::rethrow_exception(thrown);
        } catch (const thalweg::Error& error) {
          raise_in_python(error);
        }
      },
      nullptr);
  module.def(
      "portable_hash", [](nb::handle key) { return portable_hash(key.ptr()); },
      nb::arg("key").none());
  module.def("current_task", []() -> nb::object {
    const auto* task = thalweg::TaskContext::current();
    if (task == nullptr) return nb::none();
    return nb::make_tuple(task->stage.value, task->partition, task->attempt);
  });
  bind_session(module);
  bind_rdd(module);
  bind_streaming(module);
  bind_connectors(module);
}
