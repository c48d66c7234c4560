// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace thalweg {

/// A line that is too long to be a record, gathered as it comes in: how long it is, and its start,
/// for a dead letter.
class LongLine {
 public:
  /// What is kept of a line: its memory does not grow with the line.
  static constexpr std::size_t dead_letter_bytes_max = std::size_t{64} << 10;

  /// `offset`: where in its source the line begins.
  explicit LongLine(std::uint64_t offset) : offset_(offset) {}

  /// The next bytes of the line, without its '\n'.
  void append(std::string_view bytes);
  /// The line is complete: a '\r' at its end is none of its bytes.
  void end();

  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Bytes so far, kept or not.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The start of the line.
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  std::string take_bytes() { return std::move(bytes_); }

  /// "offset=1234".
  [[nodiscard]] std::string position() const;
  /// Why the line is no record, how long it is, and how much of it is kept.
  [[nodiscard]] std::string reason(std::size_t line_bytes_max) const;

 private:
  std::uint64_t offset_;
  std::uint64_t size_ = 0;
  bool ends_with_return_ = false;
  std::string bytes_;
};

}  // namespace thalweg
