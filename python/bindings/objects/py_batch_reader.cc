// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/py_batch_reader.h"

#include <utility>

#include "bindings/handles.h"
#include "bindings/objects/py_error.h"

namespace thalweg {

using python::PyRef;

namespace {

PyRef value_at(const Column& column, std::size_t row) {
  if (column.is_null(row)) return PyRef::share(Py_None);
  switch (column.type) {
    case Type::boolean:
      return PyRef::share(column.truth(row) ? Py_True : Py_False);
    case Type::int64:
    case Type::timestamp_us:
      return python::checked(PyLong_FromLongLong(column.integer(row)));
    case Type::float64:
      return python::checked(PyFloat_FromDouble(column.real(row)));
    case Type::text:
      return python::text_row(column.text(row));
    case Type::bytes:
      return python::bytes_row(column.text(row));
  }
  return PyRef::share(Py_None);
}

}  // namespace

Result<BatchReader<PyRef>> BatchReader<PyRef>::make(Batch batch) {
  THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
  THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
  BatchReader reader(std::move(batch), std::move(columns));
  python::GilHold gil;
  for (const auto& field : schema.fields) reader.names_.push_back(python::text_row(field.name));
  return reader;
}

void BatchReader<PyRef>::read(std::size_t first, std::size_t count, PyRef* out) {
  python::GilHold gil;
  if (batch_.is_text()) {
    std::vector<std::string_view> lines(count);
    lines_.read(first, count, lines.data());
    for (std::size_t i = 0; i < count; ++i) out[i] = python::text_row(lines[i]);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) out[i] = row_at(first + i);
}

PyRef BatchReader<PyRef>::row_at(std::size_t row) const {
  PyRef dict = python::checked(PyDict_New());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    PyRef value = value_at(columns_[i], row);
    if (PyDict_SetItem(dict.get(), names_[i].get(), value.get()) != 0) {
      python::throw_python_error();
    }
  }
  return dict;
}

}  // namespace thalweg
