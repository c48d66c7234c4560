// SPDX-License-Identifier: Apache-2.0
#include "bindings/stream_operators.h"

#include "bindings/handles.h"
#include "bindings/key_operators.h"
#include "bindings/nodes/aligned_union_node.h"
#include "bindings/objects/detached.h"
#include "bindings/objects/py_pair.h"
#include "bindings/objects/py_state.h"

namespace thalweg::python {

namespace {

DStream<PyPair> pairs_of(const PyStream& stream) { return stream.map(Unpack()); }

/// Whether a row of a window stays; all where there is no function.
struct KeepRow {
  std::optional<PyFunction> function;
  bool operator()(const PyPair& pair) const {
    if (!function) return true;
    GilHold gil;
    return function->test(pack(PyRef(pair.first), PyRef(pair.second)).get());
  }
};

/// The user's function of a state, called with a list of values and the state or None.
struct UpdateState {
  PyFunction function;

  std::optional<PyState> operator()(const std::vector<PyRef>& values,
                                    const std::optional<PyState>& state) const {
    GilHold gil;
    PyRef list = checked(PyList_New(static_cast<Py_ssize_t>(values.size())));
    for (std::size_t i = 0; i < values.size(); ++i) {
      PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), PyRef(values[i]).give());
    }
    // The state of the batch before must stay what it is, whatever the function does to it.
    PyRef before = state ? detached(state->object.get()) : PyRef::share(Py_None);
    PyRef after = function(list.get(), before.get());
    if (after.get() == Py_None) return std::nullopt;
    return PyState{std::move(after)};
  }
};

nb::list rdd_list(const std::vector<BatchRdd>& batches) {
  nb::list rdds;
  for (const auto& batch : batches) {
    rdds.append(batch == nullptr ? nb::none() : rdd_object(thalweg::rdd_of<PyRef>(batch)));
  }
  return rdds;
}

std::vector<std::shared_ptr<StreamNode>> nodes_of(const std::vector<PyStream>& streams) {
  if (streams.empty()) {
    throw Error(ErrorCode::invalid_argument, "at least one stream is needed here");
  }
  std::vector<std::shared_ptr<StreamNode>> nodes;
  for (const auto& stream : streams) nodes.push_back(stream.node());
  return nodes;
}

}  // namespace

PyStream transform(const std::vector<PyStream>& streams, PyRef function, const std::string& kind) {
  auto make = [function = std::move(function), kind](const std::vector<BatchRdd>& batches,
                                                     Time time) -> BatchRdd {
    GilHold gil;
    nb::list rdds = rdd_list(batches);
    PyRef millis = checked(PyLong_FromLongLong(time.millis()));
    PyObject* arguments[] = {millis.get(), rdds.ptr()};
    PyRef made = checked(PyObject_Vectorcall(function.get(), arguments, 2, nullptr));
    if (made.get() == Py_None) return nullptr;  // As in PySpark: there is no batch.
    return rdd_of_object(made.get(), kind.c_str()).node();
  };
  auto missing = streams.size() == 1 ? MissingBatch::skip : MissingBatch::give;
  return PyStream(make_transformed_node(nodes_of(streams), kind, std::move(make), missing));
}

PyStream union_of_streams(const std::vector<PyStream>& streams) {
  auto unite = [](const std::vector<BatchRdd>& batches, Time) -> BatchRdd {
    std::vector<PyRdd> rdds;
    for (const auto& batch : batches) rdds.push_back(thalweg::rdd_of<PyRef>(batch));
    return union_of_rows(rdds).node();
  };
  return PyStream(make_transformed_node(nodes_of(streams), "union", unite, MissingBatch::refuse));
}

PyStream reduce_by_key_and_window(const PyStream& stream, const WindowFunctions& functions,
                                  WindowSize size, const PartitionerPointer& partitioner) {
  PyFold add{functions.function};
  std::shared_ptr<const Partitioner<PyRef>> keys = partitioner;
  auto reduced = pairs_of(stream).reduce_by_key(add, keys);
  KeepRow keep{functions.keep};
  if (!functions.inverse) {
    return reduced.window(size.length, size.slide)
        .reduce_by_key(add, keys)
        .filter(keep)
        .map(Pack());
  }
  PyFold take{*functions.inverse};
  using Aggregation = InvertibleAggregation<PyRef, PyRef, PyFold, PyFold, KeepRow>;
  return make_sliding_state<PyRef>(reduced, "reduce_by_key_and_window", size, keys,
                                   Aggregation{add, take, keep})
      .map(Pack());
}

PyStream update_state_by_key(const PyStream& stream, PyFunction function,
                             const PartitionerPointer& partitioner,
                             const std::optional<PyRdd>& initial) {
  StateSpec<PyRef, PyState> spec;
  spec.partitioner = partitioner;
  if (initial) {
    spec.initial = as_pairs(*initial).map(
        [](const PyPair& pair) { return std::pair<PyRef, PyState>(pair.first, {pair.second}); });
  }
  return pairs_of(stream)
      .update_state_by_key<PyState>(UpdateState{std::move(function)}, std::move(spec))
      .map([](const std::pair<PyRef, PyState>& row) {
        return pack(PyRef(row.first), PyRef(row.second.object));
      });
}

void for_each_rdd(const PyStream& stream, PyRef function, const std::string& kind) {
  auto call = [function = std::move(function)](const BatchRdd& batch, Time time) {
    GilHold gil;
    PyRef millis = checked(PyLong_FromLongLong(time.millis()));
    nb::object rdd = rdd_object(thalweg::rdd_of<PyRef>(batch));
    PyObject* arguments[] = {millis.get(), rdd.ptr()};
    checked(PyObject_Vectorcall(function.get(), arguments, 2, nullptr));
  };
  add_for_each(stream.node(), kind, std::move(call));
}

}  // namespace thalweg::python
