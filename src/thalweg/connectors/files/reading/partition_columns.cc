// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/partition_columns.h"

#include <algorithm>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/formats/value_text_internal.h"
#include "thalweg/common/text.h"
#include "thalweg/connectors/files/directory_names.h"

namespace thalweg::files {
namespace {

/// How many names of an address are not empty.
std::size_t name_count(std::string_view address) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] != '/' && (i == 0 || address[i - 1] == '/')) ++count;
  }
  return count;
}

/// What lies below the place that is searched, or below the part of it that has no signs.
std::string_view below(std::string_view address, const std::string& place) {
  std::size_t sign = place.find_first_of("*?[");
  std::size_t skipped =
      name_count(sign == std::string::npos ? place : place.substr(0, place.rfind('/', sign)));
  while (skipped > 0 && !address.empty()) {
    address.remove_prefix(std::min(address.find_first_not_of('/'), address.size()));
    address.remove_prefix(std::min(address.find('/'), address.size()));
    --skipped;
  }
  return address;
}

/// Appends `value` once. False where it does not fit.
bool append(const std::optional<std::string>& value, Type type, ColumnBuilder& out) {
  if (!value) {
    out.append_null();
    return true;
  }
  std::int64_t number = 0;
  double real = 0;
  switch (type) {
    case Type::text:
    case Type::bytes:
      out.append_text(*value);
      return true;
    case Type::boolean:
      out.append_integer(*value == "true" ? 1 : 0);
      return *value == "true" || *value == "false";
    case Type::int64:
      if (!read_integer(*value, number)) return false;
      out.append_integer(number);
      return true;
    case Type::timestamp_us:
      // Microseconds, or as the sink writes them.
      if (!read_integer(*value, number) && !read_time(*value, number)) return false;
      out.append_integer(number);
      return true;
    case Type::float64:
      if (!read_real(*value, real) && !read_special_real(*value, real)) return false;
      out.append_real(real);
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> directory_values(std::string_view address) {
  std::vector<std::pair<std::string, std::string>> values;
  std::size_t begin = 0;
  // The last name is the file's.
  for (std::size_t end = address.find('/'); end != std::string_view::npos;
       begin = end + 1, end = address.find('/', begin)) {
    std::string_view name = address.substr(begin, end - begin);
    std::size_t sign = name.find('=');
    if (sign == std::string_view::npos || sign == 0) continue;
    values.emplace_back(without_escapes(name.substr(0, sign)),
                        without_escapes(name.substr(sign + 1)));
  }
  return values;
}

Result<PartitionColumns> PartitionColumns::make(std::string_view address,
                                                const ReadingOptions& reading,
                                                const Schema* wanted) {
  PartitionColumns columns;
  if (wanted == nullptr) return columns;
  columns.wanted_ = *wanted;
  auto values = directory_values(below(address, reading.place.path));
  for (std::size_t place = 0; place < wanted->fields.size(); ++place) {
    const Field& field = wanted->fields[place];
    auto value = std::find_if(values.begin(), values.end(),
                              [&](const auto& known) { return known.first == field.name; });
    if (value == values.end()) {
      columns.in_file_.fields.push_back(field);
      continue;
    }
    Constant constant{place, std::nullopt};
    if (value->second != null_directory) constant.value = value->second;
    ColumnBuilder tried(field);
    if (!append(constant.value, field.type, tried)) {
      return Status(ErrorCode::data_loss, "source files: a directory's name has no " +
                                              std::string(to_string(field.type)) + ": " +
                                              excerpt(field.name + "=" + value->second) + " of " +
                                              std::string(address));
    }
    columns.constants_.push_back(std::move(constant));
  }
  return columns;
}

Result<Batch> PartitionColumns::add_to(const Batch& batch) const {
  if (constants_.empty() || batch.empty()) return batch;
  THALWEG_TRY_ASSIGN(Batch rows, in_columns(batch));
  std::vector<ColumnBuilder> builders;
  for (const auto& constant : constants_) {
    ColumnBuilder& builder = builders.emplace_back(wanted_.fields[constant.place]);
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
      append(constant.value, wanted_.fields[constant.place].type, builder);
    }
  }
  THALWEG_TRY_ASSIGN(Batch added, build_batch(std::move(builders)));
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  int from_file = 0;
  int from_names = 0;
  for (std::size_t place = 0; place < wanted_.fields.size(); ++place) {
    bool is_constant = static_cast<std::size_t>(from_names) < constants_.size() &&
                       constants_[static_cast<std::size_t>(from_names)].place == place;
    const auto& source = is_constant ? added.columns() : rows.columns();
    int index = is_constant ? from_names++ : from_file++;
    fields.push_back(source->schema()->field(index));
    arrays.push_back(source->column(index));
  }
  return Batch::of_columns(arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                    static_cast<std::int64_t>(rows.row_count()),
                                                    std::move(arrays)));
}

}  // namespace thalweg::files
