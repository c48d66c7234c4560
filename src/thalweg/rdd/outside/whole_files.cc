// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/outside/whole_files.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "thalweg/columnar/compression/compression.h"
#include "thalweg/columnar/long_line.h"

namespace thalweg {
namespace {

using FileRow = std::pair<std::string, std::string>;
using FilePart = std::vector<std::string>;  ///< The addresses of one partition.

struct SizedFile {
  std::string address;
  std::uint64_t size_bytes;
};

/// Reads a partition's files one after the other, each as a chunk of its own, so that one is in
/// memory at a time.
class FileCursor final : public Cursor<FileRow> {
 public:
  FileCursor(const FilePart& addresses, bool decompresses, const AnyNode& node,
             TaskContext& context, std::vector<DeadLetter>& letters)
      : addresses_(addresses),
        decompresses_(decompresses),
        node_(node),
        context_(context),
        letters_(letters),
        charge_(context.session.memory) {}

  Result<Chunk<FileRow>> next() override {
    files_.clear();
    while (files_.size() == 0 && next_ < addresses_.size()) {
      const std::string& address = addresses_[next_++];
      std::string bytes;
      Status read = read_file(address, bytes);
      if (read.ok()) {
        files_.emplace(address, std::move(bytes));
      } else if (read.code() == ErrorCode::data_loss) {
        bytes.resize(std::min(bytes.size(), LongLine::dead_letter_bytes_max));
        letters_.push_back({address, "offset=0", std::string(read.message()), std::move(bytes)});
      } else {
        return read.within(node_.describe());
      }
      ++context_.records_read;
    }
    return files_.chunk();
  }

 private:
  static constexpr std::size_t block_bytes = std::size_t{1} << 20;

  Status read_file(const std::string& address, std::string& bytes) {
    THALWEG_TRY_ASSIGN(FileLocation place, context_.session.files.resolve(address));
    THALWEG_TRY_ASSIGN(auto file, place.system->open_read(place.path));
    if (decompresses_) {
      THALWEG_TRY_ASSIGN(Compression compression, compression_of(*file, place.path));
      if (compression != Compression::none) {
        THALWEG_TRY_ASSIGN(file, open_decompressed(std::move(file), compression));
      }
    }
    while (true) {
      if (context_.cancelled()) return job_stopped();
      const std::size_t size = bytes.size();
      if (size > whole_file_bytes_max) {
        return {ErrorCode::invalid_argument,
                "a file has more than " + std::to_string(whole_file_bytes_max) +
                    " bytes: " + address + "; read it by text_file(), or divide it"};
      }
      bytes.resize(size + block_bytes);
      auto got = file->read_at(size, bytes.data() + size, block_bytes);
      bytes.resize(size + (got.ok() ? got.value() : 0));
      THALWEG_TRY(got.status());
      // Of what is decompressed, and of what is far away, only nothing is the end.
      if (got.value() == 0) break;
      charge_.resize(static_cast<std::int64_t>(bytes.capacity()));
    }
    bytes.shrink_to_fit();
    charge_.resize(static_cast<std::int64_t>(bytes.capacity()));
    return {};
  }

  const FilePart& addresses_;
  const bool decompresses_;
  const AnyNode& node_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  MemoryCharge charge_;  ///< For the file that is read, or was handed out last.
  std::size_t next_ = 0;
  ChunkBuffer<FileRow> files_;
};

class WholeFilesNode final : public RddNode<FileRow> {
 public:
  WholeFilesNode(std::shared_ptr<SessionState> session, const char* kind,
                 std::vector<FilePart> parts, bool decompresses)
      : RddNode<FileRow>(std::move(session), kind, {}, static_cast<int>(parts.size())),
        parts_(std::move(parts)),
        decompresses_(decompresses) {}

 protected:
  Result<CursorPointer<FileRow>> compute(int partition, TaskContext& context) override {
    return CursorPointer<FileRow>(new FileCursor(parts_[static_cast<std::size_t>(partition)],
                                                 decompresses_, *this, context,
                                                 context.begin_letters(id(), partition)));
  }

 private:
  const std::vector<FilePart> parts_;
  const bool decompresses_;
};

Result<std::vector<SizedFile>> list_files(const FileSystems& systems, const std::string& path) {
  THALWEG_TRY_ASSIGN(auto entries, matching_files(systems, path));
  std::vector<SizedFile> files;
  for (FileEntry& entry : entries) files.push_back({std::move(entry.path), entry.size_bytes});
  return files;
}

/// The files in their order, as many in a partition as fit into its share, and at least one.
std::vector<FilePart> packed(std::vector<SizedFile> files, int partitions) {
  std::uint64_t bytes = 0;
  for (const SizedFile& file : files) bytes += file.size_bytes;
  const auto count = static_cast<std::uint64_t>(partitions);
  const std::uint64_t share_bytes = bytes / count + (bytes % count == 0 ? 0 : 1);
  std::vector<FilePart> parts;
  std::uint64_t free_bytes = 0;
  for (SizedFile& file : files) {
    if (parts.empty() || free_bytes < file.size_bytes) {
      parts.emplace_back();
      free_bytes = share_bytes;
    }
    free_bytes -= std::min(free_bytes, file.size_bytes);
    parts.back().push_back(std::move(file.address));
  }
  return parts;
}

RDD<FileRow> read_files(const Context& context, const std::string& path, int partitions,
                        const char* kind, bool decompresses) {
  if (partitions < 0) {
    throw Error(ErrorCode::invalid_argument,
                "the number of partitions must not be negative: got " + std::to_string(partitions));
  }
  auto listed = list_files(context.session()->files, path);
  if (!listed.ok()) throw Error(listed.status().within(kind));
  auto parts = packed(std::move(listed).value(),
                      partitions == 0 ? context.default_partition_count() : partitions);
  return RDD<FileRow>(
      make_node<WholeFilesNode>(context.session(), kind, std::move(parts), decompresses));
}

}  // namespace

RDD<FileRow> whole_text_files(const Context& context, const std::string& path, int partitions) {
  return read_files(context, path, partitions, "whole_text_files", true);
}

RDD<FileRow> binary_files(const Context& context, const std::string& path, int partitions) {
  return read_files(context, path, partitions, "binary_files", false);
}

}  // namespace thalweg
