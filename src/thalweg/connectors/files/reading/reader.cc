// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/reader.h"

#include <cstring>
#include <utility>

#include "thalweg/columnar/formats/parquet_reader.h"
#include "thalweg/connectors/files/reading/follow_position.h"
#include "thalweg/connectors/files/reading/parquet_part.h"
#include "thalweg/connectors/files/reading/partition_columns.h"
#include "thalweg/connectors/files/reading/record_blocks.h"

namespace thalweg::files {
namespace {

constexpr std::string_view unit = "offset";

/// The first `count` lines, or as many as there are. Counts them.
std::string_view first_lines(std::string_view lines, std::size_t& count) {
  std::size_t size = 0;
  std::size_t found = 0;
  while (found < count && size < lines.size()) {
    const void* newline = std::memchr(lines.data() + size, '\n', lines.size() - size);
    size = static_cast<std::size_t>(static_cast<const char*>(newline) - lines.data()) + 1;
    ++found;
  }
  count = found;
  return lines.substr(0, size);
}

/// Hands out the rows of one block after the other.
class FileReader : public PartitionReader {
 public:
  FileReader(FilePart part, RowPlace from, const ReadingOptions& reading,
             const ConnectorContext& context)
      : part_(std::move(part)), from_(from), reading_(reading), context_(context) {}

  Result<Polled> poll(std::size_t rows_max, Duration) override {
    if (context_.stop.stop_requested()) {
      return Status(ErrorCode::cancelled, "source files: stopped");
    }
    Polled polled;
    if (finished_) return polled;
    if (blocks_ == nullptr) THALWEG_TRY(open(polled.rejected));
    if (!finished_ && at_end_of_block()) THALWEG_TRY(read_block(polled.rejected));
    if (!finished_) polled.batch = take_rows(rows_max);
    if (!finished_ && at_end_of_block() && blocks_->over()) finished_ = true;
    return polled;
  }

  Position position() const override {
    if (finished_) return {std::string(end_of_file)};
    if (blocks_ == nullptr) return to_position(unit, from_);
    // The next block is asked for where this one ends.
    if (at_end_of_block()) return to_position(unit, {blocks_->offset(), 0});
    return to_position(unit, {block_at_, rows_read_});
  }
  bool finished() const override { return finished_; }
  /// Nothing to do: a range ends where its part does.
  Status stop_at(const Position&) override { return {}; }

 protected:
  virtual Result<std::unique_ptr<RecordBlocks>> open_blocks(RecordDecoder& decoder) {
    return RecordBlocks::open(context_.files, part_, from_.unit, decoder,
                              reading_.record_bytes_max);
  }

  FilePart part_;
  RowPlace from_;
  const ReadingOptions& reading_;
  const ConnectorContext context_;

 private:
  Status open(std::vector<Rejected>& rejected) {
    THALWEG_TRY_ASSIGN(columns_, PartitionColumns::make(part_.address, reading_, context_.wanted));
    THALWEG_TRY_ASSIGN(decoder_,
                       make_decoder(reading_.format, columns_.in_file(), reading_.decoder));
    auto blocks = open_blocks(*decoder_);
    if (blocks.ok()) {
      blocks_ = std::move(blocks).value();
      return {};
    }
    Status why = std::move(blocks).status();
    if (!reading_.ignores(why)) return why;
    // The parts of a file are one dead letter.
    if (part_.begin == 0)
      rejected.push_back({Position{"offset=0"}, std::string(why.message()), ""});
    finished_ = true;
    return {};
  }

  [[nodiscard]] bool at_end_of_block() const { return rows_read_ == row_count_; }

  /// Reads until there are rows, rejected records, or the end.
  Status read_block(std::vector<Rejected>& rejected) {
    while (!blocks_->over() && at_end_of_block() && rejected.empty()) {
      block_at_ = blocks_->offset();
      THALWEG_TRY_ASSIGN(RecordBlock block, blocks_->next(rejected));
      if (block.bytes.empty()) continue;
      std::uint64_t at = blocks_->offset() - block.bytes.size();
      auto decoded = decoder_->decode(block);
      if (!decoded.ok()) {
        return decoded.status().within("source files: " + part_.address + " from offset " +
                                       std::to_string(at) + " on");
      }
      take_decoded(std::move(decoded).value(), block, at, rejected);
      THALWEG_TRY_ASSIGN(batch_, columns_.add_to(batch_));
    }
    if (blocks_->over() && at_end_of_block()) finished_ = true;
    return {};
  }

  void take_decoded(Decoded decoded, const RecordBlock& block, std::uint64_t at,
                    std::vector<Rejected>& rejected) {
    for (const auto& record : decoded.rejected) {
      rejected.push_back({Position{"offset=" + std::to_string(at + record.offset)}, record.reason,
                          std::string(block.bytes.substr(record.offset, record.length))});
    }
    batch_ = std::move(decoded.batch);
    row_count_ = batch_.row_count();
    text_ = batch_.text();
    rows_read_ = 0;
    // Only the first block can have been read in part; what it rejects was told then.
    std::size_t skipped = std::min(std::exchange(from_.rows, 0), row_count_);
    if (skipped == 0) return;
    rejected.clear();
    (void)take_rows(skipped);
  }

  Batch take_rows(std::size_t rows_max) {
    std::size_t count = std::min(rows_max, row_count_ - rows_read_);
    if (count == 0) return {};
    Batch rows;
    if (batch_.is_text()) {
      std::string_view lines = first_lines(text_, count);
      text_.remove_prefix(lines.size());
      rows = Batch::of_text(std::make_shared<Batch>(batch_), lines);
    } else {
      rows = batch_.slice(rows_read_, count);
    }
    rows_read_ += count;
    return rows;
  }

  PartitionColumns columns_;
  std::unique_ptr<RecordDecoder> decoder_;
  std::unique_ptr<RecordBlocks> blocks_;
  std::uint64_t block_at_ = 0;  ///< Where the block that is handed out begins.
  Batch batch_;
  std::string_view text_;  ///< Of a batch of lines: those not handed out.
  std::size_t rows_read_ = 0;
  std::size_t row_count_ = 0;
  bool finished_ = false;
};

/// Reads a file that grows up to where it is told.
class Follower final : public FileReader {
 public:
  Follower(std::shared_ptr<ReadableFile> file, FilePart part, RowPlace from,
           const ReadingOptions& reading, const ConnectorContext& context)
      : FileReader(std::move(part), from, reading, context), file_(std::move(file)) {}

  Status stop_at(const Position& end) override {
    THALWEG_TRY_ASSIGN(FollowPosition until, follow_position_of(end));
    part_.size_bytes = part_.end = until.offset;
    if (until.from_begin) from_ = {};
    return {};
  }

 private:
  Result<std::unique_ptr<RecordBlocks>> open_blocks(RecordDecoder& decoder) override {
    return RecordBlocks::of_open_file(file_, part_, from_.unit, decoder, reading_.record_bytes_max);
  }

  const std::shared_ptr<ReadableFile> file_;
};

}  // namespace

std::unique_ptr<PartitionReader> make_follower(std::shared_ptr<ReadableFile> file,
                                               std::string address, std::uint64_t from,
                                               const ReadingOptions& reading,
                                               const ConnectorContext& context) {
  return std::make_unique<Follower>(std::move(file),
                                    FilePart{std::move(address), from, Time(), 0, from},
                                    RowPlace{from, 0}, reading, context);
}

Result<std::unique_ptr<PartitionReader>> make_reader(FilePart part, const Position& from,
                                                     const ReadingOptions& reading,
                                                     const ConnectorContext& context) {
  if (reading.format == "parquet") {
    return make_parquet_reader(std::move(part), from, reading, context);
  }
  THALWEG_TRY_ASSIGN(RowPlace place, row_place_of(unit, from, "a file"));
  return std::unique_ptr<PartitionReader>(
      std::make_unique<FileReader>(std::move(part), place, reading, context));
}

Result<bool> check_format(const ReadingOptions& reading, const ConnectorContext& context) {
  if (reading.format == "parquet") {
    THALWEG_TRY(check_parquet().within("source files"));
    return true;
  }
  const ConnectorContext chosen = with_schema(context, reading);
  Schema wanted = chosen.wanted == nullptr ? Schema() : *chosen.wanted;
  bool one_column = reading.format == "text" || reading.format == "binary";
  // The others may be in the names of directories.
  auto value = wanted.find("value");
  if (one_column && value && wanted.fields.size() > 1) wanted.fields = {wanted.fields[*value]};
  auto decoder = make_decoder(reading.format, wanted, reading.decoder);
  if (!decoder.ok()) return decoder.status().within("source files");
  return decoder.value()->is_line_wise() || reading.format == "binary";
}

}  // namespace thalweg::files
