// SPDX-License-Identifier: Apache-2.0
#include "bindings/nodes/rows_node.h"

#include <utility>

#include "bindings/objects/detached.h"
#include "bindings/objects/py_error.h"
#include "bindings/objects/py_pair.h"

namespace thalweg::python {

namespace {

const char* kind_of(RowStep step) {
  switch (step) {
    case RowStep::map:
      return "map";
    case RowStep::filter:
      return "filter";
    case RowStep::flat_map:
      return "flat_map";
    case RowStep::map_values:
      return "map_values";
    case RowStep::flat_map_values:
      return "flat_map_values";
  }
  return "map";
}

/// Walks what a function returned: lists and tuples by their places, all else by its iterator.
class Items {
 public:
  void start(PyRef iterable) {
    index_ = 0;
    bool in_place = PyList_CheckExact(iterable.get()) || PyTuple_CheckExact(iterable.get());
    source_ = in_place ? std::move(iterable) : checked(PyObject_GetIter(iterable.get()));
  }
  void stop() { source_ = PyRef(); }
  [[nodiscard]] bool started() const { return static_cast<bool>(source_); }

  /// Null at the end.
  PyRef next() {
    PyObject* source = source_.get();
    if (PyList_CheckExact(source)) {
      return index_ < PyList_GET_SIZE(source) ? PyRef::share(PyList_GET_ITEM(source, index_++))
                                              : PyRef();
    }
    if (PyTuple_CheckExact(source)) {
      return index_ < PyTuple_GET_SIZE(source) ? PyRef::share(PyTuple_GET_ITEM(source, index_++))
                                               : PyRef();
    }
    PyObject* item = PyIter_Next(source);
    if (item == nullptr && PyErr_Occurred() != nullptr) throw_python_error();
    return PyRef::steal(item);
  }

 private:
  PyRef source_;
  Py_ssize_t index_ = 0;
};

}  // namespace

class RowsNode::RowsCursor final : public Cursor<PyRef> {
 public:
  RowsCursor(const RowsNode& node, CursorPointer<PyRef> rows, const TaskContext& context)
      : node_(node), rows_(std::move(rows)), context_(context) {}
  ~RowsCursor() override {
    GilHold gil;
    out_.clear();
    row_ = key_ = PyRef();
    items_.stop();
  }

  Result<Chunk<PyRef>> next() override {
    cleared_ = false;
    while (true) {
      if (index_ == chunk_.size() && !items_.started()) {
        chunk_ = Chunk<PyRef>();
        index_ = 0;
        THALWEG_TRY_ASSIGN(chunk_, rows_->next());
        if (chunk_.empty()) return Chunk<PyRef>();
      }
      GilHold gil;
      if (!std::exchange(cleared_, true)) out_.clear();
      try {
        fill();
        if (context_.cancelled()) return Status(ErrorCode::cancelled, "the job was stopped");
      } catch (...) {
        return user_failure(node_, excerpt_of(row_.get()));
      }
      if (out_.size() > 0) return out_.chunk();
    }
  }

 private:
  /// Takes the next row of the chunk into `row_`; false at its end, or when the job was stopped: a
  /// function may take its time over each row.
  bool take_row() {
    if (index_ == chunk_.size() || context_.cancelled()) return false;
    row_ = row_for_function(chunk_, index_++);
    return true;
  }

  void fill() {
    const PyFunction& function = node_.function_;
    switch (node_.step_) {
      case RowStep::map:
        while (take_row()) out_.emplace(function(row_.get()));
        return;
      case RowStep::filter:
        while (take_row()) {
          if (function.test(row_.get())) out_.emplace(std::move(row_));
        }
        return;
      case RowStep::map_values:
        while (take_row()) {
          PyPair pair = unpack(row_.get());
          PyRef value = function(pair.second.get());
          out_.emplace(pack(std::move(pair.first), std::move(value)));
        }
        return;
      case RowStep::flat_map:
      case RowStep::flat_map_values:
        while (!out_.full() && expand()) {
        }
        return;
    }
  }

  /// Adds rows made of one row, as many as there is room for; false at the end of the chunk.
  bool expand() {
    const bool of_values = node_.step_ == RowStep::flat_map_values;
    if (!items_.started()) {
      if (!take_row()) return false;
      if (of_values) {
        PyPair pair = unpack(row_.get());
        key_ = std::move(pair.first);
        items_.start(node_.function_(pair.second.get()));
      } else {
        items_.start(node_.function_(row_.get()));
      }
    }
    while (!out_.full()) {
      PyRef item = items_.next();
      if (!item) {
        items_.stop();
        break;
      }
      out_.emplace(of_values ? pack(PyRef(key_), std::move(item)) : std::move(item));
    }
    return true;
  }

  const RowsNode& node_;
  CursorPointer<PyRef> rows_;
  const TaskContext& context_;
  Chunk<PyRef> chunk_;
  std::size_t index_ = 0;
  PyRef row_;
  Items items_;
  PyRef key_;
  bool cleared_ = false;
  ChunkBuffer<PyRef> out_;
};

RowsNode::RowsNode(const NodePointer<PyRef>& parent, RowStep step, PyFunction function,
                   bool keeps_keys)
    : NarrowNode(parent, kind_of(step)), step_(step), function_(std::move(function)) {
  if (keeps_keys) set_partitioner(parent->partitioner());
}

Result<CursorPointer<PyRef>> RowsNode::compute(int partition, TaskContext& context) {
  THALWEG_TRY_ASSIGN(auto rows, parent().open(partition, context));
  return CursorPointer<PyRef>(new RowsCursor(*this, std::move(rows), context));
}

}  // namespace thalweg::python
