// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings/handles.h"
#include "bindings/key_operators.h"
#include "bindings/nodes/aligned_union_node.h"
#include "bindings/nodes/partition_node.h"
#include "bindings/nodes/rows_node.h"
#include "bindings/objects/py_pair.h"
#include "bindings/objects/py_partitioner.h"
#include "bindings/storage_level.h"
#include "bindings/waiting.h"
#include "thalweg/rdd/actions.h"

namespace thalweg::python {

namespace {

using Rows = std::vector<PyRef>;

nb::list list_of(Rows rows) {
  PyRef list = checked(PyList_New(static_cast<Py_ssize_t>(rows.size())));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), rows[i].give());
  }
  return nb::steal<nb::list>(list.give());
}

nb::list collect_some(const PyRdd& rdd, const std::optional<std::vector<int>>& chosen) {
  auto partitions = chosen ? *chosen : all_partitions(*rdd.node());
  for (int partition : partitions) {
    if (partition >= 0 && partition < rdd.node()->partition_count()) continue;
    throw Error(ErrorCode::invalid_argument, "there is no partition " + std::to_string(partition) +
                                                 ": the RDD has " +
                                                 std::to_string(rdd.node()->partition_count()));
  }
  auto parts = result_of([&] {
    return for_each_chunk<Rows>(rdd.node(), partitions, {},
                                [](Rows& rows, const Chunk<PyRef>& chunk) {
                                  append_owned(rows, chunk);
                                  return true;
                                });
  });
  nb::list lists;
  for (auto& part : parts) lists.append(list_of(std::move(part)));
  return lists;
}

void run(const PyRdd& rdd) {
  wait_for([&] {
    for_each_chunk<char>(rdd.node(), all_partitions(*rdd.node()), 0,
                         [](char&, const Chunk<PyRef>&) { return true; });
  });
}

RddHandle step(const RddHandle& self, RowStep kind, nb::handle function, bool keeps_keys) {
  return RddHandle(
      PyRdd(make_node<RowsNode>(self->node(), kind, PyFunction(function.ptr()), keeps_keys)));
}

void bind_row_operators(nb::class_<RddHandle>& rdd) {
  rdd.def(
         "map",
         [](const RddHandle& self, nb::handle function, bool keeps_keys) {
           return step(self, RowStep::map, function, keeps_keys);
         },
         nb::arg("function"), nb::arg("keeps_keys") = false)
      .def(
          "filter",
          [](const RddHandle& self, nb::handle function) {
            return step(self, RowStep::filter, function, true);
          },
          nb::arg("function"))
      .def(
          "flat_map",
          [](const RddHandle& self, nb::handle function, bool keeps_keys) {
            return step(self, RowStep::flat_map, function, keeps_keys);
          },
          nb::arg("function"), nb::arg("keeps_keys") = false)
      .def(
          "map_values",
          [](const RddHandle& self, nb::handle function) {
            return step(self, RowStep::map_values, function, true);
          },
          nb::arg("function"))
      .def(
          "flat_map_values",
          [](const RddHandle& self, nb::handle function) {
            return step(self, RowStep::flat_map_values, function, true);
          },
          nb::arg("function"))
      .def(
          "map_partitions",
          [](const RddHandle& self, nb::handle function, bool keeps_keys, const std::string& kind) {
            return RddHandle(PyRdd(make_node<PartitionNode>(
                self->node(), PyFunction(function.ptr()).callable(), keeps_keys, kind)));
          },
          nb::arg("function"), nb::arg("keeps_keys") = false, nb::arg("kind") = "map_partitions");
}

void bind_key_operators(nb::class_<RddHandle>& rdd) {
  rdd.def(
         "reduce_by_key",
         [](const RddHandle& self, nb::handle function, const PyPartitioner& partitioner) {
           return RddHandle(reduce_by_key(*self, PyFunction(function.ptr()), shared(partitioner)));
         },
         nb::arg("function"), nb::arg("partitioner"))
      .def(
          "combine_by_key",
          [](const RddHandle& self, nb::handle create, nb::handle add, nb::handle merge,
             const PyPartitioner& partitioner) {
            return RddHandle(combine_by_key(*self, PyFunction(create.ptr()), PyFunction(add.ptr()),
                                            PyFunction(merge.ptr()), shared(partitioner)));
          },
          nb::arg("create"), nb::arg("add"), nb::arg("merge"), nb::arg("partitioner"))
      .def(
          "group_by_key",
          [](const RddHandle& self, const PyPartitioner& partitioner) {
            return RddHandle(group_by_key(*self, shared(partitioner)));
          },
          nb::arg("partitioner"))
      .def(
          "partition_by",
          [](const RddHandle& self, const PyPartitioner& partitioner) {
            return RddHandle(partition_by(*self, shared(partitioner)));
          },
          nb::arg("partitioner"))
      .def(
          "cogroup",
          [](const RddHandle& self, nb::handle others, const PyPartitioner& partitioner) {
            auto rdds = rdds_of_objects(others, "cogroup");
            rdds.insert(rdds.begin(), *self);
            return RddHandle(cogroup(rdds, shared(partitioner)));
          },
          nb::arg("others"), nb::arg("partitioner"));
}

void bind_several(nb::class_<RddHandle>& rdd) {
  auto pairs = [](const RDD<PyPair>& made) { return RddHandle(as_rows(made)); };
  rdd.def(
         "cartesian",
         [pairs](const RddHandle& self, const RddHandle& other) {
           return pairs(self->cartesian(*other));
         },
         nb::arg("other"))
      .def(
          "zip",
          [pairs](const RddHandle& self, const RddHandle& other) {
            return pairs(self->zip(*other));
          },
          nb::arg("other"))
      .def(
          "coalesce",
          [](const RddHandle& self, int partitions) {
            return RddHandle(self->coalesce(partitions));
          },
          nb::arg("partitions"))
      .def(
          "repartition",
          [](const RddHandle& self, int partitions) {
            return RddHandle(self->repartition(partitions));
          },
          nb::arg("partitions"));
}

void bind_actions(nb::class_<RddHandle>& rdd) {
  rdd.def("collect",
          [](const RddHandle& self) {
            return list_of(result_of([&] { return collect_rows(self->node()); }));
          })
      .def(
          "collect_partitions",
          [](const RddHandle& self, const std::optional<std::vector<int>>& partitions) {
            return collect_some(*self, partitions);
          },
          nb::arg("partitions").none() = nb::none())
      .def("count", [](const RddHandle& self) { return result_of([&] { return self->count(); }); })
      .def(
          "take",
          [](const RddHandle& self, std::size_t count) {
            return list_of(result_of([&] { return take_rows(self->node(), count); }));
          },
          nb::arg("count"))
      .def("run", [](const RddHandle& self) { run(*self); })
      .def(
          "save_as_text_file",
          [](const RddHandle& self, const std::string& directory) {
            wait_for([&] { self->save_as_text_file(directory); });
          },
          nb::arg("directory"))
      .def(
          "save_as_object_file",
          [](const RddHandle& self, const std::string& directory) {
            wait_for([&] { self->save_as_object_file(directory); });
          },
          nb::arg("directory"));
}

void bind_properties(nb::class_<RddHandle>& rdd) {
  rdd.def_prop_ro("id", [](const RddHandle& self) { return self->node()->id().value; })
      .def_prop_ro("kind", [](const RddHandle& self) { return self->node()->kind(); })
      .def_prop_rw(
          "name", [](const RddHandle& self) { return self->node()->name(); },
          [](const RddHandle& self, const std::string& name) { self->node()->set_name(name); })
      .def_prop_ro("partition_count",
                   [](const RddHandle& self) { return self->node()->partition_count(); })
      .def_prop_ro("partitioner",
                   [](const RddHandle& self) -> nb::object {
                     const auto* partitioner =
                         dynamic_cast<const PyPartitioner*>(self->node()->partitioner().get());
                     return partitioner != nullptr ? nb::cast(*partitioner) : nb::none();
                   })
      .def_prop_ro("storage_level",
                   [](const RddHandle& self) { return storage_level_name(self->storage_level()); })
      .def(
          "keep",
          [](const RddHandle& self, const std::string& level) {
            GilRelease no_gil;
            self->node()->keep(storage_level_of(level), row_codec<PyRef>());
          },
          nb::arg("level"))
      .def(
          "checkpoint",
          [](const RddHandle& self, const std::string& directory) {
            GilRelease no_gil;
            self->checkpoint(directory);
          },
          nb::arg("directory"))
      .def_prop_ro("checkpointed", [](const RddHandle& self) { return self->is_checkpointed(); })
      .def("to_debug_string",
           [](const RddHandle& self) { return self->node()->to_debug_string(); });
}

}  // namespace

PyRdd rdd_of_object(nb::handle object, const char* what) {
  const RddHandle* handle = nullptr;
  if (nb::try_cast(object, handle) && handle != nullptr) return **handle;
  PyErr_Format(PyExc_TypeError, "%s: an RDD is needed here, got %R", what, object.ptr());
  throw_python_error();
}

std::vector<PyRdd> rdds_of_objects(nb::handle objects, const char* what) {
  std::vector<PyRdd> rdds;
  for (nb::handle object : objects) rdds.push_back(rdd_of_object(object, what));
  return rdds;
}

PyRef text_row(std::string_view text) {
  return checked(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

PyRef bytes_row(std::string_view bytes) {
  GilHold gil;
  return checked(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

PyRdd text_rows(const RDD<std::string_view>& lines) {
  return lines.map([](std::string_view line) {
    GilHold gil;
    return text_row(line);
  });
}

void bind_rdd(nb::module_& module) {
  nb::class_<RddHandle> rdd(module, "Rdd");
  bind_properties(rdd);
  bind_row_operators(rdd);
  bind_key_operators(rdd);
  bind_several(rdd);
  bind_actions(rdd);
}

}  // namespace thalweg::python
