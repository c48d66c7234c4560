// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/columnar/long_line.h"
#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/files/reading/found_file.h"

namespace thalweg::files {

/// The bytes of a file or of a part of it, in blocks of whole records. A record that is too long,
/// or in which a compressed file breaks off, is rejected. One thread.
///
/// The blocks from an offset on are the same each time that the file is read.
class RecordBlocks {
 public:
  /// Bytes that are read at once.
  static constexpr std::size_t block_bytes = std::size_t{512} << 10;
  /// Bytes behind each block that may be read, for decoders that look ahead.
  static constexpr std::size_t padding_bytes = 64;

  /// Begins at `from`, where a record begins; 0: at the first that starts in the part. `decoder`
  /// must outlive this.
  /// Errors: not_found; data_loss where the file is not the one that was found; those of the file
  ///         system and of the decoder.
  static Result<std::unique_ptr<RecordBlocks>> open(const FileSystems& systems, FilePart part,
                                                    std::uint64_t from, RecordDecoder& decoder,
                                                    std::size_t record_bytes_max);
  /// The same of a file that is open already, plain, and may grow: [from, part.end) of it, which
  /// are whole records.
  static Result<std::unique_ptr<RecordBlocks>> of_open_file(std::shared_ptr<ReadableFile> file,
                                                            FilePart part, std::uint64_t from,
                                                            RecordDecoder& decoder,
                                                            std::size_t record_bytes_max);

  /// The next records; none: the part is over. Adds what can't be one to `rejected`.
  /// Errors: those of the file system; data_loss where the file changed meanwhile.
  Result<RecordBlock> next(std::vector<Rejected>& rejected);

  /// Where the block that next() will return begins, or the part's end.
  [[nodiscard]] std::uint64_t offset() const {
    // What is left out in the middle of is begun again.
    if (long_line_) return long_line_->offset();
    return skips_first_line_ ? part_.begin : held_at_;
  }
  /// True when next() has nothing more.
  [[nodiscard]] bool over() const { return over_; }

 private:
  RecordBlocks(FilePart part, RecordDecoder& decoder, std::size_t record_bytes_max)
      : part_(std::move(part)), decoder_(decoder), record_bytes_max_(record_bytes_max) {}

  Status begin(const FileSystems& systems, std::uint64_t from);
  Status go_to(std::uint64_t from);
  /// Gives the decoder what it needs of the file's first bytes, and skips what is compressed.
  Status read_head();
  /// Reads more behind what is held.
  Status read_more();
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size);
  /// Leaves out what belongs to the next part.
  void cut_at_end();
  void drop(std::size_t bytes);
  void drop_long_line(std::vector<Rejected>& rejected);
  void drop_unreadable(std::vector<Rejected>& rejected);

  const FilePart part_;
  RecordDecoder& decoder_;
  const std::size_t record_bytes_max_;
  FoundFile found_;  ///< Without its file.
  std::shared_ptr<ReadableFile> file_;
  bool compressed_ = false;

  std::shared_ptr<char[]> block_;
  std::string_view held_;          ///< Of the block: bytes that were not handed out.
  std::uint64_t held_at_ = 0;      ///< Where in the file they begin.
  bool skips_first_line_ = false;  ///< It belongs to the part before.
  bool ended_ = false;             ///< Nothing comes behind what is held.
  bool over_ = false;
  Status unreadable_;  ///< Why nothing comes behind it.
  std::optional<LongLine> long_line_;
};

}  // namespace thalweg::files
