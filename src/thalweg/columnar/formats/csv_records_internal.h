// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/formats/record_decoder.h"

namespace thalweg {

/// Cuts CSV into records and these into fields. One thread.
class CsvRecords {
 public:
  /// A quote that is not closed makes its line malformed, and reading goes on at the next one. Of
  /// one block only so many are looked for to the block's end.
  static constexpr int unclosed_quotes_max = 16;
  /// A field is not closed when its quote is further away.
  static constexpr std::size_t quoted_bytes_max = std::size_t{1} << 20;

  explicit CsvRecords(const DecoderOptions& options);

  /// From here on `bytes` are read. They stay valid until the next call.
  void begin(std::string_view bytes);

  /// Reads the next record; false at the end. Blank lines and comments are none.
  bool next();

  /// Where the record begins, and how many bytes it has without its line end.
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t length() const { return length_; }
  /// Just behind the record and its line end.
  [[nodiscard]] std::size_t end() const { return position_; }
  /// Why the record is malformed; empty when it is not.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// True when the record broke off where the bytes end: its last field is not closed.
  [[nodiscard]] bool broke_off() const { return broke_off_; }

  [[nodiscard]] std::size_t field_count() const { return fields_.size(); }
  /// Valid until next(). REQUIRES: index < field_count().
  [[nodiscard]] std::string_view field(std::size_t index) const {
    const Piece& piece = fields_[index];
    return std::string_view(piece.unescaped ? unescaped_ : bytes_).substr(piece.begin, piece.size);
  }
  [[nodiscard]] bool was_quoted(std::size_t index) const { return fields_[index].quoted; }

 private:
  struct Piece {
    std::size_t begin = 0;  ///< In bytes_, or in unescaped_.
    std::size_t size = 0;
    bool quoted = false;
    bool unescaped = false;
  };

  bool skip_what_is_no_record();
  void read_fields();
  /// Each reads a field at position_ and moves behind it.
  void read_plain();
  bool read_quoted();
  void add_quoted(std::size_t begin, std::size_t end, bool has_escapes);
  [[nodiscard]] bool at_line_end(std::size_t at) const;
  [[nodiscard]] bool at_separator(std::size_t at) const {
    return bytes_.substr(at, separator_.size()) == separator_;
  }
  void fail(std::string problem, std::size_t at);

  const std::string separator_;
  const char quote_;
  const char escape_;
  const char comment_;
  const bool multi_line_;

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::size_t offset_ = 0;
  std::size_t length_ = 0;
  std::string problem_;
  bool broke_off_ = false;
  int unclosed_quotes_ = 0;
  std::vector<Piece> fields_;
  std::string unescaped_;
};

}  // namespace thalweg
