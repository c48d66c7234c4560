// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/column.h"
#include "thalweg/common/fields.h"
#include "thalweg/common/record.h"

namespace thalweg {

// Records of described C++ types as columns, and back. A described struct has a column for each of
// its fields, by name; a pair or tuple has columns "_1", "_2" and so on; any other type is one
// column, "value". The fields themselves must be scalars, texts, or optionals of these.

/// A type whose values fit into one column that has no nulls.
template <typename T>
concept PlainCell = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::same_as<T, std::string> ||
    std::same_as<T, std::string_view>;

/// The integers that a T can hold, as far as a column can: those of int64.
template <typename T>
struct IntegerBounds {
  static constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

template <typename T>
requires std::is_integral_v<T>
struct IntegerBounds<T> {
  static constexpr std::int64_t min = static_cast<std::int64_t>(std::numeric_limits<T>::min());
  static constexpr std::int64_t max = (sizeof(T) < sizeof(std::int64_t) || std::is_signed_v<T>)
                                          ? static_cast<std::int64_t>(std::numeric_limits<T>::max())
                                          : std::numeric_limits<std::int64_t>::max();
};

template <typename T>
requires std::is_enum_v<T>
struct IntegerBounds<T> : IntegerBounds<std::underlying_type_t<T>> {
};

/// How one C++ type lies in a column. The general case is a type that does not.
template <typename T>
struct CellTraits {
  static constexpr bool supported = false;
};

template <PlainCell T>
struct CellTraits<T> {
  static constexpr bool supported = true;
  static constexpr bool required = true;
  using Plain = T;
  static constexpr Type type = std::same_as<T, bool>                        ? Type::boolean
                               : std::is_floating_point_v<T>                ? Type::float64
                               : std::is_convertible_v<T, std::string_view> ? Type::text
                                                                            : Type::int64;

  static void append(const T& value, ColumnBuilder& out) {
    if constexpr (type == Type::text) {
      out.append_text(value);
    } else if constexpr (type == Type::float64) {
      out.append_real(static_cast<double>(value));
    } else if constexpr (std::is_enum_v<T>) {
      CellTraits<std::underlying_type_t<T>>::append(static_cast<std::underlying_type_t<T>>(value),
                                                    out);
    } else if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof(std::int64_t)) {
      if (value > static_cast<T>(std::numeric_limits<std::int64_t>::max())) {
        out.refuse("value does not fit int64");
      } else {
        out.append_integer(static_cast<std::int64_t>(value));
      }
    } else {
      out.append_integer(static_cast<std::int64_t>(value));
    }
  }

  /// False when the row has no value, or one that T can't hold.
  static bool read(const Column& column, std::size_t row, T& out) {
    if (column.is_null(row)) return false;
    if constexpr (type == Type::text) {
      out = column.text(row);
    } else if constexpr (type == Type::boolean) {
      out = column.truth(row);
    } else if constexpr (type == Type::float64) {
      out = static_cast<T>(column.type == Type::float64 ? column.real(row)
                                                        : static_cast<double>(column.integer(row)));
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      if (!CellTraits<std::underlying_type_t<T>>::read(column, row, number)) return false;
      out = static_cast<T>(number);
    } else {
      std::int64_t number = column.integer(row);
      out = static_cast<T>(number);
      // Every unsigned 64-bit integer goes back to the same int64, a negative one too.
      if constexpr (std::is_unsigned_v<T>) {
        if (number < 0) return false;
      }
      return static_cast<std::int64_t>(out) == number;
    }
    return true;
  }
};

template <PlainCell T>
struct CellTraits<std::optional<T>> {
  static constexpr bool supported = true;
  static constexpr bool required = false;
  using Plain = T;
  static constexpr Type type = CellTraits<T>::type;

  static void append(const std::optional<T>& value, ColumnBuilder& out) {
    if (value) {
      CellTraits<T>::append(*value, out);
    } else {
      out.append_null();
    }
  }
  static bool read(const Column& column, std::size_t row, std::optional<T>& out) {
    if (column.is_null(row)) {
      out.reset();
      return true;
    }
    return CellTraits<T>::read(column, row, out.emplace());
  }
};

/// One field of a record type, without its C++ type.
struct RecordField : Field {
  bool supported = true;
};

/// A record type, without its C++ type.
struct RecordShape {
  std::string type_name;
  std::vector<RecordField> fields;
  /// A single text, which can be a line of a text batch.
  bool is_line = false;
  /// A single value, which reads a batch's only column whatever its name.
  bool is_single = false;
};

/// Adds a field of type F to `shape`.
template <typename F>
void add_record_field(std::string_view name, RecordShape& shape) {
  RecordField field{{std::string(name)}, CellTraits<F>::supported};
  if constexpr (CellTraits<F>::supported) {
    using Plain = typename CellTraits<F>::Plain;
    field.type = CellTraits<F>::type;
    field.required = CellTraits<F>::required;
    field.integer_min = IntegerBounds<Plain>::min;
    field.integer_max = IntegerBounds<Plain>::max;
  }
  shape.fields.push_back(std::move(field));
}

/// The fields of a record, for a function that takes them all, and what is known of them.
template <typename T>
struct RecordColumns {
  template <typename Function, typename Value>
  static decltype(auto) apply(const Function& function, Value& value) {
    return function(value);
  }
  static RecordShape shape() {
    constexpr bool is_text = std::same_as<T, std::string> || std::same_as<T, std::string_view>;
    RecordShape shape{"a single value", {}, is_text, true};
    add_record_field<T>("value", shape);
    return shape;
  }
};

template <typename... Parts>
struct RecordColumns<std::tuple<Parts...>> : TupleFields {
  static RecordShape shape() {
    RecordShape shape{"the tuple", {}};
    int index = 0;
    (add_record_field<Parts>("_" + std::to_string(++index), shape), ...);
    return shape;
  }
};

template <typename A, typename B>
struct RecordColumns<std::pair<A, B>> : PairFields {
  static RecordShape shape() {
    RecordShape shape = RecordColumns<std::tuple<A, B>>::shape();
    shape.type_name = "the pair";
    return shape;
  }
};

template <DescribedStruct T>
struct RecordColumns<T> : StructFields<T> {
  static RecordShape shape() {
    constexpr auto list = RecordTraits<T>::fields();
    RecordShape shape{std::string(list.type_name), {}};
    std::apply([&](auto... member) { add_members(shape, list.names.data(), member...); },
               list.members);
    return shape;
  }

 private:
  template <typename... Members>
  static void add_members(RecordShape& shape, const std::string_view* name, Members T::*...) {
    (add_record_field<Members>(*name++, shape), ...);
  }
};

/// The columns that the fields of `shape` read, and what they ask of the values.
Schema schema_of(const RecordShape& shape);

/// Builders for the fields of `shape`. Errors: unsupported for a field that does not fit a column.
Result<std::vector<ColumnBuilder>> builders_of(const RecordShape& shape);

/// The columns of `batch` that the fields of `shape` read, in their order.
///
/// Errors: invalid_argument for a missing column or one of another type, unsupported for a field
///         that does not fit a column; each with the names.
Result<std::vector<Column>> columns_for(const RecordShape& shape, const Batch& batch);

/// Why field `index` could not take its value in `row`.
Status cell_failure(const RecordShape& shape, std::size_t index, const Column& column,
                    std::size_t row);

/// A batch of columns that holds copies of `records`.
///
/// Errors: unsupported for a type with parts that don't fit a column; invalid_argument for an
///         unsigned value beyond int64.
template <Record T>
Result<Batch> to_batch(std::span<const T> records) {
  THALWEG_TRY_ASSIGN(auto builders, builders_of(RecordColumns<T>::shape()));
  for (const T& record : records) {
    std::size_t index = 0;
    RecordColumns<T>::apply(
        [&](const auto&... field) {
          auto append = [&]<typename F>(const F& value) {
            if constexpr (CellTraits<F>::supported) CellTraits<F>::append(value, builders[index]);
            ++index;
          };
          (append(field), ...);
        },
        record);
  }
  return build_batch(std::move(builders));
}

/// The lines of a text batch, read forwards. Going back starts again at the first.
class LineCursor {
 public:
  explicit LineCursor(Batch batch) : batch_(std::move(batch)) {}
  /// Writes the lines [first, first + count) to `lines`. Returns how many there are.
  std::size_t read(std::size_t first, std::size_t count, std::string_view* lines);

 private:
  Batch batch_;
  std::size_t line_ = 0;
  std::size_t offset_ = 0;
};

/// Reads the rows of a batch as records of T. Views in them view the batch, which the reader and
/// every other copy keep alive. Columns that T has no field for are left out.
///
/// Thread safety: one thread.
template <Record T>
class BatchReader {
 public:
  /// Errors: invalid_argument when a field has no column, or one of another type; when the batch
  ///         is text and T is not; unsupported for parts of T that don't fit a column.
  static Result<BatchReader> make(Batch batch) {
    RecordShape shape = RecordColumns<T>::shape();
    THALWEG_TRY_ASSIGN(auto columns, columns_for(shape, batch));
    return BatchReader(std::move(batch), std::move(shape), std::move(columns));
  }

  [[nodiscard]] std::size_t row_count() const { return batch_.row_count(); }

  /// Reads the rows [first, first + count) into `out`. REQUIRES: they exist.
  ///
  /// Errors: invalid_argument for a null where T has no optional, or a number that the field can't
  ///         hold, with column and row.
  Status read(std::size_t first, std::size_t count, T* out) {
    if constexpr (std::same_as<T, std::string_view>) {
      if (batch_.is_text()) {
        lines_.read(first, count, out);
        return {};
      }
    } else if constexpr (std::same_as<T, std::string>) {
      if (batch_.is_text()) {
        std::vector<std::string_view> views(count);
        lines_.read(first, count, views.data());
        for (std::size_t i = 0; i < count; ++i) out[i] = views[i];
        return {};
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t failed = read_row(first + i, out[i]);
      if (failed < columns_.size()) return failure(failed, first + i);
    }
    return {};
  }

  /// As read(), but leaves out the rows that are no T: calls refused(row, status) for each.
  /// Returns how many records were written to `out`.
  template <typename Refused>
  std::size_t read_fitting(std::size_t first, std::size_t count, T* out, Refused refused) {
    if (batch_.is_text()) return read(first, count, out).ok() ? count : 0;
    std::size_t fitting = 0;
    for (std::size_t row = first; row < first + count; ++row) {
      std::size_t failed = read_row(row, out[fitting]);
      if (failed < columns_.size()) {
        refused(row, failure(failed, row));
      } else {
        ++fitting;
      }
    }
    return fitting;
  }

  /// The batch that is read.
  [[nodiscard]] const Batch& batch() const { return batch_; }

 private:
  BatchReader(Batch batch, RecordShape shape, std::vector<Column> columns)
      : batch_(std::move(batch)),
        shape_(std::move(shape)),
        columns_(std::move(columns)),
        lines_(batch_) {}

  [[nodiscard]] Status failure(std::size_t index, std::size_t row) const {
    return cell_failure(shape_, index, columns_[index], row);
  }

  /// The index of the field that could not be read, or the number of fields.
  std::size_t read_row(std::size_t row, T& record) {
    std::size_t index = 0;
    auto read = [&]<typename F>(F& value) {
      if constexpr (CellTraits<F>::supported) {
        if (!CellTraits<F>::read(columns_[index], row, value)) return false;
      }
      ++index;
      return true;
    };
    RecordColumns<T>::apply([&](auto&... field) { return (read(field) && ...); }, record);
    return index;
  }

  Batch batch_;
  RecordShape shape_;
  std::vector<Column> columns_;
  LineCursor lines_;
};

}  // namespace thalweg
