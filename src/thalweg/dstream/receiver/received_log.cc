// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/received_log.h"

#include <utility>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/faults/kill_point.h"

namespace thalweg {
namespace {

/// Small, so that what is worked on goes soon.
constexpr std::uint64_t segment_bytes_max = std::uint64_t{16} << 20;

}  // namespace

ReceivedLog::ReceivedLog(std::shared_ptr<FileSystem> files, std::string directory, std::string name)
    : files_(std::move(files)), directory_(std::move(directory)), name_(std::move(name)) {}

Result<std::shared_ptr<ReceivedLog>> ReceivedLog::open(std::shared_ptr<FileSystem> files,
                                                       const std::string& directory,
                                                       const std::string& name) {
  std::shared_ptr<ReceivedLog> log(new ReceivedLog(std::move(files), directory, name));
  THALWEG_TRY(log->reopen());
  return log;
}

Status ReceivedLog::reopen() {
  std::lock_guard lock(mutex_);
  reader_.reset();
  writer_.reset();
  THALWEG_TRY_ASSIGN(writer_,
                     LogWriter::open(*files_, directory_,
                                     {.name = name_, .segment_bytes_max = segment_bytes_max}));
  return {};
}

Result<LogPosition> ReceivedLog::append(const Block& block, std::int64_t records,
                                        const BlockCodec* codec) {
  if (codec == nullptr) {
    return Status(ErrorCode::unsupported,
                  "columns that were received can't be written ahead yet; set write_ahead_log to "
                  "false to go without");
  }
  Encoder out;
  out.put_length(static_cast<std::uint64_t>(records));
  codec->encode(block, out);
  std::lock_guard lock(mutex_);
  if (writer_ == nullptr) return Status(ErrorCode::unavailable, "the log could not be opened");
  THALWEG_KILL_POINT("received.before");
  THALWEG_TRY_ASSIGN(auto position, writer_->append(out.bytes()));
  THALWEG_KILL_POINT("received.appended");
  THALWEG_TRY(writer_->sync());
  THALWEG_KILL_POINT("received.written");
  return position;
}

Result<LogReader*> ReceivedLog::reader() {
  if (reader_ == nullptr) {
    THALWEG_TRY_ASSIGN(reader_, LogReader::open(*files_, directory_, name_));
  }
  return reader_.get();
}

Result<std::shared_ptr<const Block>> ReceivedLog::read(const LogPosition& position,
                                                       const BlockCodec& codec) {
  std::string bytes;
  {
    std::lock_guard lock(mutex_);
    THALWEG_TRY_ASSIGN(LogReader * log, reader());
    THALWEG_TRY_ASSIGN(bytes, log->read(position));
  }
  Decoder in(bytes);
  in.get_length();
  return codec.decode(bytes.substr(bytes.size() - in.bytes_left()));
}

Status ReceivedLog::for_each_after(
    const LogPosition& after,
    const std::function<void(const LogPosition& position, std::int64_t records)>& visit) {
  std::lock_guard lock(mutex_);
  THALWEG_TRY_ASSIGN(auto log, LogReader::open(*files_, directory_, name_));
  while (true) {
    THALWEG_TRY_ASSIGN(auto record, log->next());
    if (!record) return {};
    if (record->position <= after) continue;
    Decoder in(record->bytes);
    visit(record->position, static_cast<std::int64_t>(in.get_length()));
  }
}

Status ReceivedLog::remove_before(const LogPosition& position) {
  std::lock_guard lock(mutex_);
  return writer_ == nullptr ? Status() : writer_->remove_before(position.segment);
}

}  // namespace thalweg
