// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

namespace thalweg {

/// Rows on their way between a connector and the engine: either a block of text that holds whole
/// lines and was not split yet, or the columns of an Arrow record batch. A handle: copies are cheap
/// and share the rows, which never change.
///
/// Views of a batch's bytes are valid as long as some copy of it, or a slice, lives.
/// Thread safety: const methods may be called concurrently.
class Batch {
 public:
  /// No rows.
  Batch() = default;

  /// A block of lines, each ended by '\n', in memory that `owner` keeps alive.
  static Batch of_text(std::shared_ptr<const void> owner, std::string_view lines);
  /// The same in memory of its own.
  static Batch of_text(std::string lines);
  /// REQUIRES: columns is not null.
  static Batch of_columns(std::shared_ptr<arrow::RecordBatch> columns);

  /// True for a block of lines, and for no rows at all.
  [[nodiscard]] bool is_text() const;
  /// The lines, each with its '\n'; find_lines() cuts them. Empty unless is_text().
  [[nodiscard]] std::string_view text() const;
  /// Null when is_text().
  [[nodiscard]] const std::shared_ptr<arrow::RecordBatch>& columns() const;

  /// Memory that the rows take. Slices count what they show, not what they keep alive.
  [[nodiscard]] std::size_t bytes() const;
  /// Of text: counted at the first call.
  [[nodiscard]] std::size_t row_count() const;
  [[nodiscard]] bool empty() const { return is_text() ? text().empty() : row_count() == 0; }

  /// The rows [first, first + count), as far as there are any. Shares the bytes. Of text: takes
  /// time for the lines before.
  [[nodiscard]] Batch slice(std::size_t first, std::size_t count) const;

 private:
  struct Content;
  explicit Batch(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

  std::shared_ptr<const Content> content_;
};

}  // namespace thalweg
