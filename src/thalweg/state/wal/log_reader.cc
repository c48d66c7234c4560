// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/wal/log_reader.h"

#include <utility>

#include "thalweg/state/wal/segment_internal.h"

namespace thalweg {

class LogReader::Impl {
 public:
  Impl(FileSystem& files, std::string directory, std::string name)
      : files_(files), directory_(std::move(directory)), name_(std::move(name)) {}

  Status open() {
    THALWEG_TRY_ASSIGN(numbers_, segments::list(files_, directory_, name_));
    for (std::size_t i = 1; i < numbers_.size(); ++i) {
      std::uint64_t expected = numbers_[i - 1] + 1;
      if (numbers_[i] != expected) {
        return {ErrorCode::data_loss, "log segment is missing: " + path_of(expected) +
                                          "; later ones are there, up to number " +
                                          std::to_string(numbers_.back())};
      }
    }
    return {};
  }

  Result<std::optional<LogRecord>> next() {
    if (!failure_.ok()) return failure_;
    auto record = find_next();
    if (!record.ok()) failure_ = record.status();
    return record;
  }

  Result<std::string> read(const LogPosition& position) {
    THALWEG_TRY(reach(position));
    std::string bytes(segments::frame_header_bytes + position.length_bytes, '\0');
    THALWEG_TRY_ASSIGN(auto size, file_->size_bytes());
    bool fits = position.offset <= size && bytes.size() <= size - position.offset;
    std::optional<segments::Frame> frame;
    if (fits) {
      THALWEG_TRY_ASSIGN(auto got, file_->read_at(position.offset, bytes.data(), bytes.size()));
      bytes.resize(got);
      frame = segments::frame_at(position.segment, position.offset, bytes);
    }
    if (!frame || frame->is_mark || frame->record.size() != position.length_bytes) {
      return Status(ErrorCode::data_loss,
                    "log segment does not hold the record " + to_string(position) + " at offset " +
                        std::to_string(position.offset) + ": " + path_of(position.segment));
    }
    return bytes.substr(segments::frame_header_bytes);
  }

  [[nodiscard]] const LogTail& dropped() const { return dropped_; }

 private:
  [[nodiscard]] std::string path_of(std::uint64_t number) const {
    return segments::path_of(directory_, name_, number);
  }

  Result<std::optional<LogRecord>> find_next() {
    for (; index_ < numbers_.size(); ++index_, segment_.reset()) {
      bool is_last = index_ + 1 == numbers_.size();
      std::uint64_t number = numbers_[index_];
      if (!segment_) {
        THALWEG_TRY_ASSIGN(segment_,
                           segments::Segment::read(files_, path_of(number), number, is_last));
        THALWEG_TRY(check_before(*segment_));
      }
      THALWEG_TRY_ASSIGN(auto record, segment_->next());
      if (record) return record;
      dropped_ = segment_->dropped();
      size_read_ = segment_->whole().size();
    }
    return std::optional<LogRecord>();
  }

  /// A segment that was cut where a frame ends looks whole; the one behind it knows better.
  Status check_before(const segments::Segment& segment) const {
    if (index_ == 0 || !segment.size_before() || *segment.size_before() == size_read_) return {};
    return {ErrorCode::data_loss, "log segment has " + std::to_string(size_read_) + " bytes, " +
                                      std::to_string(*segment.size_before()) +
                                      " were written: " + path_of(numbers_[index_ - 1])};
  }

  /// Opens the file of a position, unless it is the one that read() used last.
  Status reach(const LogPosition& position) {
    if (file_ && file_number_ == position.segment) return {};
    std::string path = path_of(position.segment);
    auto file = files_.open_read(path);
    if (!file.ok() && file.status().code() == ErrorCode::not_found) {
      return {ErrorCode::data_loss,
              "log segment is missing, with record " + to_string(position) + ": " + path};
    }
    THALWEG_TRY(file.status());
    std::string begin(segments::header_bytes, '\0');
    THALWEG_TRY_ASSIGN(auto got, file.value()->read_at(0, begin.data(), begin.size()));
    begin.resize(got);
    THALWEG_TRY(segments::check_header(begin, position.segment, path).status());
    file_ = std::move(file).value();
    file_number_ = position.segment;
    return {};
  }

  FileSystem& files_;
  const std::string directory_;
  const std::string name_;
  std::vector<std::uint64_t> numbers_;
  std::size_t index_ = 0;  // Of the segment that next() reads.
  std::optional<segments::Segment> segment_;
  std::uint64_t size_read_ = 0;  // Of the segment before that one, in bytes.
  LogTail dropped_;
  Status failure_;
  std::unique_ptr<ReadableFile> file_;  // Of read().
  std::uint64_t file_number_ = 0;
};

LogReader::LogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogReader::~LogReader() = default;

Result<std::unique_ptr<LogReader>> LogReader::open(FileSystem& files, const std::string& directory,
                                                   const std::string& name) {
  auto impl = std::make_unique<Impl>(files, directory, name);
  THALWEG_TRY(impl->open());
  return std::unique_ptr<LogReader>(new LogReader(std::move(impl)));
}

Result<std::optional<LogRecord>> LogReader::next() { return impl_->next(); }
const LogTail& LogReader::dropped() const { return impl_->dropped(); }
Result<std::string> LogReader::read(const LogPosition& position) { return impl_->read(position); }

}  // namespace thalweg
