// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/parquet_part.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/parquet_reader.h"
#include "thalweg/columnar/long_line.h"
#include "thalweg/connectors/files/reading/found_file.h"
#include "thalweg/connectors/files/reading/partition_columns.h"

namespace thalweg::files {
namespace {

constexpr std::string_view unit = "group";

/// Errors: invalid_argument for the first value that `wanted` does not take.
Status check_values(const Batch& batch, const Schema& wanted) {
  THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
  for (std::size_t i = 0; i < std::min(columns.size(), wanted.fields.size()); ++i) {
    const Field& field = wanted.fields[i];
    for (std::size_t row = 0; row < columns[i].row_count; ++row) {
      bool fits = !field.required;
      if (!columns[i].is_null(row)) {
        fits = columns[i].type != Type::int64 || (columns[i].integer(row) >= field.integer_min &&
                                                  columns[i].integer(row) <= field.integer_max);
      }
      if (!fits) {
        return {ErrorCode::invalid_argument,
                "field \"" + field.name + "\" is null, or has a value that does not fit"};
      }
    }
  }
  return {};
}

std::uint64_t number_of(int group) { return static_cast<std::uint64_t>(group); }

class ParquetPart final : public PartitionReader {
 public:
  ParquetPart(FilePart part, RowPlace from, const ReadingOptions& reading,
              const ConnectorContext& context)
      : part_(std::move(part)), place_(from), reading_(reading), context_(context) {}

  Result<Polled> poll(std::size_t rows_max, Duration) override {
    if (context_.stop.stop_requested()) {
      return Status(ErrorCode::cancelled, "source files: stopped");
    }
    Polled polled;
    if (!finished_ && reader_ == nullptr) THALWEG_TRY(open(polled.rejected));
    while (!finished_ && polled.batch.empty() && polled.rejected.empty()) {
      if (at_ < batch_.row_count()) {
        THALWEG_TRY_ASSIGN(polled.batch, take_rows(rows_max));
      } else if (next_group_ == groups_.size() && rows_ == nullptr) {
        THALWEG_TRY(check_found(found_, part_));
        finished_ = true;
      } else {
        Status read = read_batch();
        if (!read.ok()) THALWEG_TRY(reject_rows(read, polled.rejected));
      }
    }
    return polled;
  }

  Position position() const override {
    return finished_ ? Position{std::string(end_of_file)} : to_position(unit, place_);
  }
  bool finished() const override { return finished_; }
  /// Nothing to do: a range ends where its part does.
  Status stop_at(const Position&) override { return {}; }

 private:
  /// Finds the file and opens it; what can't be read of it is rejected as a whole.
  Status open(std::vector<Rejected>& rejected) {
    THALWEG_TRY_ASSIGN(columns_, PartitionColumns::make(part_.address, reading_, context_.wanted));
    auto found = open_found(context_.files, part_);
    if (!found.ok()) {
      if (!reading_.ignores(found.status())) return found.status();
      reject_file(found.status(), "", rejected);
      return {};
    }
    found_ = std::move(found).value();
    std::shared_ptr<ReadableFile> file = std::move(found_.file);
    auto opened = open_parquet(file, part_.address, columns_.in_file());
    if (opened.ok()) {
      reader_ = std::move(opened).value();
      groups_ = groups_between(*reader_, part_.size_bytes, part_.begin, part_.end);
      while (next_group_ < groups_.size() && number_of(groups_[next_group_]) < place_.unit) {
        ++next_group_;
      }
      return {};
    }
    if (!blames_file(opened.status()) || reading_.decoder.mode == ParseMode::fail_fast) {
      return opened.status().within("source files");
    }
    // What changed meanwhile is no corrupt file.
    THALWEG_TRY(check_found(found_, part_));
    std::string bytes(std::min<std::uint64_t>(LongLine::dead_letter_bytes_max, part_.size_bytes),
                      '\0');
    THALWEG_TRY_ASSIGN(std::size_t got, file->read_at(0, bytes.data(), bytes.size()));
    bytes.resize(got);
    reject_file(opened.status(), std::move(bytes), rejected);
    return {};
  }

  /// The parts of a file are one dead letter.
  void reject_file(const Status& why, std::string bytes, std::vector<Rejected>& rejected) {
    if (part_.begin == 0) {
      rejected.push_back({to_position(unit, {}), std::string(why.message()), std::move(bytes)});
    }
    finished_ = true;
  }

  /// Reads the next rows of the group that is read, or begins with the next one.
  Status read_batch() {
    if (rows_ == nullptr) {
      int group = groups_[next_group_++];
      if (number_of(group) != place_.unit) place_ = {number_of(group), 0};
      skip_ = place_.rows;
      THALWEG_TRY_ASSIGN(rows_, reader_->read_group(group));
    }
    batch_ = Batch();
    at_ = 0;
    THALWEG_TRY_ASSIGN(Batch batch, rows_->next());
    if (batch.empty()) {
      end_group();
      return {};
    }
    if (reading_.decoder.mode == ParseMode::fail_fast) {
      THALWEG_TRY(check_values(batch, columns_.in_file()).within(part_.address));
    }
    batch_ = std::move(batch);
    at_ = std::min(skip_, batch_.row_count());
    skip_ -= at_;
    return {};
  }

  Result<Batch> take_rows(std::size_t rows_max) {
    std::size_t count = std::min(rows_max, batch_.row_count() - at_);
    Batch rows = batch_.slice(at_, count);
    at_ += count;
    place_.rows += count;
    return columns_.add_to(rows);
  }

  void end_group() {
    rows_.reset();
    batch_ = Batch();
    at_ = 0;
    // The next one's rows begin at 0.
    place_ = {place_.unit + 1, 0};
  }

  /// Leaves out the rest of a group that can't be read.
  Status reject_rows(const Status& why, std::vector<Rejected>& rejected) {
    if (!blames_file(why) || reading_.decoder.mode == ParseMode::fail_fast) {
      return why.within("source files");
    }
    THALWEG_TRY(check_found(found_, part_));
    std::int64_t rows =
        reader_->group_rows(static_cast<int>(place_.unit)) - static_cast<std::int64_t>(place_.rows);
    rejected.push_back({to_position(unit, place_),
                        std::string(why.message()) + "; " + std::to_string(rows) +
                            " rows of row group " + std::to_string(place_.unit) +
                            " are left out, from row " + std::to_string(place_.rows) + " of it on",
                        ""});
    end_group();
    return {};
  }

  const FilePart part_;
  RowPlace place_;  ///< Behind what was handed out.
  const ReadingOptions& reading_;
  const ConnectorContext context_;
  PartitionColumns columns_;
  FoundFile found_;  ///< Without its file.
  std::unique_ptr<ParquetReader> reader_;
  std::vector<int> groups_;     ///< Those of the part.
  std::size_t next_group_ = 0;  ///< In groups_.
  std::unique_ptr<ParquetRows> rows_;
  Batch batch_;
  std::size_t at_ = 0;    ///< Rows of the batch that were handed out.
  std::size_t skip_ = 0;  ///< Rows still to come that a reader before handed out.
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<PartitionReader>> make_parquet_reader(FilePart part, const Position& from,
                                                             const ReadingOptions& reading,
                                                             const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(RowPlace place, row_place_of(unit, from, "a Parquet file"));
  return std::unique_ptr<PartitionReader>(
      std::make_unique<ParquetPart>(std::move(part), place, reading, context));
}

}  // namespace thalweg::files
