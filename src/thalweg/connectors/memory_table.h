// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/common/status.h"
#include "thalweg/connectors/connector.h"

namespace thalweg {

/// What the memory sink wrote under one name: rows of committed epochs, and of those under way, up
/// to bytes_max().
///
/// Thread safety: all methods may be called concurrently.
class MemoryTable {
 public:
  /// The table of that name in this process, made at the first call. It lives as long as someone
  /// holds it.
  static std::shared_ptr<MemoryTable> named(const std::string& name);

  static constexpr std::size_t default_bytes_max = std::size_t{256} << 20;

  /// What the table may hold, of all epochs together; the last that was set counts.
  void set_bytes_max(std::size_t bytes_max);
  [[nodiscard]] std::size_t bytes_max() const;

  /// The committed batches: by epoch, then by writer, then in the order they were written.
  [[nodiscard]] std::vector<Batch> batches() const;
  /// The committed rows as text, a line each. A row that can't be printed says why.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::size_t row_count() const;
  /// The highest epoch that a writer committed; -1: none.
  [[nodiscard]] SinkEpoch committed(int writer) const;

  // What the sink calls. An attempt that was followed by another one is refused with `cancelled`.

  /// Drops what an earlier attempt of the writer at this epoch wrote.
  Status begin(SinkEpoch epoch, int writer, int attempt);
  /// Errors: invalid_argument where the table would hold more than bytes_max().
  Status append(SinkEpoch epoch, int writer, int attempt, const Batch& batch);
  /// Makes the epoch visible. Nothing changes where it is already, or there is nothing.
  void commit(SinkEpoch epoch, int writer);
  void abort(SinkEpoch epoch, int writer, int attempt);

 private:
  using Key = std::pair<SinkEpoch, int>;
  struct Pending {
    int attempt = 0;
    std::vector<Batch> batches;
    std::size_t bytes = 0;
  };
  /// Lets go of what an attempt wrote.
  void drop(std::map<Key, Pending>::iterator pending);

  mutable std::mutex mutex_;
  std::map<Key, Pending> pending_;
  std::map<Key, std::vector<Batch>> committed_;
  std::size_t bytes_ = 0;  ///< Of both.
  std::size_t bytes_max_ = default_bytes_max;
};

}  // namespace thalweg
