// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/fixed_records.h"

#include <algorithm>

namespace thalweg {
namespace {

class FixedRecordsCursor final : public Cursor<std::string_view> {
 public:
  FixedRecordsCursor(std::unique_ptr<ReadableFile> file, std::string address,
                     std::size_t record_bytes, TaskContext& context,
                     std::vector<DeadLetter>& letters)
      : file_(std::move(file)),
        address_(std::move(address)),
        record_bytes_(record_bytes),
        records_max_(std::clamp<std::size_t>((256 << 10) / record_bytes, 1, chunk_rows_max)),
        block_(std::make_unique_for_overwrite<char[]>(records_max_ * record_bytes)),
        context_(context),
        letters_(letters) {}

  Result<Chunk<std::string_view>> next() override {
    if (context_.cancelled()) return job_stopped();
    records_.clear();
    THALWEG_TRY_ASSIGN(std::size_t got,
                       file_->read_at(offset_, block_.get(), records_max_ * record_bytes_));
    std::size_t whole = got / record_bytes_;
    context_.origin = {address_, block_.get(), block_.get() + got, offset_};
    for (std::size_t i = 0; i < whole; ++i) {
      records_.emplace(block_.get() + i * record_bytes_, record_bytes_);
    }
    if (got % record_bytes_ != 0) {
      letters_.push_back(
          {address_, "offset=" + std::to_string(offset_ + whole * record_bytes_),
           "the file ends within a record of " + std::to_string(record_bytes_) + " bytes",
           std::string(block_.get() + whole * record_bytes_, got % record_bytes_)});
    }
    offset_ += got;
    context_.records_read += static_cast<std::int64_t>(whole);
    return records_.chunk();
  }

 private:
  std::unique_ptr<ReadableFile> file_;
  const std::string address_;
  const std::size_t record_bytes_;
  const std::size_t records_max_;
  std::unique_ptr<char[]> block_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  std::uint64_t offset_ = 0;
  ChunkBuffer<std::string_view> records_;
};

}  // namespace

FixedRecordsNode::FixedRecordsNode(std::shared_ptr<SessionState> session,
                                   std::vector<std::string> addresses, std::size_t record_bytes)
    : RddNode<std::string_view>(std::move(session), "binary_records", {},
                                static_cast<int>(addresses.size())),
      addresses_(std::move(addresses)),
      record_bytes_(record_bytes) {}

Result<CursorPointer<std::string_view>> FixedRecordsNode::compute(int partition,
                                                                  TaskContext& context) {
  const std::string& address = addresses_[static_cast<std::size_t>(partition)];
  THALWEG_TRY_ASSIGN(FileLocation place, session().files.resolve(address));
  auto file = place.system->open_read(place.path);
  if (!file.ok()) return file.status().within(describe());
  return CursorPointer<std::string_view>(
      new FixedRecordsCursor(std::move(file).value(), address, record_bytes_, context,
                             context.begin_letters(id(), partition)));
}

}  // namespace thalweg
