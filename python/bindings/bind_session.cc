// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/string.h>

#include "bindings/handles.h"
#include "bindings/nodes/aligned_union_node.h"
#include "bindings/nodes/parts_node.h"
#include "bindings/objects/py_partitioner.h"
#include "bindings/session.h"
#include "bindings/waiting.h"
#include "thalweg/rdd/context.h"
#include "thalweg/rdd/nodes/fixed_records.h"

namespace thalweg::python {

namespace {

PyRdd parallelize(const PySession& self, nb::handle parts) {
  std::vector<PartsNode::Part> blocks;
  for (nb::handle part : parts) {
    auto block = make_block<PyRef>();
    for (nb::handle row : part) block_of<PyRef>(*block).append_row(ref_of(row));
    blocks.push_back(std::move(block));
  }
  return PyRdd(make_node<PartsNode>(self.session().state(), std::move(blocks)));
}

PyRdd text_file(const PySession& self, const std::string& path, int partitions_min, bool unicode) {
  auto lines = result_of([&] { return self.context().text_file(path, partitions_min); });
  if (unicode) return text_rows(lines);
  return lines.map([](std::string_view line) { return bytes_row(line); });
}

PyRdd binary_records(const PySession& self, const std::string& path, std::size_t record_bytes) {
  if (record_bytes == 0) {
    throw Error(ErrorCode::invalid_argument, "the length of a record must be at least 1 byte");
  }
  const auto& state = self.session().state();
  auto files = result_of([&] {
    std::vector<std::string> addresses;
    for (auto& file : value_or_throw(matching_files(state->files, path))) {
      addresses.push_back(std::move(file.path));
    }
    return addresses;
  });
  RDD<std::string_view> records(make_node<FixedRecordsNode>(state, std::move(files), record_bytes));
  return records.map([](std::string_view record) { return bytes_row(record); });
}

nb::list list_files(const PySession& self, const std::string& pattern) {
  const auto& files = self.session().state()->files;
  auto found = result_of([&] { return value_or_throw(matching_files(files, pattern)); });
  nb::list list;
  for (const auto& file : found) list.append(nb::make_tuple(file.path, file.size_bytes));
  return list;
}

nb::bytes read_file_bytes(const PySession& self, const std::string& path) {
  const auto& files = self.session().state()->files;
  auto bytes = result_of([&] {
    auto place = value_or_throw(files.resolve(path));
    auto file = value_or_throw(place.system->open_read(place.path));
    std::string all(value_or_throw(file->size_bytes()), '\0');
    all.resize(value_or_throw(file->read_at(0, all.data(), all.size())));
    return all;
  });
  return nb::bytes(bytes.data(), bytes.size());
}

void bind_partitioner(nb::module_& module) {
  nb::class_<PyPartitioner>(module, "Partitioner")
      .def(
          "__init__",
          [](PyPartitioner* self, int count, nb::handle function) {
            new (self) PyPartitioner(count, function.is_none() ? PyRef() : ref_of(function));
          },
          nb::arg("count"), nb::arg("function").none() = nb::none())
      .def_prop_ro("count", &PyPartitioner::partition_count)
      .def_prop_ro("function",
                   [](const PyPartitioner& self) -> nb::object {
                     return self.function() ? object_of(PyRef(self.function())) : nb::none();
                   })
      .def(
          "__call__",
          [](const PyPartitioner& self, nb::handle key) {
            return self.partition_of(ref_of(key), 0);
          },
          nb::arg("key").none())
      .def(
          "__eq__",
          [](const PyPartitioner& self, nb::handle other) {
            const PyPartitioner* partitioner = nullptr;
            return nb::try_cast(other, partitioner) && partitioner != nullptr &&
                   self.same_as(*partitioner);
          },
          nb::arg("other").none())
      .def("__hash__", [](const PyPartitioner& self) {
        return self.partition_count() ^
               static_cast<int>(reinterpret_cast<std::intptr_t>(self.function().get()));
      });
}

void bind_clock(nb::module_& module) {
  nb::class_<VirtualClock>(module, "VirtualClock")
      .def(
          "__init__",
          [](VirtualClock* self, std::int64_t now_ms) {
            new (self) VirtualClock(Time::from_millis(now_ms));
          },
          nb::arg("now_ms") = 0)
      .def("now_ms", [](const VirtualClock& self) { return self.now().millis(); })
      .def(
          "advance_to",
          [](VirtualClock& self, std::int64_t time_ms) {
            GilRelease no_gil;
            self.advance_to(Time::from_millis(time_ms));
          },
          nb::arg("time_ms"));
}

}  // namespace

void bind_session(nb::module_& module) {
  bind_partitioner(module);
  bind_clock(module);
  nb::class_<PySession>(module, "Session")
      .def(
          "__init__",
          [](PySession* self, const std::string& master, const std::string& name,
             std::int64_t memory_bytes_max, const std::string& spill_directory,
             std::size_t line_bytes_max, int key_group_count, nb::object clock,
             bool states_on_disk) {
            SessionOptions options{
                .memory_bytes_max = memory_bytes_max,
                .spill_directory = spill_directory,
                .key_group_count = key_group_count,
                .state_backend = states_on_disk ? StateBackend::disk : StateBackend::memory,
                .line_bytes_max = line_bytes_max};
            if (!clock.is_none()) options.clock = nb::cast<VirtualClock*>(clock);
            new (self) PySession(Session(master, name, options));
          },
          nb::arg("master"), nb::arg("name"), nb::kw_only(), nb::arg("memory_bytes_max") = 0,
          nb::arg("spill_directory") = "/tmp", nb::arg("line_bytes_max") = 1 << 20,
          nb::arg("key_group_count") = 128, nb::arg("clock").none() = nb::none(),
          nb::arg("states_on_disk") = false, nb::keep_alive<1, 8>())
      .def_prop_ro("worker_count",
                   [](const PySession& self) { return self.session().worker_count(); })
      .def_prop_ro("records_read",
                   [](const PySession& self) { return self.session().records_read(); })
      .def_prop_ro("spilled_bytes",
                   [](const PySession& self) { return self.session().spilled_bytes(); })
      .def("abandon_disk",
           [](const PySession& self) {
             GilRelease no_gil;
             throw_if_failed(self.session().state()->blocks.abandon_disk());
           })
      .def("dead_letter_count",
           [](const PySession& self) { return self.session().dead_letters().count(); })
      .def(
          "parallelize",
          [](const PySession& self, nb::handle parts) {
            return RddHandle(parallelize(self, parts));
          },
          nb::arg("parts"))
      .def(
          "text_file",
          [](const PySession& self, const std::string& path, int partitions_min, bool unicode) {
            return RddHandle(text_file(self, path, partitions_min, unicode));
          },
          nb::arg("path"), nb::arg("partitions_min"), nb::arg("unicode") = true)
      .def(
          "binary_records",
          [](const PySession& self, const std::string& path, std::size_t record_bytes) {
            return RddHandle(binary_records(self, path, record_bytes));
          },
          nb::arg("path"), nb::arg("record_bytes"))
      .def(
          "object_file",
          [](const PySession& self, const std::string& directory) {
            return RddHandle(
                result_of([&] { return self.context().object_file<PyRef>(directory); }));
          },
          nb::arg("directory"))
      .def(
          "union",
          [](const PySession&, nb::handle rdds) {
            return RddHandle(union_of_rows(rdds_of_objects(rdds, "union")));
          },
          nb::arg("rdds"))
      .def("list_files", &list_files, nb::arg("pattern"))
      .def("read_file", &read_file_bytes, nb::arg("path"));
}

}  // namespace thalweg::python
