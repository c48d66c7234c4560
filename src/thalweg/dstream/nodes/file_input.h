// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// Which files of a directory belong to a stream.
struct FileStreamOptions {
  /// Only files that were last changed after the context started; else also those of the last
  /// minute before.
  bool new_files_only = true;
  /// Called with a path; false leaves the file out. By default names that begin with "." or "_",
  /// and those that a copy in progress has, are left out.
  std::function<bool(const std::string& path)> filter;
};

/// Finds the files of each batch: those of a directory, or of the directories that match a glob,
/// that were last changed after the threshold and not after the batch's time, and that no batch of
/// the last minute has taken. Files must appear whole: written elsewhere and renamed.
///
///     threshold = max(start of the context, batch time - 60 s rounded up to whole batches)
///
/// Source: Spark's FileInputDStream.
class NewFiles {
 public:
  NewFiles(StreamGraph& graph, std::string directory, FileStreamOptions options);

  /// Called at start.
  void begin(Time now);
  /// The paths of the batch at `time`, sorted; the same when asked again.
  Result<std::vector<std::string>> at(Time time);
  /// Forgets selections that can't matter any more.
  void forget_before(Time time);
  [[nodiscard]] Duration remembered() const { return remembered_; }

 private:
  Result<std::vector<std::string>> find(Time time);
  bool belongs(const FileEntry& entry, Time threshold, Time time) const;

  StreamGraph& graph_;
  const std::string directory_;
  const FileStreamOptions options_;
  const Duration remembered_;
  Time ignore_until_;
  std::map<Time, std::vector<std::string>> selected_;
  std::set<std::string> recent_;
  bool warned_missing_ = false;
};

/// A stream of the contents of new files; `read` makes the RDD of some paths.
template <typename T>
class FileInputNode final : public DStreamNode<T>, public InputNode {
 public:
  using Batch = typename DStreamNode<T>::Batch;
  using Read = std::function<RDD<T>(const Context&, const std::vector<std::string>& paths)>;

  FileInputNode(std::shared_ptr<StreamGraph> graph, std::string kind, const std::string& directory,
                FileStreamOptions options, Read read)
      : DStreamNode<T>(std::move(graph), std::move(kind), {}),
        files_(this->graph(), directory, std::move(options)),
        read_(std::move(read)) {}

  void start(Time now) override { files_.begin(now); }
  [[nodiscard]] std::int64_t stream_id() const override { return this->id(); }
  void forget_before(Time time) override {
    DStreamNode<T>::forget_before(time);
    files_.forget_before(time);
  }

 protected:
  Result<Batch> compute(Time time) override {
    THALWEG_TRY_ASSIGN(auto paths, files_.at(time));
    if (paths.empty()) return Batch(this->graph().context().template empty_rdd<T>());
    try {
      return Batch(read_(this->graph().context(), paths));
    } catch (const Error& error) {
      return Status(error.code(), error.what());
    }
  }

 private:
  NewFiles files_;
  const Read read_;
};

}  // namespace thalweg
