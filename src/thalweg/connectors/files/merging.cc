// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/merging.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/formats/parquet_reader.h"
#include "thalweg/common/faults/kill_point.h"

namespace thalweg::files {
namespace {

/// So much of a file is in memory while it is copied.
constexpr std::size_t copied_bytes_max = std::size_t{1} << 20;

/// The files that a group becomes, one after the other.
class MergedFiles {
 public:
  MergedFiles(const Manifests& manifests, const MergeGroup& group, std::string stem,
              std::string staged)
      : manifests_(manifests), group_(group), stem_(std::move(stem)), staged_(std::move(staged)) {}

  Status append(std::string_view bytes) {
    if (open_ == nullptr) THALWEG_TRY(begin());
    merged_.back().size_bytes += bytes.size();
    return open_->append(bytes);
  }

  /// What comes now is in another file.
  Status finish() {
    if (open_ == nullptr) return {};
    THALWEG_TRY(open_->sync());
    THALWEG_TRY(open_->close());
    open_.reset();
    return {};
  }

  /// Forgets what was written.
  void clear() {
    open_.reset();
    merged_.clear();
  }

  /// Makes them visible.
  Result<std::vector<WrittenFile>> take() {
    THALWEG_TRY(finish());
    for (const auto& file : merged_) {
      std::string target = manifests_.path_of(file.name);
      THALWEG_TRY(manifests_.files().make_directories(parent_path(target)));
      THALWEG_TRY(manifests_.files().rename(manifests_.staged_path_of(file.staged), target));
      THALWEG_KILL_POINT("files.merged_renamed");
    }
    return std::move(merged_);
  }

 private:
  Status begin() {
    std::string number = merged_.empty() ? "" : "-" + std::to_string(merged_.size());
    std::string name = stem_ + number + group_.extension;
    WrittenFile file;
    file.name = group_.directory.empty() ? name : join_path(group_.directory, name);
    file.staged = staged_ + number + group_.extension;
    FileSystem& files = manifests_.files();
    THALWEG_TRY(files.make_directories(manifests_.staged_path_of("")));
    THALWEG_TRY_ASSIGN(open_, files.open_write(manifests_.staged_path_of(file.staged)));
    merged_.push_back(std::move(file));
    return {};
  }

  const Manifests& manifests_;
  const MergeGroup& group_;
  const std::string stem_;
  const std::string staged_;
  std::vector<WrittenFile> merged_;
  std::unique_ptr<WritableFile> open_;
};

Result<std::string> read_range(ReadableFile& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  THALWEG_TRY_ASSIGN(std::size_t got, file.read_at(offset, bytes.data(), size));
  bytes.resize(got);
  return bytes;
}

/// Appends a file from an offset on.
Status copy(const Manifests& manifests, const WrittenFile& waiting, std::uint64_t offset,
            MergedFiles& merged) {
  std::string path = manifests.waiting_path_of(waiting.waiting);
  THALWEG_TRY_ASSIGN(auto file, manifests.files().open_read(path));
  while (offset < waiting.size_bytes) {
    auto size = std::min<std::uint64_t>(copied_bytes_max, waiting.size_bytes - offset);
    THALWEG_TRY_ASSIGN(std::string bytes,
                       read_range(*file, offset, static_cast<std::size_t>(size)));
    if (bytes.size() < size) {
      return {ErrorCode::data_loss,
              "file is shorter than when it was written: " + path + " should have " +
                  std::to_string(waiting.size_bytes) + " bytes, and ends after " +
                  std::to_string(offset + bytes.size()) + "; nobody else may write there"};
    }
    THALWEG_TRY(merged.append(bytes));
    offset += bytes.size();
  }
  return {};
}

/// Files of bytes that can stand behind each other, but for headers that are the same.
Status merge_bytes(const Manifests& manifests, const MergeGroup& group, MergedFiles& merged) {
  std::optional<std::string> header;
  for (const auto& file : group.files) {
    std::string own;
    if (file.header_bytes > 0) {
      std::string path = manifests.waiting_path_of(file.waiting);
      THALWEG_TRY_ASSIGN(auto opened, manifests.files().open_read(path));
      THALWEG_TRY_ASSIGN(own, read_range(*opened, 0, static_cast<std::size_t>(file.header_bytes)));
    }
    bool fits = !header || *header == own;
    if (!fits) THALWEG_TRY(merged.finish());
    THALWEG_TRY(copy(manifests, file, header && fits ? file.header_bytes : 0, merged));
    header = std::move(own);
  }
  return {};
}

/// An encoder whose file is the one that is written now.
struct ParquetOutput {
  std::unique_ptr<BatchEncoder> encoder;
  Schema schema;

  Status finish(MergedFiles& merged) {
    if (encoder == nullptr) return {};
    std::string bytes;
    THALWEG_TRY(encoder->finish(bytes));
    encoder.reset();
    THALWEG_TRY(merged.append(bytes));
    return merged.finish();
  }
};

Status append_parquet(const Manifests& manifests, const WrittenFile& waiting, ParquetOutput& output,
                      MergedFiles& merged) {
  std::string path = manifests.waiting_path_of(waiting.waiting);
  THALWEG_TRY_ASSIGN(auto file, manifests.files().open_read(path));
  THALWEG_TRY_ASSIGN(auto reader, open_parquet(std::move(file), path, Schema{}));
  for (int group = 0; group < reader->group_count(); ++group) {
    THALWEG_TRY_ASSIGN(auto rows, reader->read_group(group));
    while (true) {
      THALWEG_TRY_ASSIGN(Batch batch, rows->next());
      if (batch.empty()) break;
      THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
      if (output.encoder != nullptr && schema != output.schema) THALWEG_TRY(output.finish(merged));
      if (output.encoder == nullptr) {
        THALWEG_TRY_ASSIGN(output.encoder, make_encoder("parquet"));
        output.schema = std::move(schema);
      }
      std::string bytes;
      THALWEG_TRY(output.encoder->append(batch, bytes));
      if (!bytes.empty()) THALWEG_TRY(merged.append(bytes));
    }
  }
  return {};
}

Status merge_parquet(const Manifests& manifests, const MergeGroup& group, MergedFiles& merged) {
  ParquetOutput output;
  for (const auto& file : group.files) {
    THALWEG_TRY(append_parquet(manifests, file, output, merged));
  }
  return output.finish(merged);
}

/// Each file for itself.
Status copy_all(const Manifests& manifests, const MergeGroup& group, MergedFiles& merged) {
  for (const auto& file : group.files) {
    THALWEG_TRY(copy(manifests, file, 0, merged));
    THALWEG_TRY(merged.finish());
  }
  return {};
}

}  // namespace

Result<std::vector<WrittenFile>> merge(const Manifests& manifests,
                                       const std::vector<MergeGroup>& groups,
                                       const std::string& stem) {
  std::vector<WrittenFile> all;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const MergeGroup& group = groups[i];
    MergedFiles files(manifests, group, stem, stem + "." + std::to_string(i));
    bool parquet = group.extension == extension_of_format("parquet");
    Status merged = parquet && group.files.size() > 1 ? merge_parquet(manifests, group, files)
                    : parquet                         ? copy_all(manifests, group, files)
                                                      : merge_bytes(manifests, group, files);
    if (parquet && !merged.ok() && blames_file(merged)) {
      files.clear();
      merged = copy_all(manifests, group, files);
    }
    if (!merged.ok()) return merged.within("sink files: files that wait could not be merged");
    THALWEG_TRY_ASSIGN(auto visible, files.take());
    for (auto& file : visible) all.push_back(std::move(file));
  }
  return all;
}

}  // namespace thalweg::files
