// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/sink.h"

#include <utility>

#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/connectors/files/manifest.h"

namespace thalweg::files {
namespace {

/// Encoded bytes that are held before they are appended to the file.
constexpr std::size_t held_bytes_max = std::size_t{1} << 20;

struct Choice {
  std::string format;
  EncoderOptions options;
};

class FilesWriter final : public SinkWriter {
 public:
  FilesWriter(std::shared_ptr<Manifests> manifests, Choice choice, int writer)
      : manifests_(std::move(manifests)), choice_(std::move(choice)), writer_(writer) {}

  Result<SinkEpoch> committed() override { return manifests_->committed(); }

  Status begin(SinkEpoch epoch, int attempt) override {
    THALWEG_TRY(abort());
    THALWEG_TRY_ASSIGN(encoder_, make_encoder(choice_.format, choice_.options));
    under_way_.name = part_name(epoch, writer_, extension_of_format(choice_.format));
    under_way_.staged = under_way_.name + "." + std::to_string(attempt);
    under_way_.size_bytes = 0;
    return {};
  }

  Status write(const Batch& batch) override {
    if (batch.empty()) return {};
    THALWEG_TRY(encoder_->append(batch, held_));
    has_rows_ = true;
    return held_.size() < held_bytes_max ? Status() : flush();
  }

  Result<std::string> seal() override {
    if (!has_rows_) return std::string();
    THALWEG_TRY(encoder_->finish(held_));
    THALWEG_TRY(flush());
    THALWEG_TRY(file_->sync());
    THALWEG_TRY(file_->close());
    file_.reset();
    has_rows_ = false;
    sealed_ = true;
    THALWEG_KILL_POINT("files.sealed");
    return text_of(under_way_);
  }

  Status commit(SinkEpoch, std::string_view sealed) override {
    THALWEG_TRY_ASSIGN(auto file, written_file_of(sealed));
    if (!file) return {};
    sealed_ = false;
    FileSystem& files = manifests_->files();
    std::string target = manifests_->path_of(file->name);
    Status renamed = files.rename(manifests_->staged_path_of(file->staged), target);
    THALWEG_KILL_POINT("files.part_renamed");
    if (renamed.ok() || renamed.code() != ErrorCode::not_found) return renamed;
    // Committed before, by this process or another one.
    auto there = files.describe(target);
    return there.ok() && there.value().size_bytes == file->size_bytes ? Status() : renamed;
  }

  Status abort() override {
    held_.clear();
    has_rows_ = false;
    if (file_ == nullptr && !sealed_) return {};
    file_.reset();
    sealed_ = false;
    return manifests_->files().remove(manifests_->staged_path_of(under_way_.staged));
  }

 private:
  Status flush() {
    FileSystem& files = manifests_->files();
    if (file_ == nullptr) {
      THALWEG_TRY(files.make_directories(manifests_->path_of("_thalweg/staged")));
      THALWEG_TRY_ASSIGN(file_, files.open_write(manifests_->staged_path_of(under_way_.staged)));
    }
    THALWEG_TRY(file_->append(held_));
    under_way_.size_bytes += held_.size();
    held_.clear();
    return {};
  }

  const std::shared_ptr<Manifests> manifests_;
  const Choice choice_;
  const int writer_;
  WrittenFile under_way_;
  std::unique_ptr<BatchEncoder> encoder_;
  std::unique_ptr<WritableFile> file_;
  std::string held_;
  bool has_rows_ = false;
  bool sealed_ = false;  ///< There is a staged file that was not committed.
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
    std::vector<WrittenFile> written;
    for (const auto& text : sealed) {
      THALWEG_TRY_ASSIGN(auto file, written_file_of(text));
      if (file) written.push_back(std::move(*file));
    }
    return manifests_->commit(epoch, written);
  }

 private:
  const std::shared_ptr<Manifests> manifests_;
  const Choice choice_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_sink(const Options& options, const ConnectorContext& context) {
  THALWEG_TRY_ASSIGN(FileLocation directory, context.files.resolve(options.text("path")));
  Choice choice{options.text("format"), {options.boolean("header")}};
  // Made once here so that what is missing is said before anything runs.
  auto tried = make_encoder(choice.format, choice.options);
  if (!tried.ok()) return tried.status().within("sink files");
  return std::unique_ptr<Sink>(std::make_unique<FilesSink>(
      std::make_shared<Manifests>(std::move(directory)), std::move(choice)));
}

}  // namespace thalweg::files
