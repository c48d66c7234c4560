// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/line_buffer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "thalweg/columnar/kernels/text_scan.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

std::string position_text(std::uint64_t offset) { return "offset=" + std::to_string(offset); }

}  // namespace

LineBuffer::LineBuffer(std::size_t line_bytes_max, MemoryBudget& memory)
    : line_bytes_max_(line_bytes_max), charge_(memory) {}

std::span<char> LineBuffer::room() {
  // One byte more, for the newline that end() may add.
  reserve(read_bytes + 1);
  return {buffer_.get() + end_, capacity_ - end_ - 1};
}

void LineBuffer::reserve(std::size_t free_bytes) {
  std::size_t used = end_ - begin_;
  if (capacity_ - end_ >= free_bytes) return;
  std::shared_ptr<char[]> target = buffer_;
  if (used + free_bytes > capacity_) {
    capacity_ = std::max(used + free_bytes, std::min(2 * capacity_, line_bytes_max_ + free_bytes));
    target = std::make_shared_for_overwrite<char[]>(capacity_);
    charge_.resize(static_cast<std::int64_t>(capacity_));
  }
  if (used > 0) std::memmove(target.get(), buffer_.get() + begin_, used);
  buffer_ = std::move(target);
  lines_end_ -= begin_;
  end_ = used;
  begin_ = 0;
}

void LineBuffer::add(std::size_t bytes) {
  received_bytes_ += bytes;
  if (long_line_) {
    add_to_long_line(bytes);
    return;
  }
  const char* added = buffer_.get() + end_;
  const void* newline = memrchr(added, '\n', bytes);
  end_ += bytes;
  if (newline != nullptr) {
    lines_end_ = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.get()) + 1;
  }
  // A '\r' at the end may belong to the line's end.
  if (end_ - lines_end_ > line_bytes_max_ + 1) {
    std::string_view start(buffer_.get() + lines_end_, end_ - lines_end_);
    long_line_.emplace(received_bytes_ - start.size());
    long_line_->append(start);
    end_ = lines_end_;
  }
}

void LineBuffer::add_to_long_line(std::size_t bytes) {
  char* added = buffer_.get() + end_;
  const void* newline = std::memchr(added, '\n', bytes);
  if (newline == nullptr) {
    long_line_->append({added, bytes});
    return;
  }
  auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - added);
  long_line_->append({added, size});
  reject_long_line();
  // The rest is ordinary again, and takes the place of what was cut out.
  std::size_t rest = bytes - size - 1;
  std::memmove(added, added + size + 1, rest);
  received_bytes_ -= rest;
  add(rest);
}

void LineBuffer::reject_long_line() {
  reject(std::move(*long_line_));
  long_line_.reset();
}

void LineBuffer::reject(LongLine line) {
  line.end();
  rejected_.push_back({{line.position()}, line.reason(line_bytes_max_), line.take_bytes()});
}

void LineBuffer::end() {
  if (long_line_) {
    reject_long_line();
  } else if (end_ > lines_end_) {
    // As if the server had sent it. room() left a byte for it.
    buffer_[end_++] = '\n';
    lines_end_ = end_;
    ++received_bytes_;
  }
}

void LineBuffer::break_off(std::string_view reason) {
  if (long_line_) {
    reject_long_line();
  } else if (end_ > lines_end_) {
    std::string_view start(buffer_.get() + lines_end_, end_ - lines_end_);
    rejected_.push_back({{position_text(received_bytes_ - start.size())},
                         "line is not complete: " + std::string(reason),
                         std::string(start)});
    end_ = lines_end_;
  }
}

Polled LineBuffer::take(std::size_t rows_max) {
  Polled polled;
  if (lines_end_ > begin_) {
    bool may_be_long = lines_end_ - begin_ > line_bytes_max_;
    polled.batch = may_be_long ? take_checked_lines(rows_max) : take_lines(rows_max);
  }
  polled.rejected = std::exchange(rejected_, {});
  return polled;
}

Batch LineBuffer::take_lines(std::size_t rows_max) {
  const char* begin = buffer_.get() + begin_;
  const char* end = buffer_.get() + lines_end_;
  if (count_newlines(begin, end) <= rows_max) return give_out(lines_end_ - begin_);
  const char* position = begin;
  std::array<std::string_view, 256> lines;
  for (std::size_t left = rows_max; left > 0;) {
    left -= find_lines(position, end, lines.data(), std::min(left, lines.size()));
  }
  return give_out(static_cast<std::size_t>(position - begin));
}

Batch LineBuffer::take_checked_lines(std::size_t rows_max) {
  const char* begin = buffer_.get() + begin_;
  const char* end = buffer_.get() + lines_end_;
  const std::uint64_t first_offset = received_bytes_ - (end_ - begin_);
  std::string lines;
  const char* position = begin;
  std::string_view line;
  for (std::size_t rows = 0; rows < rows_max && find_lines(position, end, &line, 1) == 1;) {
    if (line.size() > line_bytes_max_) {
      LongLine long_line(first_offset + static_cast<std::uint64_t>(line.data() - begin));
      long_line.append(line);
      reject(std::move(long_line));
    } else {
      lines.append(line.data(), position);
      ++rows;
    }
  }
  begin_ += static_cast<std::size_t>(position - begin);
  return Batch::of_text(std::move(lines));
}

Batch LineBuffer::give_out(std::size_t size) {
  std::string_view lines(buffer_.get() + begin_, size);
  std::shared_ptr<const void> owner = buffer_;
  // A batch that would keep much more memory alive than it shows gets its own.
  if (size >= capacity_ / 2 && begin_ + size == lines_end_) {
    std::string_view rest(buffer_.get() + lines_end_, end_ - lines_end_);
    capacity_ = read_bytes + rest.size() + 1;
    auto next = std::make_shared_for_overwrite<char[]>(capacity_);
    std::memcpy(next.get(), rest.data(), rest.size());
    charge_.resize(static_cast<std::int64_t>(capacity_));
    buffer_ = std::move(next);
    begin_ = lines_end_ = 0;
    end_ = rest.size();
    return Batch::of_text(std::move(owner), lines);
  }
  auto copy = std::make_shared_for_overwrite<char[]>(size);
  std::memcpy(copy.get(), lines.data(), size);
  lines = {copy.get(), size};
  begin_ += size;
  return Batch::of_text(std::move(copy), lines);
}

std::uint64_t LineBuffer::offset() const {
  std::uint64_t held = end_ - begin_ + (long_line_ ? long_line_->size() : 0);
  return received_bytes_ - std::min(held, received_bytes_);
}

}  // namespace thalweg
