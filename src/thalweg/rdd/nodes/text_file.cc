// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/text_file.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "thalweg/columnar/compression/compression.h"
#include "thalweg/columnar/long_line.h"
#include "thalweg/rdd/nodes/split_blocks.h"
#include "thalweg/rdd/nodes/text_blocks.h"

namespace thalweg {
namespace {

Status add_files(const FileSystems& systems, const std::string& pattern,
                 std::vector<FileEntry>* files) {
  THALWEG_TRY_ASSIGN(FileLocation place, systems.resolve(pattern));
  std::string scheme = pattern.substr(0, pattern.size() - place.path.size());
  auto add = [&](FileEntry entry) {
    entry.path = scheme + entry.path;
    files->push_back(std::move(entry));
  };
  THALWEG_TRY_ASSIGN(auto matching, matching_entries(*place.system, place.path));
  if (matching.empty() && place.path.find_first_of("*?[") == std::string::npos) {
    return place.system->describe(place.path).status();
  }
  if (matching.empty()) return {ErrorCode::not_found, "no file matches: " + pattern};
  for (auto& match : matching) {
    if (!match.is_directory) {
      add(std::move(match));
      continue;
    }
    THALWEG_TRY_ASSIGN(auto entries, place.system->list(match.path));
    for (auto& file : entries) {
      std::string_view name = base_name(file.path);
      if (file.is_directory || name.starts_with('.') || name.starts_with('_')) continue;
      add(std::move(file));
    }
  }
  return {};
}

/// A compressed file can only be read from its beginning.
Result<bool> is_compressed(const FileSplit& file) {
  if (compression_of_name(file.file.path) != Compression::none) return true;
  THALWEG_TRY_ASSIGN(auto bytes, file.file.system->open_read(file.file.path));
  THALWEG_TRY_ASSIGN(Compression compression, compression_of(*bytes, file.file.path));
  return compression != Compression::none;
}

/// Of a compressed file: all lines are in its one split.
constexpr std::uint64_t unknown_end = std::numeric_limits<std::uint64_t>::max();

constexpr std::size_t block_bytes = 256 << 10;
constexpr std::uint64_t split_bytes_min = 64 << 10;

/// Reads a split block by block and hands out whole lines. The unfinished line at the end of a
/// block is carried over to the next; a line longer than the session allows becomes a dead letter,
/// and so does what a compressed file has behind the place where it is corrupt.
class LineBlocks final : public TextBlocks {
 public:
  /// `end`: where the split ends, or unknown_end.
  LineBlocks(std::unique_ptr<ReadableFile> file, const FileSplit& split, std::uint64_t end,
             TaskContext& context, std::vector<DeadLetter>& letters)
      : file_(std::move(file)),
        split_(split),
        end_(end),
        context_(context),
        letters_(letters),
        line_bytes_max_(context.session.options.line_bytes_max) {
    // One byte early: if it ends a line, the split's first line starts at its first byte.
    read_at_ = split.begin == 0 ? 0 : split.begin - 1;
    skip_to_line_ = split.begin != 0;
  }

  /// The next whole lines, in [begin, end), none of them too long; begin == end when the split is
  /// over. Ends the validity of those before.
  Status next(const char** begin, const char** end) override {
    while (!take_ready(begin, end)) {
      if (over_) {
        if (long_line_) set_long_line_aside();
        *begin = *end = block_.get();
        return {};
      }
      if (context_.cancelled()) return job_stopped();
      carry_over();
      auto got = file_->read_at(read_at_, block_.get() + held_, block_bytes);
      if (!got.ok()) {
        if (got.status().code() != ErrorCode::data_loss) return got.status();
        set_unreadable_aside(got.status());
        continue;
      }
      read_at_ += got.value();
      held_ += got.value();
      // A compressed file may break off behind what it gave last: only nothing is its end.
      find_whole_lines(end_ == unknown_end ? got.value() == 0 : got.value() < block_bytes);
    }
    return {};
  }

  [[nodiscard]] std::uint64_t offset_of(const char* place) const override {
    return read_at_ - held_ + static_cast<std::uint64_t>(place - block_.get());
  }

 private:
  /// Moves what has not been handed out to the front. Under AddressSanitizer always into fresh
  /// memory, so that a view of the last block is caught.
  void carry_over() {
    std::size_t left = block_ ? held_ - static_cast<std::size_t>(unused_ - block_.get()) : 0;
    std::size_t needed = left + block_bytes + 1;
#if defined(__SANITIZE_ADDRESS__)
    bool fresh = true;
#else
    bool fresh = needed > capacity_;
#endif
    if (fresh) {
      capacity_ = std::max(needed, capacity_);
      auto block = std::make_unique_for_overwrite<char[]>(capacity_);
      if (left > 0) std::memcpy(block.get(), unused_, left);
      block_ = std::move(block);
    } else if (left > 0) {
      std::memmove(block_.get(), unused_, left);
    }
    held_ = left;
    unused_ = block_.get();
  }

  /// Sets [ready_, unused_) to the whole lines of the split that are held.
  void find_whole_lines(bool file_ended) {
    char* begin = block_.get();
    ready_ = begin;
    over_ = file_ended;
    if (file_ended && held_ > 0 && begin[held_ - 1] != '\n') {
      // A last line without its newline is a line.
      begin[held_++] = '\n';
      ++read_at_;
    }
    const char* first = begin;
    if (skip_to_line_) {
      auto* newline = static_cast<const char*>(std::memchr(begin, '\n', held_));
      if (newline == nullptr) {
        unused_ = ready_ = begin + held_;
        return;
      }
      skip_to_line_ = false;
      first = newline + 1;
    }
    ready_ = unused_ = first;
    std::uint64_t end_in_block = end_ - std::min(end_, offset_of(begin));
    if (static_cast<std::uint64_t>(first - begin) >= end_in_block && !long_line_) {
      over_ = true;
      return;
    }
    const char* last = begin + held_;
    if (held_ >= end_in_block) {
      // The line that holds the split's last byte is its last.
      const char* from = std::max(
          first, static_cast<const char*>(begin) + (end_in_block == 0 ? 0 : end_in_block - 1));
      auto* newline =
          static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(last - from)));
      if (newline != nullptr) {
        over_ = true;
        unused_ = newline + 1;
        return;
      }
    }
    auto* newline =
        static_cast<const char*>(::memrchr(first, '\n', static_cast<std::size_t>(last - first)));
    if (newline != nullptr) {
      unused_ = newline + 1;
    } else if (long_line_ || static_cast<std::size_t>(last - first) > line_bytes_max_ + 1) {
      // One byte more is no reason yet: a '\r' at the end may belong to the line's end.
      add_to_long_line(first, last);
      ready_ = unused_ = last;
    }
  }

  /// Hands out what is ready up to the next line that is too long, which is set aside.
  bool take_ready(const char** begin, const char** end) {
    while (ready_ != unused_) {
      const char* newline = end_of_line(ready_);
      if (long_line_ || is_long(ready_, newline)) {
        add_to_long_line(ready_, newline);
        set_long_line_aside();
        ready_ = newline + 1;
        continue;
      }
      *begin = ready_;
      if (static_cast<std::size_t>(unused_ - ready_) <= line_bytes_max_) {
        ready_ = unused_;
      } else {
        do {
          ready_ = newline + 1;
          if (ready_ == unused_) break;
          newline = end_of_line(ready_);
        } while (!is_long(ready_, newline));
      }
      *end = ready_;
      return true;
    }
    return false;
  }

  const char* end_of_line(const char* from) const {
    return static_cast<const char*>(
        std::memchr(from, '\n', static_cast<std::size_t>(unused_ - from)));
  }

  /// `newline` ends the line; neither it nor a '\r' before it counts.
  [[nodiscard]] bool is_long(const char* begin, const char* newline) const {
    auto size = static_cast<std::size_t>(newline - begin);
    return size > line_bytes_max_ && (size > line_bytes_max_ + 1 || newline[-1] != '\r');
  }

  void add_to_long_line(const char* begin, const char* end) {
    if (!long_line_) long_line_.emplace(offset_of(begin));
    long_line_->append({begin, static_cast<std::size_t>(end - begin)});
  }

  void set_long_line_aside() {
    long_line_->end();
    letters_.push_back({split_.address, long_line_->position(), long_line_->reason(line_bytes_max_),
                        long_line_->take_bytes()});
    long_line_.reset();
    ++context_.records_read;
  }

  /// The line that the readable part of the file ends in stands for the rest, which can't be read.
  void set_unreadable_aside(const Status& why) {
    long_line_.reset();
    letters_.push_back({split_.address, "offset=" + std::to_string(read_at_ - held_),
                        std::string(why.message()), std::string(block_.get(), held_)});
    ++context_.records_read;
    held_ = 0;
    ready_ = unused_ = block_.get();
    over_ = true;
  }

  std::unique_ptr<ReadableFile> file_;
  const FileSplit& split_;
  const std::uint64_t end_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  const std::size_t line_bytes_max_;
  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t held_ = 0;          ///< Bytes in the block.
  const char* ready_ = nullptr;   ///< Whole lines not handed out: [ready_, unused_).
  const char* unused_ = nullptr;  ///< What stays for the next block.
  std::uint64_t read_at_ = 0;
  bool skip_to_line_ = false;
  bool over_ = false;
  std::optional<LongLine> long_line_;  ///< While it is read.
};

}  // namespace

TextFileNode::TextFileNode(std::shared_ptr<SessionState> session, std::vector<FileSplit> splits)
    : RddNode<std::string_view>(std::move(session), "text_file", {},
                                static_cast<int>(splits.size())),
      splits_(std::move(splits)) {}

Result<CursorPointer<std::string_view>> TextFileNode::compute(int partition, TaskContext& context) {
  THALWEG_TRY_ASSIGN(auto blocks, open_blocks(partition, context));
  return make_line_cursor(std::move(blocks), address(partition), context);
}

Result<CursorPointer<std::string_view>> TextFileNode::open_matching(int partition,
                                                                    TaskContext& context,
                                                                    const TextSearch& search) {
  if (!can_match(search.text) || storage_level() != StorageLevel::none || checkpointed()) {
    return CursorPointer<std::string_view>();
  }
  THALWEG_TRY_ASSIGN(auto blocks, open_blocks(partition, context));
  return make_match_cursor(std::move(blocks), address(partition), search.text, context);
}

Result<std::unique_ptr<TextBlocks>> TextFileNode::open_blocks(int partition,
                                                              TaskContext& context) const {
  auto blocks = open_text_blocks(splits_[static_cast<std::size_t>(partition)], context,
                                 context.begin_letters(id(), partition));
  if (!blocks.ok()) return blocks.status().within(describe());
  return blocks;
}

const std::string& TextFileNode::address(int partition) const {
  return splits_[static_cast<std::size_t>(partition)].address;
}

Result<std::unique_ptr<TextBlocks>> open_text_blocks(const FileSplit& split, TaskContext& context,
                                                     std::vector<DeadLetter>& letters) {
  THALWEG_TRY_ASSIGN(std::unique_ptr<ReadableFile> bytes,
                     split.file.system->open_read(split.file.path));
  std::uint64_t end = split.end;
  if (split.begin == 0) {
    THALWEG_TRY_ASSIGN(Compression compression, compression_of(*bytes, split.file.path));
    if (compression != Compression::none) {
      THALWEG_TRY_ASSIGN(bytes, open_decompressed(std::move(bytes), compression));
      end = unknown_end;
    }
  }
  return std::unique_ptr<TextBlocks>(
      std::make_unique<LineBlocks>(std::move(bytes), split, end, context, letters));
}

Result<std::vector<FileEntry>> matching_files(const FileSystems& systems, const std::string& path) {
  std::vector<FileEntry> files;
  for (std::size_t begin = 0; begin <= path.size();) {
    std::size_t end = std::min(path.find(',', begin), path.size());
    THALWEG_TRY(add_files(systems, path.substr(begin, end - begin), &files));
    begin = end + 1;
  }
  return files;
}

Result<std::vector<FileSplit>> split_files(const FileSystems& systems,
                                           const std::vector<std::string>& addresses,
                                           int splits_min) {
  std::vector<FileEntry> entries;
  for (const auto& address : addresses) {
    THALWEG_TRY_ASSIGN(FileLocation location, systems.resolve(address));
    THALWEG_TRY_ASSIGN(FileEntry entry, location.system->describe(location.path));
    entry.path = address;
    entries.push_back(std::move(entry));
  }
  return split_files(systems, entries, splits_min);
}

Result<std::vector<FileSplit>> split_files(const FileSystems& systems,
                                           const std::vector<FileEntry>& entries, int splits_min) {
  std::vector<FileSplit> files;
  std::uint64_t bytes = 0;
  for (const auto& entry : entries) {
    if (entry.size_bytes == 0) continue;
    THALWEG_TRY_ASSIGN(FileLocation location, systems.resolve(entry.path));
    files.push_back({std::move(location), entry.path, 0, entry.size_bytes});
    bytes += entry.size_bytes;
  }
  std::uint64_t goal =
      std::max(split_bytes_min, bytes / static_cast<std::uint64_t>(std::max(1, splits_min)));
  std::vector<FileSplit> splits;
  for (const auto& file : files) {
    auto parts = std::max<std::uint64_t>(1, (file.end + goal / 2) / goal);
    if (parts > 1) {
      THALWEG_TRY_ASSIGN(bool whole, is_compressed(file));
      if (whole) parts = 1;
    }
    for (std::uint64_t part = 0; part < parts; ++part) {
      FileSplit split = file;
      split.begin = file.end * part / parts;
      split.end = file.end * (part + 1) / parts;
      splits.push_back(std::move(split));
    }
  }
  return splits;
}

}  // namespace thalweg
