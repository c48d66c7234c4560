// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/batch.h"

#include <algorithm>
#include <array>
#include <atomic>

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include "thalweg/columnar/kernels/text_scan.h"
#include "thalweg/common/check.h"

namespace thalweg {

struct Batch::Content {
  std::shared_ptr<const void> owner;
  std::string_view text;
  std::shared_ptr<arrow::RecordBatch> columns;
  /// Of text: how many lines, or -1 until someone asks.
  mutable std::atomic<std::int64_t> lines{-1};
};

namespace {

/// The end of the first `count` lines of `text`, or of the text.
std::size_t end_of_lines(std::string_view text, std::size_t count) {
  std::array<std::string_view, 1024> lines;
  const char* position = text.data();
  const char* end = text.data() + text.size();
  while (count > 0 && position != end) {
    count -= find_lines(position, end, lines.data(), std::min(count, lines.size()));
  }
  return static_cast<std::size_t>(position - text.data());
}

std::size_t bytes_of(const arrow::RecordBatch& columns) {
  auto referenced = arrow::util::ReferencedBufferSize(columns);
  return static_cast<std::size_t>(referenced.ok() ? *referenced
                                                  : arrow::util::TotalBufferSize(columns));
}

}  // namespace

Batch Batch::of_text(std::shared_ptr<const void> owner, std::string_view lines) {
  THALWEG_CHECK(lines.empty() || lines.back() == '\n', "text batch ends within a line");
  auto content = std::make_shared<Content>();
  content->owner = std::move(owner);
  content->text = lines;
  return Batch(std::move(content));
}

Batch Batch::of_text(std::string lines) {
  auto owner = std::make_shared<const std::string>(std::move(lines));
  return of_text(owner, *owner);
}

Batch Batch::of_columns(std::shared_ptr<arrow::RecordBatch> columns) {
  THALWEG_CHECK(columns != nullptr, "batch of no columns");
  auto content = std::make_shared<Content>();
  content->columns = std::move(columns);
  return Batch(std::move(content));
}

bool Batch::is_text() const { return content_ == nullptr || content_->columns == nullptr; }

std::string_view Batch::text() const {
  return content_ == nullptr ? std::string_view() : content_->text;
}

const std::shared_ptr<arrow::RecordBatch>& Batch::columns() const {
  static const std::shared_ptr<arrow::RecordBatch> none;
  return content_ == nullptr ? none : content_->columns;
}

std::size_t Batch::bytes() const {
  return is_text() ? text().size() : bytes_of(*content_->columns);
}

std::size_t Batch::row_count() const {
  if (!is_text()) return static_cast<std::size_t>(content_->columns->num_rows());
  if (text().empty()) return 0;
  std::int64_t lines = content_->lines.load(std::memory_order_relaxed);
  if (lines < 0) {
    std::string_view all = text();
    lines = static_cast<std::int64_t>(count_newlines(all.data(), all.data() + all.size()));
    content_->lines.store(lines, std::memory_order_relaxed);
  }
  return static_cast<std::size_t>(lines);
}

Batch Batch::slice(std::size_t first, std::size_t count) const {
  if (!is_text()) {
    std::size_t begin = std::min(first, row_count());
    return of_columns(
        content_->columns->Slice(static_cast<std::int64_t>(begin),
                                 static_cast<std::int64_t>(std::min(count, row_count() - begin))));
  }
  if (content_ == nullptr) return {};
  std::string_view rest = text();
  rest.remove_prefix(end_of_lines(rest, first));
  return of_text(content_->owner, rest.substr(0, end_of_lines(rest, count)));
}

}  // namespace thalweg
