// SPDX-License-Identifier: Apache-2.0
#include "bindings/nodes/partition_node.h"

#include <utility>

#include "bindings/objects/detached.h"
#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace {

/// The rows of a task's partition, as its Python function pulls them.
class PulledRows {
 public:
  explicit PulledRows(CursorPointer<PyRef> rows) : rows_(std::move(rows)) {}

  /// The next row; null at the end, and with an exception set when the rows can't be had.
  PyObject* next() {
    if (index_ == chunk_.size() && !fetch()) return nullptr;
    try {
      return row_for_function(chunk_, index_++).give();
    } catch (const PyError& error) {
      raise_in_python(error);
      return nullptr;
    }
  }

  /// Why rows could not be had.
  [[nodiscard]] const Status& failure() const { return failure_; }

 private:
  bool fetch() {
    if (ended_) return false;
    index_ = 0;
    chunk_ = Chunk<PyRef>();
    auto chunk = [&] {
      GilRelease no_gil;
      return rows_->next();
    }();
    if (!chunk.ok()) {
      ended_ = true;
      failure_ = chunk.status();
      PyErr_SetString(PyExc_RuntimeError, std::string(failure_.message()).c_str());
      return false;
    }
    chunk_ = chunk.value();
    ended_ = chunk_.empty();
    return !ended_;
  }

  CursorPointer<PyRef> rows_;
  Chunk<PyRef> chunk_;
  std::size_t index_ = 0;
  bool ended_ = false;
  Status failure_;
};

/// The iterator that Python sees. It may outlive the task, and then is at its end.
struct RowIterator {
  PyObject_HEAD PulledRows* rows;
};

PyObject* next_row(PyObject* self) {
  PulledRows* rows = reinterpret_cast<RowIterator*>(self)->rows;
  return rows == nullptr ? nullptr : rows->next();
}

PyTypeObject* row_iterator_type = nullptr;

}  // namespace

void define_row_iterator() {
  static PyType_Slot slots[] = {
      {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
      {Py_tp_iternext, reinterpret_cast<void*>(next_row)},
      {0, nullptr},
  };
  static PyType_Spec spec{"thalweg._engine.RowIterator", sizeof(RowIterator), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  row_iterator_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)).give());
}

class PartitionNode::PartitionCursor final : public Cursor<PyRef> {
 public:
  PartitionCursor(const PartitionNode& node, int partition, CursorPointer<PyRef> rows,
                  const TaskContext& context)
      : node_(node), partition_(partition), rows_(std::move(rows)), context_(context) {}

  ~PartitionCursor() override {
    GilHold gil;
    if (iterator_) reinterpret_cast<RowIterator*>(iterator_.get())->rows = nullptr;
    made_ = PyRef();
    iterator_ = PyRef();
    out_.clear();
  }

  Result<Chunk<PyRef>> next() override {
    if (context_.cancelled()) return Status(ErrorCode::cancelled, "the job was stopped");
    if (ended_) return Chunk<PyRef>();
    GilHold gil;
    out_.clear();
    try {
      if (!made_) begin();
      pull();
    } catch (...) {
      ended_ = true;
      // What stopped the rows says more than what the function made of it.
      if (!rows_.failure().ok()) return rows_.failure();
      return user_failure(node_, "");
    }
    return out_.chunk();
  }

 private:
  void begin() {
    iterator_ = checked(row_iterator_type->tp_alloc(row_iterator_type, 0));
    reinterpret_cast<RowIterator*>(iterator_.get())->rows = &rows_;
    PyRef partition = checked(PyLong_FromLong(partition_));
    PyObject* arguments[] = {partition.get(), iterator_.get()};
    PyRef iterable = checked(PyObject_Vectorcall(node_.function_.get(), arguments, 2, nullptr));
    made_ = checked(PyObject_GetIter(iterable.get()));
  }

  void pull() {
    iternextfunc next = Py_TYPE(made_.get())->tp_iternext;
    while (!out_.full()) {
      PyObject* row = next(made_.get());
      if (row == nullptr) {
        if (PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(PyExc_StopIteration) == 0) {
          throw_python_error();
        }
        PyErr_Clear();
        ended_ = true;
        return;
      }
      out_.emplace(PyRef::steal(row));
    }
  }

  const PartitionNode& node_;
  const int partition_;
  PulledRows rows_;
  const TaskContext& context_;
  PyRef iterator_;
  PyRef made_;
  bool ended_ = false;
  ChunkBuffer<PyRef> out_;
};

PartitionNode::PartitionNode(const NodePointer<PyRef>& parent, PyRef function, bool keeps_keys,
                             std::string_view kind)
    : NarrowNode(parent, kind), function_(std::move(function)) {
  if (keeps_keys) set_partitioner(parent->partitioner());
}

Result<CursorPointer<PyRef>> PartitionNode::compute(int partition, TaskContext& context) {
  THALWEG_TRY_ASSIGN(auto rows, parent().open(partition, context));
  return CursorPointer<PyRef>(new PartitionCursor(*this, partition, std::move(rows), context));
}

}  // namespace thalweg::python
