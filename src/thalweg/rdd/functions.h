// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/columnar/kernels/text_scan.h"
#include "thalweg/rdd/chunk.h"

namespace thalweg {

/// A predicate: the text contains another. Right after a source of text the engine searches the
/// bytes before it cuts them into lines.
struct Contains {
  std::string text;
  bool operator()(std::string_view line) const { return contains_bytes(line, text); }
};

/// `lines.filter(contains("error"))`.
inline Contains contains(std::string text) { return {std::move(text)}; }

/// A flat map: the fields of a text between separators. As String.split of Scala and Java: empty
/// fields inside are kept, those at the end are dropped, an empty text is one empty field. The
/// fields are views of the text; nothing is copied.
struct Split {
  char separator = ' ';

  std::vector<std::string_view> operator()(std::string_view text) const {
    std::vector<std::string_view> fields;
    std::string_view some[16];
    std::size_t offset = 0;
    do {
      std::size_t count = split_fields(text, separator, offset, some, std::size(some));
      fields.insert(fields.end(), some, some + count);
    } while (offset != std::string_view::npos);
    return fields;
  }

  /// Splits the texts of a chunk in one go; resumes where the output was full.
  template <typename T>
  class Expander {
   public:
    using Row = std::string_view;
    explicit Expander(const Split& split) : separator_(split.separator) {}

    void start(const Chunk<T>& chunk) {
      chunk_ = chunk;
      index_ = 0;
      offset_ = 0;
    }

    /// Fills `out` as far as it goes; true when the chunk is used up.
    bool fill(ChunkBuffer<std::string_view>& out) {
      std::string_view* fields = out.raw();
      std::size_t count = out.size();
      while (index_ < chunk_.size() && count < chunk_rows_max) {
        count += split_fields(std::string_view(chunk_[index_]), separator_, offset_, fields + count,
                              chunk_rows_max - count);
        if (offset_ != std::string_view::npos) break;
        ++index_;
        offset_ = 0;
      }
      out.set_size(count);
      return index_ >= chunk_.size();
    }

   private:
    const char separator_;
    Chunk<T> chunk_;
    std::size_t index_ = 0;
    std::size_t offset_ = 0;
  };
};

/// `lines.flat_map(split(' '))`.
inline Split split(char separator) { return {separator}; }

}  // namespace thalweg
