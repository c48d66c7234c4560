// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/checkpoint/checkpoint_directory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "thalweg/common/bytes/crc32c.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/common/text.h"
#include "thalweg/state/checkpoint/directory_holder_internal.h"
#include "thalweg/state/checkpoint/manifest_internal.h"
#include "thalweg/state/durable_files_internal.h"

namespace thalweg {
namespace {

// How many epochs are kept. A reader looks no further back: what belonged to earlier ones, such as
// the log before them, may be gone.
constexpr std::size_t epochs_kept = 2;

using Sizes = std::map<std::string, std::uint64_t, std::less<>>;

}  // namespace

class CheckpointDirectory::Impl {
 public:
  Impl(std::shared_ptr<FileSystem> files, std::string directory)
      : files_(std::move(files)), directory_(std::move(directory)) {}

  Status open(const std::string& holder) {
    THALWEG_TRY(make_synced_directories(*files_, directory_));
    THALWEG_TRY_ASSIGN(auto entry, files_->describe(directory_));
    if (entry.writable_by_others) {
      return {ErrorCode::invalid_argument,
              "checkpoint directory may be written by group or others: " + directory_ +
                  "; what lies there is believed when a program recovers, so only its owner may: "
                  "chmod go-w " +
                  directory_};
    }
    THALWEG_TRY_ASSIGN(lock_, hold_directory(*files_, directory_, holder));
    // What is seen now must not be gone after a power cut: the caller goes on from it.
    THALWEG_TRY(files_->sync_directory(directory_));
    THALWEG_TRY_ASSIGN(auto sizes, look_around());
    THALWEG_TRY_ASSIGN(bool all_right, find_epochs(sizes));
    // Otherwise what is there may be wanted to find out why.
    if (all_right) remove_unnamed();
    return {};
  }

  [[nodiscard]] Result<std::optional<Epoch>> latest() const {
    if (!unusable_.ok()) return unusable_;
    if (kept_.empty()) return std::optional<Epoch>();
    return std::optional<Epoch>(kept_.front());
  }

  void reject_latest(const Status& reason) {
    if (kept_.empty()) return;
    std::string why = "epoch " + std::to_string(kept_.front().number) + " (" +
                      std::string(reason.message()) + ")";
    kept_.erase(kept_.begin());
    if (kept_.empty()) {
      unusable_ = none_usable(why);
      return;
    }
    warn_of(why);
  }

  Result<CheckpointFile> write_file(std::string key, std::string_view bytes) {
    if (!unusable_.ok()) return unusable_;
    CheckpointFile file{std::move(key), {}, bytes.size(), crc32c(bytes)};
    {
      std::lock_guard lock(mutex_);
      file.name = manifests::data_name_of(next_data_number_++);
      data_names_.insert(file.name);
    }
    Status written = write_synced_file(*files_, path_of(file.name), bytes);
    std::lock_guard lock(mutex_);
    if (!written.ok()) {
      remove_data(file.name);
      return written.within("checkpoint file " + excerpt(file.key));
    }
    pending_.emplace(file.name, file);
    return file;
  }

  Result<std::string> read_file(const CheckpointFile& file) {
    const std::string path = path_of(file.name);
    const std::string where = "checkpoint file " + excerpt(file.key);
    if (!manifests::data_number_of(file.name)) {
      return Status(ErrorCode::invalid_argument, where + " has a name that no file has: " + path);
    }
    auto bytes = read_whole_file(*files_, path);
    if (!bytes.ok() && bytes.status().code() == ErrorCode::not_found) {
      return Status(ErrorCode::data_loss, where + " is missing: " + path);
    }
    THALWEG_TRY(bytes.status().within(where));
    if (bytes.value().size() != file.size_bytes || crc32c(bytes.value()) != file.crc32c) {
      return Status(ErrorCode::data_loss, where + " does not hold the " +
                                              std::to_string(file.size_bytes) +
                                              " bytes that were written: " + path);
    }
    return bytes;
  }

  Status commit(const Epoch& epoch) {
    std::lock_guard lock(mutex_);
    THALWEG_TRY(unusable_);
    Status committed = check(epoch);
    bool named = false;
    if (committed.ok()) committed = write_manifest(epoch, named);
    if (!committed.ok()) {
      take_back(epoch.number, named);
      return committed.within("checkpoint epoch " + std::to_string(epoch.number));
    }
    kept_.insert(kept_.begin(), epoch);
    if (kept_.size() > epochs_kept) kept_.resize(epochs_kept);
    pending_.clear();
    remove_unnamed();
    return {};
  }

  void abandon() {
    std::lock_guard lock(mutex_);
    remove_pending();
  }

 private:
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return join_path(directory_, name);
  }

  Status none_usable(const std::string& why) const {
    return {ErrorCode::data_loss,
            "no epoch of the checkpoint directory can be used: " + directory_ + ": " + why +
                "; bring its files back from a copy, or give an empty directory to start anew"};
  }

  void warn_of(const std::string& unusable) const {
    log(LogLevel::warning, "checkpoint can't be used: " + unusable + "; the latest is epoch " +
                               std::to_string(kept_.front().number) + " in " + directory_);
  }

  /// Notes which files of ours there are; returns the sizes of those with data.
  Result<Sizes> look_around() {
    THALWEG_TRY_ASSIGN(auto entries, files_->list(directory_));
    Sizes sizes;
    for (const auto& entry : entries) {
      std::string name(base_name(entry.path));
      if (auto number = manifests::data_number_of(name)) {
        sizes[name] = entry.size_bytes;
        data_names_.insert(name);
        next_data_number_ = std::max(next_data_number_, *number + 1);
      } else if (auto epoch = manifests::number_of(name)) {
        manifests_.insert(*epoch);
      } else if (name.ends_with(part_suffix) &&
                 manifests::number_of(name.substr(0, name.size() - part_suffix.size()))) {
        parts_.insert(entry.path);
      }
    }
    return sizes;
  }

  /// Takes up the epochs that can be used; false when one could not.
  Result<bool> find_epochs(const Sizes& sizes) {
    std::string why;
    std::size_t looked_at = 0;
    for (auto number = manifests_.rbegin(); number != manifests_.rend(); ++number) {
      if (looked_at++ == epochs_kept) break;
      auto epoch = read_epoch(*number, sizes);
      if (epoch.ok()) {
        kept_.push_back(std::move(epoch).value());
        continue;
      }
      Status failure = epoch.status();
      if (failure.code() != ErrorCode::data_loss && failure.code() != ErrorCode::unsupported) {
        return failure;
      }
      why += (why.empty() ? "" : "; ") + std::string("epoch ") + std::to_string(*number) + " (" +
             std::string(failure.message()) + ")";
      // A newer program has gone on from here: an older state would not be the one before.
      if (failure.code() == ErrorCode::unsupported && kept_.empty()) {
        unusable_ = failure;
        return false;
      }
    }
    if (why.empty()) return true;
    if (kept_.empty()) {
      unusable_ = none_usable(why);
    } else {
      warn_of(why);
    }
    return false;
  }

  Result<Epoch> read_epoch(std::uint64_t number, const Sizes& sizes) {
    const std::string path = path_of(manifests::name_of(number));
    THALWEG_TRY_ASSIGN(auto bytes, read_whole_file(*files_, path));
    THALWEG_TRY_ASSIGN(auto epoch, manifests::decode(bytes, number, path));
    for (const auto& file : epoch.files) {
      auto found = sizes.find(file.name);
      if (found != sizes.end() && found->second == file.size_bytes) continue;
      std::string has = found == sizes.end()
                            ? "is missing"
                            : "has " + std::to_string(found->second) + " bytes, " +
                                  std::to_string(file.size_bytes) + " were written";
      return Status(ErrorCode::data_loss,
                    "checkpoint file " + excerpt(file.key) + " " + has + ": " + path_of(file.name));
    }
    return epoch;
  }

  Status check(const Epoch& epoch) const {
    if (!kept_.empty() && epoch.number <= kept_.front().number) {
      return {ErrorCode::invalid_argument, "its number must be above that of the latest, " +
                                               std::to_string(kept_.front().number)};
    }
    std::map<std::string, CheckpointFile> known = pending_;
    for (const auto& kept : kept_) {
      for (const auto& file : kept.files) known.emplace(file.name, file);
    }
    for (const auto& file : epoch.files) {
      auto found = known.find(file.name);
      if (found != known.end() && found->second == file) continue;
      return {ErrorCode::invalid_argument,
              "file " + excerpt(file.name) + " with key " + excerpt(file.key) +
                  " was not written since the last commit and is in neither of the epochs kept"};
    }
    return {};
  }

  /// `named` is set before the manifest may have its name.
  Status write_manifest(const Epoch& epoch, bool& named) {
    // A damaged epoch that was gone back from, or one that was not taken back, must not win.
    for (auto number = manifests_.lower_bound(epoch.number); number != manifests_.end();) {
      THALWEG_TRY(files_->remove(path_of(manifests::name_of(*number))));
      number = manifests_.erase(number);
    }
    // The files' names, and those removals, before the manifest.
    THALWEG_TRY(files_->sync_directory(directory_));
    const std::string path = path_of(manifests::name_of(epoch.number));
    const std::string part = path + std::string(part_suffix);
    parts_.insert(part);
    THALWEG_TRY(write_synced_file(*files_, part, manifests::encode(epoch)));
    named = true;
    manifests_.insert(epoch.number);
    THALWEG_KILL_POINT("manifest.staged");
    THALWEG_TRY(files_->rename(part, path));
    THALWEG_KILL_POINT("manifest.renamed");
    parts_.erase(part);
    return files_->sync_directory(directory_);
  }

  /// Undoes what it can of an epoch that failed. Its files go only when its manifest is known to be
  /// gone: should that come back after a power cut, it finds them.
  void take_back(std::uint64_t number, bool named) {
    bool is_gone = !named;
    if (named && files_->remove(path_of(manifests::name_of(number))).ok()) {
      is_gone = files_->sync_directory(directory_).ok();
      if (is_gone) manifests_.erase(number);
    }
    remove_parts();
    if (is_gone) remove_pending();
    pending_.clear();
  }

  void remove_parts() {
    std::erase_if(parts_, [&](const auto& path) { return files_->remove(path).ok(); });
  }

  void remove_pending() {
    for (const auto& [name, file] : pending_) remove_data(name);
    pending_.clear();
  }

  bool remove_data(const std::string& name) {
    Status removed = files_->remove(path_of(name));
    // It stays noted otherwise, and the next commit tries again.
    if (removed.ok()) data_names_.erase(name);
    return removed.ok();
  }

  /// Removes all files of ours that no epoch kept names, manifests first: until their removal is
  /// durable they may come back after a power cut, and must find their files.
  void remove_unnamed() {
    remove_parts();
    bool all_gone = true;
    bool removed_some = false;
    for (auto number = manifests_.begin(); number != manifests_.end();) {
      bool is_kept = std::any_of(kept_.begin(), kept_.end(),
                                 [&](const Epoch& epoch) { return epoch.number == *number; });
      if (!is_kept && files_->remove(path_of(manifests::name_of(*number))).ok()) {
        removed_some = true;
        number = manifests_.erase(number);
        continue;
      }
      all_gone = all_gone && is_kept;
      ++number;
    }
    if (removed_some) all_gone = files_->sync_directory(directory_).ok() && all_gone;
    if (all_gone) all_gone = remove_unnamed_data();
    if (!all_gone) {
      log(LogLevel::warning,
          "files of old checkpoints could not be removed, the next one tries "
          "again: " +
              directory_);
    }
  }

  bool remove_unnamed_data() {
    std::set<std::string, std::less<>> doomed = data_names_;
    for (const auto& epoch : kept_) {
      for (const auto& file : epoch.files) doomed.erase(file.name);
    }
    bool all_gone = true;
    for (const auto& name : doomed) all_gone = remove_data(name) && all_gone;
    return all_gone;
  }

  const std::shared_ptr<FileSystem> files_;
  const std::string directory_;
  std::unique_ptr<FileLock> lock_;
  Status unusable_;          // Why there is no epoch although there are manifests.
  std::vector<Epoch> kept_;  // The newest first.

  std::mutex mutex_;                               // Guards what follows.
  std::map<std::string, CheckpointFile> pending_;  // Written since the last commit, by name.
  // What is in the directory, as far as it is ours.
  std::set<std::string, std::less<>> data_names_;
  std::set<std::string> parts_;  // Paths of manifests that were being written.
  std::set<std::uint64_t> manifests_;
  std::uint64_t next_data_number_ = 1;
};

CheckpointDirectory::CheckpointDirectory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CheckpointDirectory::~CheckpointDirectory() = default;

Result<std::unique_ptr<CheckpointDirectory>> CheckpointDirectory::open(
    std::shared_ptr<FileSystem> files, std::string directory, std::string_view owner,
    Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(files), std::move(directory));
  THALWEG_TRY(impl->open(holder_text(owner, clock)));
  return std::unique_ptr<CheckpointDirectory>(new CheckpointDirectory(std::move(impl)));
}

Result<std::optional<Epoch>> CheckpointDirectory::latest() const { return impl_->latest(); }
void CheckpointDirectory::reject_latest(const Status& reason) { impl_->reject_latest(reason); }
Result<CheckpointFile> CheckpointDirectory::write_file(std::string key, std::string_view bytes) {
  return impl_->write_file(std::move(key), bytes);
}
Result<std::string> CheckpointDirectory::read_file(const CheckpointFile& file) {
  return impl_->read_file(file);
}
Status CheckpointDirectory::verify(const Epoch& epoch) {
  for (const auto& file : epoch.files) THALWEG_TRY(impl_->read_file(file).status());
  return {};
}
Status CheckpointDirectory::commit(const Epoch& epoch) { return impl_->commit(epoch); }
void CheckpointDirectory::abandon() { impl_->abandon(); }

}  // namespace thalweg
