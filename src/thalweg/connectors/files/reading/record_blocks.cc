// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/record_blocks.h"

#include <algorithm>
#include <cstring>

#include "thalweg/columnar/compression/compression.h"

namespace thalweg::files {

Result<std::unique_ptr<RecordBlocks>> RecordBlocks::open(const FileSystems& systems, FilePart part,
                                                         std::uint64_t from, RecordDecoder& decoder,
                                                         std::size_t record_bytes_max) {
  std::unique_ptr<RecordBlocks> blocks(
      new RecordBlocks(std::move(part), decoder, record_bytes_max));
  THALWEG_TRY(blocks->begin(systems, from));
  return blocks;
}

Result<std::unique_ptr<RecordBlocks>> RecordBlocks::of_open_file(std::shared_ptr<ReadableFile> file,
                                                                 FilePart part, std::uint64_t from,
                                                                 RecordDecoder& decoder,
                                                                 std::size_t record_bytes_max) {
  std::unique_ptr<RecordBlocks> blocks(
      new RecordBlocks(std::move(part), decoder, record_bytes_max));
  blocks->file_ = std::move(file);
  blocks->found_.keeps_bytes = true;
  THALWEG_TRY(blocks->go_to(from));
  return blocks;
}

Status RecordBlocks::begin(const FileSystems& systems, std::uint64_t from) {
  THALWEG_TRY_ASSIGN(found_, open_found(systems, part_));
  if (part_.is_whole()) {
    THALWEG_TRY_ASSIGN(Compression compression, compression_of(*found_.file, found_.place.path));
    compressed_ = compression != Compression::none;
    if (compressed_) {
      THALWEG_TRY_ASSIGN(found_.file, open_decompressed(std::move(found_.file), compression));
    }
  }
  file_ = std::move(found_.file);
  return go_to(from);
}

Status RecordBlocks::go_to(std::uint64_t from) {
  bool from_begin = from <= part_.begin;
  held_at_ = from_begin ? part_.begin : from;
  if (held_at_ > 0 && (compressed_ || decoder_.needs_head())) THALWEG_TRY(read_head());
  if (from_begin && part_.begin > 0 && decoder_.is_line_wise()) {
    // One byte early: if it ends a line, the part's first line starts at its first byte.
    --held_at_;
    skips_first_line_ = true;
  }
  return {};
}

Status RecordBlocks::read_head() {
  std::string bytes(block_bytes, '\0');
  std::uint64_t done = 0;
  do {
    // What is decompressed is read from its beginning on.
    std::size_t wanted =
        compressed_
            ? static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, held_at_ - done))
            : block_bytes;
    THALWEG_TRY_ASSIGN(std::size_t got, read_at(done, bytes.data(), wanted));
    // A header is not longer than a block.
    if (done == 0 && decoder_.needs_head()) THALWEG_TRY(decoder_.read_head({bytes.data(), got}));
    if (got == 0) break;
    done += got;
  } while (compressed_ && done < held_at_);
  return {};
}

Result<RecordBlock> RecordBlocks::next(std::vector<Rejected>& rejected) {
  while (!over_) {
    if (!ended_) THALWEG_TRY(read_more());
    if (skips_first_line_) {
      std::size_t newline = held_.find('\n');
      bool found = newline != std::string_view::npos;
      drop(found ? newline + 1 : held_.size());
      skips_first_line_ = !found;
      // All of the part may belong to a line of the part before.
      if (found && held_at_ >= part_.end) {
        over_ = true;
        break;
      }
      if (found) cut_at_end();
    }
    if (long_line_) drop_long_line(rejected);
    std::size_t whole = decoder_.whole_records(held_, ended_ && unreadable_.ok());
    RecordBlock records{block_, held_.substr(0, whole)};
    drop(whole);
    if (ended_ && (held_.empty() || (whole == 0 && !unreadable_.ok()))) {
      if (!unreadable_.ok()) drop_unreadable(rejected);
      over_ = true;
      if (unreadable_.ok()) THALWEG_TRY(check_found(found_, part_));
    }
    if (whole > 0 || over_) return records;
    if (held_.size() > record_bytes_max_) {
      long_line_.emplace(held_at_);
      drop_long_line(rejected);
    }
  }
  return RecordBlock();
}

Status RecordBlocks::read_more() {
  // Twice as much each time while one record goes on; always of these sizes, so that a second
  // reader that begins here finds the same.
  std::size_t held_next = block_bytes;
  while (held_next <= held_.size()) held_next *= 2;
  std::size_t wanted = held_next - held_.size();
  std::shared_ptr<char[]> block(new char[held_next + padding_bytes]);
  if (!held_.empty()) std::memcpy(block.get(), held_.data(), held_.size());
  auto got = read_at(held_at_ + held_.size(), block.get() + held_.size(), wanted);
  std::size_t size = held_.size();
  if (got.ok()) {
    size += got.value();
    ended_ = compressed_ ? got.value() == 0 : held_at_ + size >= part_.size_bytes;
  } else {
    if (got.status().code() != ErrorCode::data_loss || !compressed_) return got.status();
    unreadable_ = got.status();
    ended_ = true;
  }
  std::memset(block.get() + size, 0, padding_bytes);
  block_ = std::move(block);
  held_ = {block_.get(), size};
  if (!skips_first_line_) cut_at_end();
  return {};
}

Result<std::size_t> RecordBlocks::read_at(std::uint64_t offset, char* out, std::size_t size) {
  if (!compressed_) {
    size = static_cast<std::size_t>(
        std::min<std::uint64_t>(size, part_.size_bytes - std::min(offset, part_.size_bytes)));
    THALWEG_TRY_ASSIGN(std::size_t got, file_->read_at(offset, out, size));
    if (got == size) return got;
    return file_changed(part_, "it had " + std::to_string(part_.size_bytes) +
                                   " bytes, and ends after " + std::to_string(offset + got));
  }
  std::size_t done = 0;
  while (done < size) {
    auto got = file_->read_at(offset + done, out + done, size - done);
    // What came before a failure is returned first; the failure comes again.
    if (!got.ok() && done == 0) return got.status();
    if (!got.ok() || got.value() == 0) break;
    done += got.value();
  }
  return done;
}

void RecordBlocks::cut_at_end() {
  if (part_.is_whole() || held_at_ + held_.size() < part_.end || part_.end == part_.size_bytes) {
    return;
  }
  auto inside = static_cast<std::size_t>(part_.end - std::min(held_at_, part_.end));
  if (!decoder_.is_line_wise()) {
    held_ = held_.substr(0, inside);
    ended_ = true;
    return;
  }
  // The line that holds the part's last byte is its last.
  std::size_t newline = held_.find('\n', inside == 0 ? 0 : inside - 1);
  if (newline == std::string_view::npos) return;
  held_ = held_.substr(0, newline + 1);
  ended_ = true;
}

void RecordBlocks::drop(std::size_t bytes) {
  held_.remove_prefix(bytes);
  held_at_ += bytes;
}

void RecordBlocks::drop_long_line(std::vector<Rejected>& rejected) {
  std::size_t newline = held_.find('\n');
  bool found = newline != std::string_view::npos;
  long_line_->append(held_.substr(0, newline));
  drop(found ? newline + 1 : held_.size());
  if (!found && !ended_) return;
  long_line_->end();
  rejected.push_back({Position{long_line_->position()}, long_line_->reason(record_bytes_max_),
                      long_line_->take_bytes()});
  long_line_.reset();
}

void RecordBlocks::drop_unreadable(std::vector<Rejected>& rejected) {
  LongLine rest(held_at_);
  rest.append(held_);
  rejected.push_back(
      {Position{rest.position()}, std::string(unreadable_.message()), rest.take_bytes()});
  drop(held_.size());
}

}  // namespace thalweg::files
