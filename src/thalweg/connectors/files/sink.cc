// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/sink.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/connectors/files/divided_rows.h"
#include "thalweg/connectors/files/manifest.h"
#include "thalweg/connectors/files/merging.h"
#include "thalweg/connectors/files/reading/reading_options.h"
#include "thalweg/connectors/files/waiting_files.h"

namespace thalweg::files {
namespace {

/// Encoded bytes that are held before they are appended to the file.
constexpr std::size_t held_bytes_max = std::size_t{1} << 20;

/// The same of all the files that a writer has open.
constexpr std::size_t all_held_bytes_max = std::size_t{64} << 20;
/// Files of one writer in one epoch, each of another directory.
constexpr std::size_t parts_max = 1000;

struct Choice {
  std::string format;
  EncoderOptions options;
  std::vector<std::string> partition_by;  ///< Columns whose values name directories.
  MergeLimits merge = {};                 ///< 0 bytes: nothing waits.
};

/// The first line of CSV, with its end; line ends in quotes are none.
std::size_t header_bytes_of(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\n' && !quoted) return i + 1;
  }
  return text.size();
}

/// A file that is being written.
struct Part {
  WrittenFile file;
  std::unique_ptr<BatchEncoder> encoder;
  std::unique_ptr<WritableFile> open;  ///< Once there are bytes enough, or the file ends.
  std::string held;
};

class FilesWriter final : public SinkWriter {
 public:
  FilesWriter(std::shared_ptr<Manifests> manifests, Choice choice, int writer)
      : manifests_(std::move(manifests)), choice_(std::move(choice)), writer_(writer) {}

  Result<SinkEpoch> committed() override { return manifests_->committed(); }

  Status begin(SinkEpoch epoch, int attempt) override {
    THALWEG_TRY(abort());
    name_ = part_name(epoch, writer_, extension_of_format(choice_.format));
    staged_ = name_ + "." + std::to_string(attempt);
    return {};
  }

  Status write(const Batch& batch) override {
    if (batch.empty()) return {};
    if (choice_.partition_by.empty()) return append("", batch);
    THALWEG_TRY_ASSIGN(auto divided, divide_by_directories(batch, choice_.partition_by));
    for (const auto& share : divided) THALWEG_TRY(append(share.directory, share.rows));
    return {};
  }

  Result<std::string> seal() override {
    std::vector<WrittenFile> written;
    for (auto& [directory, part] : parts_) {
      THALWEG_TRY(part.encoder->finish(part.held));
      THALWEG_TRY(flush(part));
      THALWEG_TRY(part.open->sync());
      THALWEG_TRY(part.open->close());
      part.open.reset();
      if (part.file.size_bytes >= choice_.merge.bytes) part.file.waiting.clear();
      written.push_back(part.file);
    }
    parts_.clear();
    held_bytes_ = 0;
    if (written.empty()) return std::string();
    for (const auto& file : written) uncommitted_.push_back(file.staged);
    THALWEG_KILL_POINT("files.sealed");
    return text_of(written);
  }

  Status commit(SinkEpoch epoch, std::string_view sealed) override {
    THALWEG_TRY_ASSIGN(auto written, written_files_of(sealed));
    uncommitted_.clear();
    for (const auto& file : written) THALWEG_TRY(commit_file(epoch, file));
    return {};
  }

  Status abort() override {
    for (auto& [directory, part] : parts_) {
      if (part.open != nullptr) uncommitted_.push_back(part.file.staged);
    }
    parts_.clear();
    held_bytes_ = 0;
    while (!uncommitted_.empty()) {
      THALWEG_TRY(manifests_->files().remove(manifests_->staged_path_of(uncommitted_.back())));
      uncommitted_.pop_back();
    }
    return {};
  }

 private:
  Result<Part*> part_of(const std::string& directory) {
    auto known = parts_.find(directory);
    if (known != parts_.end()) return &known->second;
    if (parts_.size() == parts_max) {
      return Status(ErrorCode::invalid_argument,
                    "sink files: a partition of a batch has rows for more than " +
                        std::to_string(parts_max) + " directories, the next one is " + directory +
                        "; choose columns with fewer values for partitionBy, or repartition the "
                        "stream by them");
    }
    Part part;
    THALWEG_TRY_ASSIGN(part.encoder, make_encoder(choice_.format, choice_.options));
    part.file.name = directory.empty() ? name_ : join_path(directory, name_);
    std::string number = directory.empty() ? "" : "." + std::to_string(parts_.size());
    part.file.staged = staged_ + number;
    part.file.waiting = name_ + number;
    return &parts_.emplace(directory, std::move(part)).first->second;
  }

  Status append(const std::string& directory, const Batch& rows) {
    THALWEG_TRY_ASSIGN(Part * part, part_of(directory));
    std::size_t before = part->held.size();
    bool first = part->file.size_bytes == 0 && before == 0;
    Status encoded = part->encoder->append(rows, part->held);
    held_bytes_ += part->held.size() - before;
    THALWEG_TRY(encoded);
    if (first && choice_.format == "csv" && choice_.options.csv_header) {
      part->file.header_bytes = header_bytes_of(part->held);
    }
    if (part->held.size() >= held_bytes_max) return flush(*part);
    if (held_bytes_ < all_held_bytes_max) return {};
    auto largest = std::max_element(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) {
      return a.second.held.size() < b.second.held.size();
    });
    return flush(largest->second);
  }

  Status flush(Part& part) {
    FileSystem& files = manifests_->files();
    if (part.open == nullptr) {
      THALWEG_TRY(files.make_directories(manifests_->path_of("_thalweg/staged")));
      THALWEG_TRY_ASSIGN(part.open, files.open_write(manifests_->staged_path_of(part.file.staged)));
    }
    THALWEG_TRY(part.open->append(part.held));
    part.file.size_bytes += part.held.size();
    held_bytes_ -= std::min(held_bytes_, part.held.size());
    part.held.clear();
    return {};
  }

  Status commit_file(SinkEpoch epoch, const WrittenFile& file) {
    FileSystem& files = manifests_->files();
    std::string target = file.waiting.empty() ? manifests_->path_of(file.name)
                                              : manifests_->waiting_path_of(file.waiting);
    if (!file.waiting.empty() || file.name.find('/') != std::string::npos) {
      THALWEG_TRY(files.make_directories(parent_path(target)));
    }
    Status renamed = files.rename(manifests_->staged_path_of(file.staged), target);
    THALWEG_KILL_POINT("files.part_renamed");
    if (renamed.ok() || renamed.code() != ErrorCode::not_found) return renamed;
    // Committed before, by this process or another one, and perhaps merged since.
    auto there = files.describe(target);
    if (there.ok() && there.value().size_bytes == file.size_bytes) return {};
    THALWEG_TRY_ASSIGN(SinkEpoch committed, manifests_->committed());
    return epoch <= committed ? Status() : renamed;
  }

  const std::shared_ptr<Manifests> manifests_;
  const Choice choice_;
  const int writer_;
  std::string name_;                      ///< Of the epoch's files, in each directory.
  std::string staged_;                    ///< What the names of staged files begin with.
  std::map<std::string, Part> parts_;     ///< By directory; "" is that of the sink.
  std::size_t held_bytes_ = 0;            ///< In all parts.
  std::vector<std::string> uncommitted_;  ///< Staged files that were sealed, or are to be removed.
};

class FilesSink final : public Sink {
 public:
  FilesSink(std::shared_ptr<Manifests> manifests, Choice choice)
      : manifests_(std::move(manifests)), choice_(std::move(choice)) {}

  Guarantee guarantee() const override { return Guarantee::resumable; }

  Result<std::unique_ptr<SinkWriter>> open(int writer, int) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<FilesWriter>(manifests_, choice_, writer));
  }

  Status commit(SinkEpoch epoch, std::span<const std::string> sealed) override {
    THALWEG_TRY_ASSIGN(SinkEpoch committed, manifests_->committed());
    if (epoch <= committed) return {};
    THALWEG_TRY_ASSIGN(auto waiting, manifests_->waiting());
    std::vector<WrittenFile> written;
    for (const auto& text : sealed) {
      THALWEG_TRY_ASSIGN(auto files, written_files_of(text));
      for (auto& file : files)
        (file.waiting.empty() ? written : waiting).push_back(std::move(file));
    }
    THALWEG_TRY(manifests_->prepare(epoch, written));
    auto due = take_due(waiting, choice_.merge, epoch);
    THALWEG_TRY_ASSIGN(auto merged, merge(*manifests_, due, merged_stem(epoch)));
    for (auto& file : merged) written.push_back(std::move(file));
    for (auto& file : waiting) written.push_back(std::move(file));
    return manifests_->commit(epoch, written, files_of(due));
  }

  Status end() override {
    THALWEG_TRY_ASSIGN(auto waiting, manifests_->waiting());
    if (waiting.empty()) return {};
    THALWEG_TRY_ASSIGN(SinkEpoch committed, manifests_->committed());
    THALWEG_TRY(manifests_->prepare(-1, {}));
    auto due = take_due(waiting, {}, committed);
    THALWEG_TRY_ASSIGN(auto merged, merge(*manifests_, due, end_stem(committed)));
    return manifests_->end(merged, files_of(due));
  }

 private:
  static std::vector<WrittenFile> files_of(const std::vector<MergeGroup>& groups) {
    std::vector<WrittenFile> files;
    for (const auto& group : groups) {
      files.insert(files.end(), group.files.begin(), group.files.end());
    }
    return files;
  }

  const std::shared_ptr<Manifests> manifests_;
  const Choice choice_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_sink(const Options& options, const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(FileLocation directory, context.files.resolve(options.text("path")));
  Choice choice{options.text("format"), {options.boolean("header")}, {}, {}};
  auto columns = partition_columns_of(options.text("partitionBy"));
  if (!columns.ok()) return columns.status().within("sink files");
  choice.partition_by = std::move(columns).value();
  choice.merge.bytes = static_cast<std::uint64_t>(options.integer("mergeBytes"));
  auto interval = duration_of(options.text("mergeInterval"));
  if (!interval.ok()) return interval.status().within("sink files: option \"mergeInterval\"");
  choice.merge.interval = interval.value();
  // Made once here so that what is missing is said before anything runs.
  auto tried = make_encoder(choice.format, choice.options);
  if (!tried.ok()) return tried.status().within("sink files");
  auto manifests = std::make_shared<Manifests>(std::move(directory), choice.partition_by.size());
  return std::unique_ptr<Sink>(
      std::make_unique<FilesSink>(std::move(manifests), std::move(choice)));
}

}  // namespace thalweg::files
