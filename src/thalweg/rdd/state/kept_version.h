// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "thalweg/runtime/session.h"
#include "thalweg/state/state_table.h"

namespace thalweg {

/// The version of a key group's states that a batch left, in memory or as a block of the session's
/// store, which writes what was not touched for longest to a file when memory is short.
///
/// Copies are handles of one version; the block goes with the last of them.
/// Thread safety: all methods may be called concurrently.
template <Record K, Record S>
class KeptVersion {
 public:
  using Version = StateVersion<K, S>;

  /// Without keys.
  KeptVersion() : KeptVersion(Version()) {}
  /// Stays in memory.
  explicit KeptVersion(Version version)
      : KeptVersion(std::make_shared<const Version>(std::move(version))) {}

  /// Gives a version to the store of `session`. Errors: those of writing other blocks to disk.
  static Result<KeptVersion> store(std::shared_ptr<SessionState> session, Version version) {
    auto block = std::make_shared<const VersionBlock>(std::move(version));
    KeptVersion kept(block->version.size(), block->bytes());
    kept.stored_ = std::make_shared<const Stored>(std::move(session));
    THALWEG_TRY(kept.stored_->session->blocks.put(kept.stored_->id, std::move(block),
                                                  StorageLevel::memory_and_disk, &codec));
    return kept;
  }

  /// The version, read from its file where it is not in memory. It stays there while it is held.
  /// Errors: data_loss; unavailable; those of the file system.
  [[nodiscard]] Result<std::shared_ptr<const Version>> open() const {
    if (stored_ == nullptr) return in_memory_;
    THALWEG_TRY_ASSIGN(auto block, stored_->session->blocks.get(stored_->id));
    const Version& version = static_cast<const VersionBlock&>(*block).version;
    return std::shared_ptr<const Version>(std::move(block), &version);
  }

  /// Keys that have a state.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// What it takes in memory.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Of a stored version, and of no other of the session; 0 for one that stays in memory.
  [[nodiscard]] std::int64_t id() const { return stored_ == nullptr ? 0 : stored_->id.owner; }

 private:
  struct VersionBlock final : Block {
    explicit VersionBlock(Version given) : version(std::move(given)) {}
    [[nodiscard]] std::size_t bytes() const override { return version.bytes(); }
    const Version version;
  };
  /// Removes the block with the last handle.
  struct Stored {
    explicit Stored(std::shared_ptr<SessionState> given)
        : session(std::move(given)), id{BlockId::Kind::state, session->next_id(), 0, 0} {}
    Stored(const Stored&) = delete;
    Stored& operator=(const Stored&) = delete;
    ~Stored() { session->blocks.remove(id); }
    const std::shared_ptr<SessionState> session;
    const BlockId id;
  };

  static constexpr BlockCodec codec{
      [](const Block& block, Encoder& out) {
        static_cast<const VersionBlock&>(block).version.encode(out);
      },
      [](std::string&& bytes) -> Result<std::shared_ptr<const Block>> {
        THALWEG_TRY_ASSIGN(auto version, Version::decode(bytes));
        return std::shared_ptr<const Block>(
            std::make_shared<const VersionBlock>(std::move(version)));
      }};

  explicit KeptVersion(std::shared_ptr<const Version> version)
      : KeptVersion(version->size(), version->bytes()) {
    in_memory_ = std::move(version);
  }
  KeptVersion(std::size_t size, std::size_t bytes) : size_(size), bytes_(bytes) {}

  std::shared_ptr<const Version> in_memory_;
  std::shared_ptr<const Stored> stored_;
  std::size_t size_;
  std::size_t bytes_;
};

}  // namespace thalweg
