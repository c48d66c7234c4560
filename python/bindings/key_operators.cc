// SPDX-License-Identifier: Apache-2.0
#include "bindings/key_operators.h"

#include "bindings/nodes/aligned_union_node.h"
#include "bindings/objects/detached.h"
#include "bindings/objects/py_pair.h"

namespace thalweg::python {

namespace {

/// A value under way to become the combined value of a key. A user's function may change it in
/// place: so it is its own before it is handed to one. A copy shares the object, and is not.
struct Combiner {
  PyRef value;
  bool own = false;

  Combiner() = default;
  Combiner(PyRef made, bool is_own) : value(std::move(made)), own(is_own) {}
  Combiner(const Combiner& other) : value(other.value) {}
  Combiner(Combiner&&) noexcept = default;
  Combiner& operator=(const Combiner& other) { return *this = Combiner(other); }
  Combiner& operator=(Combiner&&) noexcept = default;

  PyObject* to_change() {
    if (!own) value = detached(value.get());
    own = true;
    return value.get();
  }
};

}  // namespace
}  // namespace thalweg::python

namespace thalweg {

template <>
struct RecordTraits<python::Combiner> {
  using Inner = RecordTraits<python::PyRef>;
  using Combiner = python::Combiner;
  static constexpr bool described = true;
  static constexpr bool has_views = false;
  using Owned = Combiner;
  using Scope = python::GilHold;

  static std::uint64_t hash(const Combiner& row) { return Inner::hash(row.value); }
  static bool equal(const Combiner& a, const Combiner& b) { return Inner::equal(a.value, b.value); }
  static std::size_t heap_bytes(const Combiner& row) { return Inner::heap_bytes(row.value); }
  static void encode(const Combiner& row, Encoder& out) { Inner::encode(row.value, out); }
  static Combiner decode(Decoder& in) { return {Inner::decode(in), true}; }
  static void adopt(Combiner&, Arena&) {}
  static Combiner own(const Combiner& row) { return row; }
  static void print(const Combiner& row, std::string& out) { Inner::print(row.value, out); }
  static void prefetch(const Combiner& row) { Inner::prefetch(row.value); }
};

}  // namespace thalweg

namespace thalweg::python {

namespace {

/// The three functions of combine_by_key; see combined.h of the engine.
struct PyAggregation {
  PyFunction create_function;
  PyFunction add_function;
  PyFunction merge_function;

  Combiner create(const PyRef& value) const {
    PyRef made = create_function(value.get());
    bool own = made.get() != value.get();
    return {std::move(made), own};
  }
  void add(Combiner& sum, const PyRef& value, Arena&) const {
    sum.value = add_function(sum.to_change(), value.get());
  }
  void merge(Combiner& sum, const Combiner& other, Arena&) const {
    sum.value = merge_function(sum.to_change(), other.value.get());
  }
};

/// A key's first value is its sum.
struct PyReduction {
  PyFunction function;

  Combiner create(const PyRef& value) const { return {value, false}; }
  void add(Combiner& sum, const PyRef& value, Arena&) const {
    sum.value = function(sum.to_change(), value.get());
  }
  void merge(Combiner& sum, const Combiner& other, Arena&) const {
    sum.value = function(sum.to_change(), other.value.get());
  }
};

template <typename Aggregation>
PyRdd aggregate(const PyRdd& rdd, const char* kind, const PartitionerPointer& partitioner,
                Aggregation aggregation) {
  using Row = std::pair<PyRef, Combiner>;
  auto sums = make_node<CombinedNode<PyRef, PyRef, Combiner, Aggregation>>(
      as_pairs(rdd).node(), kind, partitioner, std::move(aggregation));
  auto tuple = [](const Row& row) { return pack(PyRef(row.first), PyRef(row.second.value)); };
  return PyRdd(make_node<MappedNode<Row, PyRef, decltype(tuple)>>(sums, tuple, true, "tuples"));
}

/// Routes rows by their first item.
class KeyItemRoute {
 public:
  explicit KeyItemRoute(PartitionerPointer partitioner) : partitioner_(std::move(partitioner)) {}
  int operator()(int, std::int64_t, const PyRef& row) const {
    return partitioner_->place(key_of(row.get()), 0);
  }

 private:
  static PyRef key_of(PyObject* row) {
    if (PyTuple_Check(row) && PyTuple_GET_SIZE(row) > 0) {
      return PyRef::share(PyTuple_GET_ITEM(row, 0));
    }
    return checked(PySequence_GetItem(row, 0));
  }

  PartitionerPointer partitioner_;
};

using Group = std::pair<PyRef, std::vector<PyRef>>;

RDD<Group> groups_of(const PyRdd& rdd, const PartitionerPointer& partitioner) {
  return as_pairs(rdd).group_by_key(partitioner);
}

template <typename F>
PyRdd rows_of_groups(const RDD<Group>& groups, F make) {
  return PyRdd(
      make_node<MappedNode<Group, PyRef, F>>(groups.node(), std::move(make), true, "tuples"));
}

PyRef new_list() { return checked(PyList_New(0)); }

}  // namespace

PyRdd reduce_by_key(const PyRdd& rdd, PyFunction function, const PartitionerPointer& partitioner) {
  return aggregate(rdd, "reduce_by_key", partitioner, PyReduction{std::move(function)});
}

PyRdd combine_by_key(const PyRdd& rdd, PyFunction create, PyFunction add, PyFunction merge,
                     const PartitionerPointer& partitioner) {
  return aggregate(rdd, "combine_by_key", partitioner,
                   PyAggregation{std::move(create), std::move(add), std::move(merge)});
}

PyRdd group_by_key(const PyRdd& rdd, const PartitionerPointer& partitioner) {
  return rows_of_groups(groups_of(rdd, partitioner), [](const Group& group) {
    PyRef list = new_list();
    for (const PyRef& value : group.second) checked(PyList_Append(list.get(), value.get()));
    return pack(PyRef(group.first), std::move(list));
  });
}

PyRdd partition_by(const PyRdd& rdd, const PartitionerPointer& partitioner) {
  const auto& present = rdd.node()->partitioner();
  if (present != nullptr && present->same_as(*partitioner)) return rdd;
  auto shuffle = make_shuffle<RoutedShuffle<PyRef, KeyItemRoute>>(
      rdd.node(), partitioner->partition_count(), KeyItemRoute(partitioner));
  return PyRdd(make_node<RoutedNode<PyRef>>("partition_by", shuffle, partitioner));
}

PyRdd cogroup(const std::vector<PyRdd>& rdds, const PartitionerPointer& partitioner) {
  // Each value goes through the shuffle with the place of the RDD that it comes from.
  std::vector<PyRdd> marked;
  for (std::size_t place = 0; place < rdds.size(); ++place) {
    PyRef number = checked(PyLong_FromSize_t(place));
    auto mark = [number](const PyRef& row) {
      PyPair pair = unpack(row.get());
      return pack(std::move(pair.first), pack(PyRef(number), std::move(pair.second)));
    };
    marked.emplace_back(make_node<MappedNode<PyRef, PyRef, decltype(mark)>>(rdds[place].node(),
                                                                            mark, true, "marked"));
  }
  const auto count = static_cast<Py_ssize_t>(rdds.size());
  return rows_of_groups(groups_of(union_of_rows(marked), partitioner), [count](const Group& group) {
    PyRef lists = checked(PyTuple_New(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyTuple_SET_ITEM(lists.get(), i, new_list().give());
    }
    for (const PyRef& value : group.second) {
      Py_ssize_t place = PyLong_AsSsize_t(PyTuple_GET_ITEM(value.get(), 0));
      checked(
          PyList_Append(PyTuple_GET_ITEM(lists.get(), place), PyTuple_GET_ITEM(value.get(), 1)));
    }
    return pack(PyRef(group.first), std::move(lists));
  });
}

}  // namespace thalweg::python
