// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/random.h"
#include "thalweg/testing/memory_files.h"

namespace thalweg::testing {

enum class FileOperation {
  open_read,
  open_write,
  append,
  sync,
  close,
  rename,
  list,
  read,
  describe,
  remove,
  make_directories,
  sync_directory,
  lock,
};

/// Calls that fail, counted from when the fault is injected.
struct FileFault {
  std::uint64_t at = 1;   ///< The number of the first call that fails; the first is 1.
  bool for_good = false;  ///< All calls from there on, not that one only.
  std::optional<FileOperation> only = std::nullopt;  ///< Only calls of this kind count and fail.
  Status failure{ErrorCode::unavailable, "input/output error"};
};

/// Files in memory that fail when told to, and that know what a power cut would leave of them. The
/// same seed gives the same run.
///
/// - A call that fails does nothing, but for append(): it writes a part.
/// - What was appended survives a power cut when sync() came behind it; what was not is lost from
///   some byte on, or zero from there. After a sync() that failed, later ones of that file report
///   success and save nothing, as systems do, until it is emptied.
/// - A name that was created, renamed or removed is so after a power cut when sync_directory() came
///   behind it; else it may be either way, each on its own.
/// - Directories are there for good once made.
///
/// Thread safety: one thread.
class FaultyFiles final : public FileSystem {
 public:
  explicit FaultyFiles(std::uint64_t seed) : random_(seed) {
    live_.before_read = [this](const std::string&, std::uint64_t) {
      return begin(FileOperation::read);
    };
  }

  void inject(FileFault fault) {
    fault_ = std::move(fault);
    matching_calls_ = 0;
    fault_happened_ = false;
  }
  void heal() { fault_.reset(); }
  [[nodiscard]] bool fault_happened() const { return fault_happened_; }
  /// All calls so far.
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  /// What programs see now, by path; changing it counts as nothing.
  std::map<std::string, std::string>& files() { return live_.files; }

  /// What the disk holds when the power goes now. Locks are gone, faults too.
  [[nodiscard]] std::shared_ptr<FaultyFiles> crash(std::uint64_t seed) const {
    Random random(seed);
    // The two ends, and what lies between.
    const auto mode = seed % 4;
    Names names = durable_;
    for (const auto& change : changes_) {
      if (mode == 0 || (mode > 1 && random.below(2) == 0)) continue;
      apply(change, names);
    }
    auto disk = std::make_shared<FaultyFiles>(random.next());
    disk->live_.directories = live_.directories;
    for (const auto& [path, node] : names) {
      std::string bytes = after_power_cut(*node, random);
      disk->durable_[path] = std::make_shared<Node>(Node{path, {}, {}, bytes.size()});
      disk->live_.files[path] = std::move(bytes);
    }
    disk->nodes_ = disk->durable_;
    return disk;
  }

  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override {
    THALWEG_TRY(begin(FileOperation::open_read));
    return live_.open_read(path);
  }
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override {
    THALWEG_TRY(begin(FileOperation::open_write));
    return create(path);
  }
  Result<FileEntry> describe(const std::string& path) override {
    THALWEG_TRY(begin(FileOperation::describe));
    return live_.describe(path);
  }
  Result<std::vector<FileEntry>> list(const std::string& directory) override {
    THALWEG_TRY(begin(FileOperation::list));
    return live_.list(directory);
  }
  Status rename(const std::string& source, const std::string& target) override {
    THALWEG_TRY(begin(FileOperation::rename));
    let_go_of(target);
    THALWEG_TRY(live_.rename(source, target));
    auto node = nodes_.at(source);
    nodes_.erase(source);
    nodes_[target] = node;
    node->path = target;
    changes_.push_back({source, target, node});
    return {};
  }
  /// Of a file only.
  Status remove(const std::string& path) override {
    THALWEG_TRY(begin(FileOperation::remove));
    if (!nodes_.contains(path)) return {};
    let_go_of(path);
    nodes_.erase(path);
    changes_.push_back({path, {}, nullptr});
    return live_.remove(path);
  }
  Status make_directories(const std::string& path) override {
    THALWEG_TRY(begin(FileOperation::make_directories));
    return live_.make_directories(path);
  }
  Status sync_directory(const std::string& path) override {
    THALWEG_TRY(begin(FileOperation::sync_directory));
    std::vector<Change> rest;
    for (auto& change : changes_) {
      bool is_here = parent_path(change.source.empty() ? change.target : change.source) == path;
      if (is_here) {
        apply(change, durable_);
      } else {
        rest.push_back(std::move(change));
      }
    }
    changes_ = std::move(rest);
    return {};
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         std::string_view holder) override {
    THALWEG_TRY(begin(FileOperation::lock));
    if (locked_->contains(path)) {
      return Status(ErrorCode::unavailable,
                    "file is locked: " + path + "; held by " + files()[path]);
    }
    THALWEG_TRY(create(path).status());
    files()[path] = holder;
    return std::unique_ptr<FileLock>(std::make_unique<Lock>(locked_, path));
  }

 private:
  /// A file, whatever it is called.
  struct Node {
    std::string path;     // Its name now; empty when it has none.
    std::string last;     // Its bytes when it lost its name.
    std::string emptied;  // Its bytes before it was emptied, if that was not synced.
    std::size_t synced_bytes = 0;
    bool lies = false;  // A sync failed.
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct Change {
    std::string source;  // The name that goes, if any.
    std::string target;  // The name that comes, if any.
    std::shared_ptr<Node> node;
  };
  using Locked = std::set<std::string>;

  class Lock final : public FileLock {
   public:
    Lock(std::shared_ptr<Locked> locked, std::string path)
        : locked_(std::move(locked)), path_(std::move(path)) {
      locked_->insert(path_);
    }
    ~Lock() override { locked_->erase(path_); }

   private:
    const std::shared_ptr<Locked> locked_;
    const std::string path_;
  };

  class Writer final : public WritableFile {
   public:
    Writer(FaultyFiles& system, std::shared_ptr<Node> node)
        : system_(system), node_(std::move(node)) {}
    Status append(std::string_view bytes) override {
      std::string& file = node_->path.empty() ? node_->last : system_.files()[node_->path];
      Status begun = system_.begin(FileOperation::append);
      if (!begun.ok()) bytes = bytes.substr(0, system_.random_.below(bytes.size() + 1));
      file += bytes;
      return begun;
    }
    Status sync() override {
      Status begun = system_.begin(FileOperation::sync);
      if (!begun.ok()) node_->lies = true;
      if (node_->lies) return begun;
      node_->synced_bytes = system_.bytes_of(*node_).size();
      node_->emptied.clear();
      return {};
    }
    Status close() override { return system_.begin(FileOperation::close); }

   private:
    FaultyFiles& system_;
    const std::shared_ptr<Node> node_;
  };

  Status begin(FileOperation operation) {
    ++calls_;
    if (!fault_ || (fault_->only && *fault_->only != operation)) return {};
    ++matching_calls_;
    bool fails = fault_->for_good ? matching_calls_ >= fault_->at : matching_calls_ == fault_->at;
    fault_happened_ = fault_happened_ || fails;
    return fails ? fault_->failure : Status();
  }

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) {
    auto& node = nodes_[path];
    if (node) {
      node->emptied = node->synced_bytes > 0 ? files()[path] : node->emptied;
      node->synced_bytes = 0;
      node->lies = false;
    } else {
      node = std::make_shared<Node>();
      node->path = path;
      changes_.push_back({{}, path, node});
    }
    THALWEG_TRY(live_.open_write(path).status());
    return std::unique_ptr<WritableFile>(std::make_unique<Writer>(*this, node));
  }

  /// The file at `path` loses that name, but its bytes may outlive it.
  void let_go_of(const std::string& path) {
    auto found = nodes_.find(path);
    if (found == nodes_.end()) return;
    found->second->last = files()[path];
    found->second->path.clear();
  }

  static void apply(const Change& change, Names& names) {
    if (!change.source.empty()) names.erase(change.source);
    if (!change.target.empty()) names[change.target] = change.node;
  }

  [[nodiscard]] const std::string& bytes_of(const Node& node) const {
    return node.path.empty() ? node.last : live_.files.at(node.path);
  }

  [[nodiscard]] std::string after_power_cut(const Node& node, Random& random) const {
    if (!node.emptied.empty() && random.below(2) == 0) return node.emptied;
    std::string bytes = bytes_of(node);
    const std::size_t size = bytes.size();
    bytes.resize(node.synced_bytes + random.below(size - node.synced_bytes + 1));
    if (random.below(4) == 0) bytes.resize(size, '\0');
    return bytes;
  }

  MemoryFiles live_;  // What programs see.
  Random random_;
  Names nodes_;                  // By the names that programs see.
  Names durable_;                // By the names that the disk holds.
  std::vector<Change> changes_;  // From the one to the other.
  std::shared_ptr<Locked> locked_ = std::make_shared<Locked>();
  std::optional<FileFault> fault_;
  std::uint64_t calls_ = 0;
  std::uint64_t matching_calls_ = 0;
  bool fault_happened_ = false;
};

}  // namespace thalweg::testing
