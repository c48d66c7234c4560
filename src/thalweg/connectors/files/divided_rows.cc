// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/divided_rows.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <arrow/array/builder_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/columnar/cell_text_internal.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/row_encoders_internal.h"
#include "thalweg/common/text.h"
#include "thalweg/connectors/files/directory_names.h"

namespace thalweg::files {
namespace {

/// Rows that stand together: [first, first + count).
struct Run {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

struct Layout {
  std::vector<std::size_t> directory_columns;  ///< In the order of the directories.
  std::vector<int> file_columns;
};

Result<Layout> layout_of(const Schema& schema, const std::vector<std::string>& names) {
  Layout layout;
  for (const auto& name : names) {
    auto place = schema.find(name);
    if (!place) {
      return Status(ErrorCode::invalid_argument, "partitionBy: column not found: \"" + name +
                                                     "\"; the rows have: " + to_string(schema));
    }
    layout.directory_columns.push_back(*place);
  }
  for (std::size_t place = 0; place < schema.fields.size(); ++place) {
    const auto& used = layout.directory_columns;
    if (std::find(used.begin(), used.end(), place) == used.end()) {
      layout.file_columns.push_back(static_cast<int>(place));
    }
  }
  if (layout.file_columns.empty()) {
    return Status(
        ErrorCode::invalid_argument,
        "partitionBy: no column is left for the files: the rows have: " + to_string(schema));
  }
  return layout;
}

void append_value(const Column& column, std::size_t row, std::string& out) {
  if (column.is_null(row)) {
    out += null_directory;
  } else if (column.type == Type::text || column.type == Type::bytes) {
    std::string_view text = column.text(row);
    text.empty() ? void(out += null_directory) : append_escaped(text, out);
  } else if (column.type == Type::timestamp_us) {
    std::string time;
    append_iso_time(column.integer(row), time);
    append_escaped(time, out);
  } else {
    append_scalar(column, row, out);
  }
}

/// Copies the runs together.
Result<std::shared_ptr<arrow::Array>> gathered(const arrow::Array& column,
                                               const std::vector<Run>& runs) {
  auto made = arrow::MakeBuilder(column.type(), arrow::default_memory_pool());
  if (!made.ok()) return to_status(made.status());
  arrow::ArrayBuilder& builder = **made;
  arrow::ArraySpan span(*column.data());
  for (const Run& run : runs) {
    arrow::Status appended = builder.AppendArraySlice(span, run.first, run.count);
    if (!appended.ok()) return to_status(appended);
  }
  auto finished = builder.Finish();
  if (!finished.ok()) return to_status(finished.status());
  return *std::move(finished);
}

Result<Batch> rows_of(const arrow::RecordBatch& all, const std::vector<int>& columns,
                      const std::vector<Run>& runs) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  std::int64_t row_count = 0;
  for (const Run& run : runs) row_count += run.count;
  for (int column : columns) {
    fields.push_back(all.schema()->field(column));
    if (runs.size() == 1) {
      arrays.push_back(all.column(column)->Slice(runs[0].first, runs[0].count));
    } else {
      THALWEG_TRY_ASSIGN(auto array, gathered(*all.column(column), runs));
      arrays.push_back(std::move(array));
    }
  }
  return Batch::of_columns(
      arrow::RecordBatch::Make(arrow::schema(std::move(fields)), row_count, std::move(arrays)));
}

}  // namespace

Result<std::vector<DividedRows>> divide_by_directories(const Batch& batch,
                                                       const std::vector<std::string>& columns) {
  if (batch.is_text()) {
    return Status(ErrorCode::invalid_argument,
                  "partitionBy: lines of text have no columns; write a struct, a pair or a tuple");
  }
  THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
  THALWEG_TRY_ASSIGN(Layout layout, layout_of(schema, columns));
  THALWEG_TRY_ASSIGN(auto values, columns_of(batch));
  std::vector<std::string> prefixes;
  for (const auto& name : columns) {
    std::string& prefix = prefixes.emplace_back(prefixes.empty() ? "" : "/");
    append_escaped(name, prefix);
    prefix += '=';
  }
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::string> directories;
  std::vector<std::vector<Run>> runs;
  std::string directory;
  for (std::size_t row = 0; row < batch.row_count(); ++row) {
    directory.clear();
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      directory += prefixes[i];
      append_value(values[layout.directory_columns[i]], row, directory);
    }
    auto [place, added] = places.try_emplace(directory, runs.size());
    if (added) {
      directories.push_back(directory);
      runs.emplace_back();
    }
    auto& own = runs[place->second];
    auto at = static_cast<std::int64_t>(row);
    if (own.empty() || own.back().first + own.back().count != at) own.push_back({at, 0});
    ++own.back().count;
  }
  std::vector<DividedRows> divided;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    THALWEG_TRY_ASSIGN(Batch rows, rows_of(*batch.columns(), layout.file_columns, runs[i]));
    divided.push_back({std::move(directories[i]), std::move(rows)});
  }
  return divided;
}

Result<std::vector<std::string>> partition_columns_of(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, end);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    bool twice = std::find(names.begin(), names.end(), name) != names.end();
    if (name.empty() || twice || end + 1 == text.size()) {
      return Status(
          ErrorCode::invalid_argument,
          "option \"partitionBy\" must be names of columns with commas between them, each "
          "once: got " +
              excerpt(text));
    }
    names.emplace_back(name);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

}  // namespace thalweg::files
