// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/rdd/context.h"
#include "thalweg/rdd/nodes/record_file.h"
#include "thalweg/rdd/outside/record_batches.h"

namespace thalweg {

/// The records in files of "json", "csv" or "text", each line one, or of "parquet": the fields of T
/// are found by their names. `path` as in Context::text_file(). Records that are no T become dead
/// letters, or fail the job, as `options.mode` says; so do files of Parquet that can't be read, and
/// row groups that are corrupt. CSV has no header here and no line ends in quotes.
///
///     struct Order { std::int64_t id; std::string page; };
///     THALWEG_FIELDS(Order, id, page)
///
///     auto orders = record_files<Order>(context, "orders/*.json", "json");
///
/// Errors: throws Error(not_found) where nothing is there, Error(invalid_argument) for a format
///         that can't be read so.
template <Record T>
RDD<T> record_files(const Context& context, const std::string& path, const std::string& format,
                    DecoderOptions options = {}) {
  options.csv_multi_line = false;
  Status checked = check_record_format(format, schema_of(RecordColumns<T>::shape()), options);
  if (!checked.ok()) throw Error(checked);
  const auto& session = context.session();
  auto found = matching_files(session->files, path);
  if (!found.ok()) throw Error(found.status().within("record_files"));
  auto splits =
      value_or_throw(split_files(session->files, found.value(), context.default_partition_count()));
  return RDD<T>(
      make_node<RecordFileNode<T>>(session, std::move(splits), format, std::move(options)));
}

}  // namespace thalweg
