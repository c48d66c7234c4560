// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/wal/log_writer.h"

#include <utility>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/state/durable_files_internal.h"
#include "thalweg/state/wal/segment_internal.h"

namespace thalweg {
namespace {

// Above this a record is written behind its frame's header, rather than copied to it.
constexpr std::size_t copied_bytes_max = std::size_t{64} << 10;

}  // namespace

class LogWriter::Impl {
 public:
  Impl(FileSystem& files, std::string directory, LogOptions options)
      : files_(files), directory_(std::move(directory)), options_(std::move(options)) {}

  Status open() {
    THALWEG_TRY(make_synced_directories(files_, directory_));
    THALWEG_TRY_ASSIGN(auto numbers, segments::list(files_, directory_, options_.name));
    if (numbers.empty()) return begin_segment(1, 0);
    return go_on_from(numbers);
  }

  Result<LogPosition> append(std::string_view record) {
    if (!failure_.ok()) return failure_;
    if (record.size() > record_bytes_max) {
      return Status(ErrorCode::invalid_argument,
                    "record too large for the log: " + std::to_string(record.size()) +
                        " bytes, at most " + std::to_string(record_bytes_max));
    }
    std::uint64_t size = segments::frame_header_bytes + record.size();
    if (end_ > segments::header_bytes && end_ + size > options_.segment_bytes_max) {
      THALWEG_TRY(keep(roll()));
    }
    LogPosition position{number_, end_, static_cast<std::uint32_t>(record.size())};
    THALWEG_TRY(keep(write(segments::frame_header(number_, end_, record), record)));
    end_ += size;
    synced_ = false;
    return position;
  }

  Status sync() {
    THALWEG_TRY(failure_);
    if (synced_) return {};
    THALWEG_TRY(keep(file_->sync()));
    synced_ = true;
    // What was synced stays so when this fails; then the next call tells.
    std::string mark = segments::sync_mark(number_, end_);
    if (keep(file_->append(mark)).ok()) end_ += mark.size();
    return {};
  }

  Status remove_before(std::uint64_t segment) {
    THALWEG_TRY(failure_);
    THALWEG_TRY_ASSIGN(auto numbers, segments::list(files_, directory_, options_.name));
    for (std::uint64_t number : numbers) {
      if (number >= segment || number >= number_) break;
      THALWEG_TRY(files_.remove(path_of(number)));
      // One by one: a power cut that undid some of several removals would leave a gap.
      THALWEG_TRY(files_.sync_directory(directory_));
    }
    return {};
  }

  [[nodiscard]] std::uint64_t segment() const { return number_; }
  [[nodiscard]] const LogTail& dropped() const { return dropped_; }

 private:
  [[nodiscard]] std::string path_of(std::uint64_t number) const {
    return segments::path_of(directory_, options_.name, number);
  }

  Status keep(Status status) {
    if (!status.ok() && failure_.ok()) failure_ = status;
    return status;
  }

  /// Makes the whole records of the last segment durable and begins another. They may be in the
  /// system's memory only, left by a process that died or whose sync failed, and syncing again
  /// would not tell. So they are written once more.
  Status go_on_from(const std::vector<std::uint64_t>& numbers) {
    const std::uint64_t number = numbers.back();
    THALWEG_TRY_ASSIGN(auto last, segments::Segment::read(files_, path_of(number), number, true));
    bool has_records = false;
    while (true) {
      THALWEG_TRY_ASSIGN(auto record, last.next());
      if (!record) break;
      has_records = true;
    }
    dropped_ = last.dropped();
    if (dropped_.bytes_dropped > 0) {
      log(LogLevel::warning, "log segment ends in a record that was not written whole: " +
                                 std::to_string(dropped_.bytes_dropped) +
                                 " bytes dropped at offset " + std::to_string(dropped_.offset) +
                                 ": " + dropped_.path);
    }
    if (has_records) {
      THALWEG_TRY(replace_file(files_, path_of(number), last.whole()));
      THALWEG_TRY(files_.sync_directory(directory_));
      return begin_segment(number + 1, last.whole().size());
    }
    // One without records is begun again, so that opening often leaves no trail of them.
    std::uint64_t size_before = last.size_before().value_or(0);
    if (!last.size_before() && numbers.size() > 1) {
      THALWEG_TRY_ASSIGN(auto before, files_.describe(path_of(numbers[numbers.size() - 2])));
      size_before = before.size_bytes;
    }
    return begin_segment(number, size_before);
  }

  Status begin_segment(std::uint64_t number, std::uint64_t size_before) {
    std::string header = segments::header(number, size_before);
    THALWEG_KILL_POINT("segment.before");
    THALWEG_TRY_ASSIGN(file_, files_.open_write(path_of(number)));
    THALWEG_KILL_POINT("segment.created");
    THALWEG_TRY(file_->append(header));
    THALWEG_TRY(file_->sync());
    THALWEG_TRY(files_.sync_directory(directory_));
    THALWEG_KILL_POINT("segment.begun");
    number_ = number;
    end_ = header.size();
    synced_ = true;
    return {};
  }

  /// Readers take damage in a segment that is not the last for loss: so all of it is synced first,
  /// its last mark too.
  Status roll() {
    THALWEG_TRY(file_->sync());
    THALWEG_TRY(file_->close());
    return begin_segment(number_ + 1, end_);
  }

  Status write(std::string frame, std::string_view record) {
    if (record.size() <= copied_bytes_max) return file_->append(frame.append(record));
    THALWEG_TRY(file_->append(frame));
    return file_->append(record);
  }

  FileSystem& files_;
  const std::string directory_;
  const LogOptions options_;
  std::unique_ptr<WritableFile> file_;
  std::uint64_t number_ = 0;
  std::uint64_t end_ = 0;  // Of the segment, in bytes.
  bool synced_ = true;
  Status failure_;
  LogTail dropped_;
};

LogWriter::LogWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogWriter::~LogWriter() = default;

Result<std::unique_ptr<LogWriter>> LogWriter::open(FileSystem& files, const std::string& directory,
                                                   LogOptions options) {
  auto impl = std::make_unique<Impl>(files, directory, std::move(options));
  THALWEG_TRY(impl->open());
  return std::unique_ptr<LogWriter>(new LogWriter(std::move(impl)));
}

Result<LogPosition> LogWriter::append(std::string_view record) { return impl_->append(record); }
Status LogWriter::sync() { return impl_->sync(); }
Status LogWriter::remove_before(std::uint64_t segment) { return impl_->remove_before(segment); }
std::uint64_t LogWriter::segment() const { return impl_->segment(); }
const LogTail& LogWriter::dropped() const { return impl_->dropped(); }

}  // namespace thalweg
