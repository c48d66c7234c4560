// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "thalweg/columnar/formats/csv_records_internal.h"

namespace thalweg {

CsvRecords::CsvRecords(const DecoderOptions& options)
    : separator_(options.csv_separator),
      quote_(options.csv_quote),
      escape_(options.csv_escape),
      comment_(options.csv_comment),
      multi_line_(options.csv_multi_line) {}

void CsvRecords::begin(std::string_view bytes) {
  bytes_ = bytes;
  position_ = 0;
  unclosed_quotes_ = 0;
}

bool CsvRecords::at_line_end(std::size_t at) const {
  if (at >= bytes_.size() || bytes_[at] == '\n') return true;
  return bytes_[at] == '\r' && (at + 1 == bytes_.size() || bytes_[at + 1] == '\n');
}

bool CsvRecords::skip_what_is_no_record() {
  while (position_ < bytes_.size()) {
    bool is_comment = comment_ != 0 && bytes_[position_] == comment_;
    if (!is_comment && !at_line_end(position_)) return true;
    position_ = std::min(bytes_.find('\n', position_), bytes_.size() - 1) + 1;
  }
  return false;
}

bool CsvRecords::next() {
  if (!skip_what_is_no_record()) return false;
  offset_ = position_;
  problem_.clear();
  broke_off_ = false;
  fields_.clear();
  unescaped_.clear();
  read_fields();
  length_ = position_ - offset_;
  // What is left of the line is its end.
  position_ = std::min(bytes_.find('\n', position_), bytes_.size() - 1) + 1;
  return true;
}

/// Reads up to the end of the record's last line, not behind it.
void CsvRecords::read_fields() {
  while (true) {
    if (quote_ != 0 && position_ < bytes_.size() && bytes_[position_] == quote_) {
      if (!read_quoted()) return;
    } else {
      read_plain();
    }
    if (!at_separator(position_)) return;
    position_ += separator_.size();
  }
}

void CsvRecords::read_plain() {
  std::size_t begin = position_;
  const char first = separator_[0];
  while (position_ < bytes_.size()) {
    char c = bytes_[position_];
    if (c == first && at_separator(position_)) break;
    if ((c == '\n' || c == '\r') && at_line_end(position_)) break;
    ++position_;
  }
  fields_.push_back({begin, position_ - begin, false, false});
}

bool CsvRecords::read_quoted() {
  std::size_t begin = position_ + 1;
  bool has_escapes = false;
  bool one_line = !multi_line_ || unclosed_quotes_ >= unclosed_quotes_max;
  std::size_t end = std::min(bytes_.size(), begin + quoted_bytes_max);
  for (std::size_t at = begin; at < end; ++at) {
    char c = bytes_[at];
    if (c == '\n' && one_line) break;
    if (c != quote_ && c != escape_) continue;
    char behind = at + 1 < bytes_.size() ? bytes_[at + 1] : '\0';
    if (behind == quote_ || (c != quote_ && behind == c)) {
      has_escapes = true;
      ++at;
      continue;
    }
    if (c != quote_) continue;
    add_quoted(begin, at, has_escapes);
    position_ = at + 1;
    if (at_line_end(position_) || at_separator(position_)) return true;
    fail("a quoted field goes on behind its quote", position_);
    return false;
  }
  ++unclosed_quotes_;
  fail("a quote is not closed", position_);
  broke_off_ = !one_line && end == bytes_.size();
  return false;
}

void CsvRecords::add_quoted(std::size_t begin, std::size_t end, bool has_escapes) {
  if (!has_escapes) {
    fields_.push_back({begin, end - begin, true, false});
    return;
  }
  std::size_t first = unescaped_.size();
  for (std::size_t at = begin; at < end; ++at) {
    char c = bytes_[at];
    bool is_escape = at + 1 < end && (c == quote_ || c == escape_) &&
                     (bytes_[at + 1] == quote_ || (c != quote_ && bytes_[at + 1] == c));
    if (is_escape) ++at;
    unescaped_ += bytes_[at];
  }
  fields_.push_back({first, unescaped_.size() - first, true, true});
}

/// The record ends with the line that `at` is in.
void CsvRecords::fail(std::string problem, std::size_t at) {
  problem_ = std::move(problem);
  std::size_t end = std::min(bytes_.find('\n', at), bytes_.size());
  if (end > offset_ && end < bytes_.size() && bytes_[end - 1] == '\r') --end;
  position_ = end;
}

}  // namespace thalweg
