// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/bytes/crc32c.h"
#include "thalweg/state/durable_files_internal.h"
#include "thalweg/state/wal/segment_internal.h"

namespace thalweg::segments {
namespace {

constexpr std::string_view magic = "THWGLOG1";
constexpr std::uint32_t version = 1;
constexpr std::uint32_t mark_length = 0xFFFFFFFF;
constexpr std::string_view mark_bytes = "THWGSYNC";
constexpr std::string_view suffix = ".log";

/// Where a frame lies is part of its check, so that bytes of another place do not pass for it.
std::uint32_t frame_check(std::uint64_t number, std::uint64_t offset, std::uint32_t length,
                          std::string_view payload) {
  Encoder place;
  place.put_number(number);
  place.put_number(offset);
  place.put_number(length);
  return extend_crc32c(crc32c(place.bytes()), payload);
}

std::string frame_header_of(std::uint64_t number, std::uint64_t offset, std::uint32_t length,
                            std::string_view payload) {
  Encoder out;
  out.put_number(length);
  out.put_number(frame_check(number, offset, length, payload));
  return out.take();
}

/// True when a sync mark lies at `from` or behind it.
bool has_mark_behind(std::uint64_t number, std::string_view bytes, std::uint64_t from) {
  for (auto found = bytes.find(mark_bytes, from); found != std::string_view::npos;
       found = bytes.find(mark_bytes, found + 1)) {
    if (found < from + frame_header_bytes) continue;
    std::uint64_t offset = found - frame_header_bytes;
    auto frame = frame_at(number, offset, bytes.substr(offset));
    if (frame && frame->is_mark) return true;
  }
  return false;
}

}  // namespace

std::string path_of(const std::string& directory, const std::string& name, std::uint64_t number) {
  return join_path(directory, numbered(name, number) + std::string(suffix));
}

Result<std::vector<std::uint64_t>> list(FileSystem& files, const std::string& directory,
                                        const std::string& name) {
  THALWEG_TRY_ASSIGN(auto entries, files.list(directory));
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : entries) {
    auto number = number_of(base_name(entry.path), name, suffix);
    if (number) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string header(std::uint64_t number, std::uint64_t size_before) {
  Encoder out;
  out.put_bytes(magic);
  out.put_number(version);
  out.put_number<std::uint32_t>(0);  // Flags: none yet.
  out.put_number(number);
  out.put_number(size_before);
  out.put_number(crc32c(out.bytes()));
  return out.take();
}

Result<std::uint64_t> check_header(std::string_view bytes, std::uint64_t number,
                                   const std::string& path) {
  Decoder in(bytes);
  bool ours = in.get_bytes(magic.size()) == magic;
  auto file_version = in.get_number<std::uint32_t>();
  in.get_number<std::uint32_t>();
  auto file_number = in.get_number<std::uint64_t>();
  auto size_before = in.get_number<std::uint64_t>();
  auto check = in.get_number<std::uint32_t>();
  if (!ours || in.failed() || check != crc32c(bytes.substr(0, header_bytes - sizeof check))) {
    return Status(ErrorCode::data_loss, "log segment does not begin as one, at offset 0: " + path);
  }
  if (file_version > version) {
    return Status(ErrorCode::unsupported, "log segment of version " + std::to_string(file_version) +
                                              ", this program reads up to " +
                                              std::to_string(version) + ": " + path);
  }
  if (file_number != number) {
    return Status(ErrorCode::data_loss,
                  "log segment holds the number " + std::to_string(file_number) + ": " + path);
  }
  return size_before;
}

std::string frame_header(std::uint64_t number, std::uint64_t offset, std::string_view record) {
  return frame_header_of(number, offset, static_cast<std::uint32_t>(record.size()), record);
}

std::string sync_mark(std::uint64_t number, std::uint64_t offset) {
  return frame_header_of(number, offset, mark_length, mark_bytes) + std::string(mark_bytes);
}

std::optional<Frame> frame_at(std::uint64_t number, std::uint64_t offset, std::string_view bytes) {
  Decoder in(bytes);
  auto length = in.get_number<std::uint32_t>();
  auto check = in.get_number<std::uint32_t>();
  bool is_mark = length == mark_length;
  std::string_view payload = in.get_bytes(is_mark ? mark_bytes.size() : length);
  if (in.failed() || check != frame_check(number, offset, length, payload)) return std::nullopt;
  return Frame{is_mark, payload, frame_header_bytes + payload.size()};
}

Result<Segment> Segment::read(FileSystem& files, std::string path, std::uint64_t number,
                              bool is_last) {
  THALWEG_TRY_ASSIGN(auto bytes, read_whole_file(files, path));
  Segment segment(std::move(path), number, is_last, std::move(bytes));
  auto size_before = check_header(segment.bytes_, number, segment.path_);
  if (size_before.ok()) {
    segment.size_before_ = size_before.value();
    segment.at_ = header_bytes;
    return segment;
  }
  // The header is synced before the first record is written: a bad one alone was being created.
  bool was_being_created = is_last && segment.bytes_.size() <= header_bytes;
  Status begins = size_before.status();
  if (begins.code() != ErrorCode::data_loss || !was_being_created) return begins;
  segment.dropped_ = LogTail{segment.path_, 0, segment.bytes_.size()};
  segment.bytes_.clear();
  return segment;
}

Result<std::optional<LogRecord>> Segment::next() {
  while (at_ < bytes_.size()) {
    auto frame = frame_at(number_, at_, std::string_view(bytes_).substr(at_));
    if (!frame) {
      THALWEG_TRY(end_at_damage());
      break;
    }
    LogPosition position{number_, at_, static_cast<std::uint32_t>(frame->record.size())};
    at_ += frame->size_bytes;
    if (!frame->is_mark) return std::optional(LogRecord{position, frame->record});
  }
  return std::optional<LogRecord>();
}

Status Segment::end_at_damage() {
  if (!is_last_ || has_mark_behind(number_, bytes_, at_)) {
    return {ErrorCode::data_loss, "log segment does not hold what was written, at offset " +
                                      std::to_string(at_) + ": " + path_};
  }
  dropped_ = LogTail{path_, at_, bytes_.size() - at_};
  bytes_.resize(at_);
  return {};
}

}  // namespace thalweg::segments
