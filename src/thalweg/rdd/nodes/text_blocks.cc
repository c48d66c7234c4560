// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/text_blocks.h"

#include <algorithm>
#include <cstring>

#include "thalweg/columnar/kernels/text_scan.h"

namespace thalweg {
namespace {

/// Finds the lines of the blocks.
class LineCursor final : public Cursor<std::string_view> {
 public:
  LineCursor(std::unique_ptr<TextBlocks> blocks, std::string source, TaskContext& context)
      : blocks_(std::move(blocks)), source_(std::move(source)), context_(context) {}

  Result<Chunk<std::string_view>> next() override {
    lines_.clear();
    while (true) {
      const char* begin = position_;
      std::size_t count = find_lines(position_, end_, lines_.raw(), lines_max_);
      if (count > 0) {
        lines_.set_size(count);
        // As many lines as the nearest cache holds: whoever looks at them next finds them there.
        auto bytes = static_cast<std::size_t>(position_ - begin);
        lines_max_ = std::clamp(chunk_bytes * count / bytes, lines_max_floor, chunk_rows_max);
        context_.records_read += static_cast<std::int64_t>(count);
        return lines_.chunk();
      }
      if (position_ == end_) {
        THALWEG_TRY(blocks_->next(&begin, &end_));
        position_ = begin;
        if (begin == end_) return Chunk<std::string_view>();
        context_.origin = {source_, begin, end_, blocks_->offset_of(begin)};
      }
    }
  }

 private:
  static constexpr std::size_t chunk_bytes = 24 << 10;
  static constexpr std::size_t lines_max_floor = 64;

  std::size_t lines_max_ = lines_max_floor;
  std::unique_ptr<TextBlocks> blocks_;
  const std::string source_;
  TaskContext& context_;
  const char* position_ = nullptr;
  const char* end_ = nullptr;
  ChunkBuffer<std::string_view> lines_;
};

/// Searches the blocks for a text and finds the lines around it only.
class MatchCursor final : public Cursor<std::string_view> {
 public:
  MatchCursor(std::unique_ptr<TextBlocks> blocks, std::string source, std::string text,
              TaskContext& context)
      : blocks_(std::move(blocks)),
        source_(std::move(source)),
        text_(std::move(text)),
        context_(context) {}

  Result<Chunk<std::string_view>> next() override {
    lines_.clear();
    while (true) {
      while (position_ != end_ && !lines_.full()) find_next();
      if (lines_.size() > 0) return lines_.chunk();
      const char* begin = nullptr;
      THALWEG_TRY(blocks_->next(&begin, &end_));
      position_ = begin;
      if (begin == end_) return Chunk<std::string_view>();
      context_.records_read += static_cast<std::int64_t>(count_newlines(begin, end_));
      context_.origin = {source_, begin, end_, blocks_->offset_of(begin)};
    }
  }

 private:
  void find_next() {
    const char* hit = find_bytes(position_, end_, text_);
    if (hit == end_) {
      position_ = end_;
      return;
    }
    auto* before = static_cast<const char*>(
        ::memrchr(position_, '\n', static_cast<std::size_t>(hit - position_)));
    const char* begin = before == nullptr ? position_ : before + 1;
    auto* newline =
        static_cast<const char*>(std::memchr(hit, '\n', static_cast<std::size_t>(end_ - hit)));
    const char* end = newline > begin && newline[-1] == '\r' ? newline - 1 : newline;
    // A hit that reaches over the line's end can't be: the text has no newline.
    lines_.emplace(begin, static_cast<std::size_t>(end - begin));
    position_ = newline + 1;
  }

  std::unique_ptr<TextBlocks> blocks_;
  const std::string source_;
  const std::string text_;
  TaskContext& context_;
  const char* position_ = nullptr;
  const char* end_ = nullptr;
  ChunkBuffer<std::string_view> lines_;
};

}  // namespace

CursorPointer<std::string_view> make_line_cursor(std::unique_ptr<TextBlocks> blocks,
                                                 std::string source, TaskContext& context) {
  return CursorPointer<std::string_view>(
      new LineCursor(std::move(blocks), std::move(source), context));
}

CursorPointer<std::string_view> make_match_cursor(std::unique_ptr<TextBlocks> blocks,
                                                  std::string source, std::string text,
                                                  TaskContext& context) {
  return CursorPointer<std::string_view>(
      new MatchCursor(std::move(blocks), std::move(source), std::move(text), context));
}

bool can_match(std::string_view text) {
  return !text.empty() && text.find_first_of("\r\n") == std::string_view::npos;
}

}  // namespace thalweg
