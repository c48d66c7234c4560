// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "thalweg/columnar/long_line.h"
#include "thalweg/common/memory_budget.h"
#include "thalweg/connectors/connector.h"

namespace thalweg {

/// Cuts bytes as they arrive into batches of whole lines, and keeps the unfinished last one until
/// the rest of it comes. Lines that are too long come out as rejected records. One thread.
///
///     room()  ->  the caller reads into it  ->  add(n)  ->  take(rows_max)
///
/// Its memory is charged to the budget; that of the batches it gives out is not.
class LineBuffer {
 public:
  /// What room() offers at least.
  static constexpr std::size_t read_bytes = std::size_t{256} << 10;

  /// line_bytes_max: of a line, without its end.
  LineBuffer(std::size_t line_bytes_max, MemoryBudget& memory);

  /// Where to read to. Valid until the next call of another method.
  std::span<char> room();
  /// The first `bytes` of room() were filled.
  void add(std::size_t bytes);
  /// Nothing follows: what is left is the last line.
  void end();
  /// The rest will never come: an unfinished line is rejected for `reason`.
  void break_off(std::string_view reason);

  /// True when take() would find something.
  [[nodiscard]] bool has_records() const { return lines_end_ > begin_ || !rejected_.empty(); }
  /// At most `rows_max` lines, and all rejected records so far.
  Polled take(std::size_t rows_max);

  /// How many bytes of the stream were given out.
  [[nodiscard]] std::uint64_t offset() const;

 private:
  void add_to_long_line(std::size_t bytes);
  void reject_long_line();
  void reject(LongLine line);
  void reserve(std::size_t free_bytes);
  Batch take_lines(std::size_t rows_max);
  Batch take_checked_lines(std::size_t rows_max);
  Batch give_out(std::size_t size);

  const std::size_t line_bytes_max_;
  MemoryCharge charge_;
  std::shared_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  // The buffer holds whole lines in [begin_, lines_end_) and the start of one in [lines_end_,
  // end_).
  std::size_t begin_ = 0;
  std::size_t lines_end_ = 0;
  std::size_t end_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::optional<LongLine> long_line_;  ///< While it is coming in.
  std::vector<Rejected> rejected_;
};

}  // namespace thalweg
