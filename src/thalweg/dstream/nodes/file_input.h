// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/nodes/transformed.h"

namespace thalweg {

/// Which files of a directory belong to a stream.
struct FileStreamOptions {
  /// Only files that were last changed after the context started, as exactly as the file system
  /// tells times; else also those of the last minute before.
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
/// Source: Spark's FileInputDStream. Its start is the moment itself, so that it never reads a file
/// whose time, told in steps, lies before it; here it is earlier by such a step
/// (FileSystem::modified_lag_max).
class NewFiles {
 public:
  NewFiles(StreamGraph& graph, std::string directory, FileStreamOptions options);

  /// Called at start: `now` is when the context first ran.
  void begin(Time now);
  /// The paths of the batch at `time`, sorted; the same when asked again.
  Result<std::vector<std::string>> at(Time time);
  /// The same as text, and back.
  [[nodiscard]] std::string plan_of(Time time);
  Status restore(Time time, std::string_view plan);
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
  const Duration modified_lag_max_;
  Time ignore_until_;
  std::map<Time, std::vector<std::string>> selected_;
  std::set<std::string> recent_;
  std::optional<Time> began_;
  bool warned_missing_ = false;
};

/// A stream of the contents of new files; `read` makes the RDD of some paths.
template <typename T>
class FileInputNode final : public StreamNode, public InputNode {
 public:
  using Row = T;
  using Read = std::function<RDD<T>(const Context&, const std::vector<std::string>& paths)>;

  FileInputNode(std::shared_ptr<StreamGraph> graph, std::string_view kind,
                const std::string& directory, FileStreamOptions options, Read read)
      : StreamNode(std::move(graph), kind, {}),
        files_(this->graph(), directory, std::move(options)),
        read_(std::move(read)) {}

  void start(Time now) override { files_.begin(now); }
  /// Looked for as soon as the batch is made, used or not: which files are new depends on it. What
  /// fails is said when the batch is used.
  void begin_batch(Time time) override { (void)files_.at(time); }
  [[nodiscard]] std::int64_t stream_id() const override { return this->id(); }
  void forget_before(Time time) override {
    StreamNode::forget_before(time);
    files_.forget_before(time);
  }

  [[nodiscard]] bool can_replay() const override { return true; }
  [[nodiscard]] std::string plan_of(Time time) override { return files_.plan_of(time); }
  [[nodiscard]] Duration remembers_content() const override { return files_.remembered(); }
  Status restore(Time time, std::string_view plan) override { return files_.restore(time, plan); }
  Status resume(Time began) override {
    files_.begin(began);
    return {};
  }

 protected:
  Result<BatchRdd> compute(Time time) override {
    THALWEG_TRY_ASSIGN(auto paths, files_.at(time));
    if (paths.empty()) return BatchRdd(graph().context().template empty_rdd<T>().node());
    return batch_or_failure([&] { return read_(graph().context(), paths).node(); });
  }

 private:
  NewFiles files_;
  const Read read_;
};

}  // namespace thalweg
