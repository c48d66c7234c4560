// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "thalweg/common/status.h"
#include "thalweg/common/time.h"

namespace thalweg::files {

/// The files that were handed out, so that none is taken twice. What is older than `age_max` before
/// the newest of them is forgotten, and counts as handed out from then on.
///
/// Files are handed out in generations: the last one can be taken back, and what was known after an
/// earlier one can be asked for. One thread.
class SeenFiles {
 public:
  using Generation = std::uint64_t;

  /// `age_max`: Duration::max() remembers all.
  explicit SeenFiles(Duration age_max) : age_max_(age_max) {}

  [[nodiscard]] bool contains(const std::string& address) const { return files_.contains(address); }
  /// True for a time of change before which files are forgotten.
  [[nodiscard]] bool is_too_old(Time modified) const { return modified < threshold_; }

  void add(const std::string& address, Time modified, Generation generation);
  /// Takes the later generations back.
  void forget_after(Generation generation);
  /// Forgets what is too old. Times of change after `now` count as `now`.
  void forget_old(Time now);

  [[nodiscard]] std::size_t size() const { return files_.size(); }
  /// About so much memory is used.
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

  /// The files up to a generation: docs/formats/streaming.md.
  [[nodiscard]] std::string encode(Generation last) const;
  /// Adds what encode() gave. Errors: data_loss; unsupported where a newer version wrote it.
  Status decode(std::string_view bytes);

 private:
  struct Entry {
    Time modified;
    Generation generation = 0;
  };

  const Duration age_max_;
  std::unordered_map<std::string, Entry> files_;
  std::int64_t bytes_ = 0;
  Time newest_ = Time::min();
  Time threshold_ = Time::min();
  Time swept_to_ = Time::min();  ///< The threshold when entries were last taken out.
};

}  // namespace thalweg::files
