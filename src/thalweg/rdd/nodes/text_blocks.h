// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "thalweg/rdd/chunk.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {

/// Text that comes in blocks of whole lines: a file that is read, a block that was received.
class TextBlocks {
 public:
  virtual ~TextBlocks() = default;
  /// The next lines, each with its '\n', in [begin, end); begin == end at the end. Ends the
  /// validity of the block before.
  virtual Status next(const char** begin, const char** end) = 0;
  /// Where in the source a byte of the current block lies.
  [[nodiscard]] virtual std::uint64_t offset_of(const char* place) const = 0;
};

/// The lines of the blocks, without their ends (\n or \r\n), as views of them. `source` names where
/// they come from, for dead letters. `context` must outlive the cursor.
CursorPointer<std::string_view> make_line_cursor(std::unique_ptr<TextBlocks> blocks,
                                                 std::string source, TaskContext& context);

/// Only the lines that contain `text`: searches the blocks first and finds the lines around what
/// was found. REQUIRES: text is not empty and has neither '\n' nor '\r'.
CursorPointer<std::string_view> make_match_cursor(std::unique_ptr<TextBlocks> blocks,
                                                  std::string source, std::string text,
                                                  TaskContext& context);

/// Whether make_match_cursor() can look for `text`.
bool can_match(std::string_view text);

}  // namespace thalweg
