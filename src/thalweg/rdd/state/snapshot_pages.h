// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/common/status.h"

namespace thalweg {

/// The pages that the snapshots of a state have, each in its latest form:
/// docs/formats/streaming.md. Holds a few snapshots in memory, however many there are.
///
/// One thread.
class SnapshotPages {
 public:
  /// Gives the bytes of a snapshot; may be asked for one again. The oldest is number 0.
  using Read = std::function<Result<std::string>(std::size_t number)>;

  /// Looks at `count` snapshots. `read` must outlive this.
  /// Errors: data_loss where one is malformed; those of `read`.
  static Result<SnapshotPages> find(std::size_t count, const Read& read);

  /// Groups that were saved, each with a number below this.
  [[nodiscard]] std::size_t group_count() const { return groups_.size(); }
  /// Calls `visit` with the content of each page of a group, in the order of their numbers.
  /// Errors: those of `read` and of `visit`.
  Status for_each(std::size_t group, const std::function<Status(std::string_view)>& visit);

 private:
  struct Page {
    std::size_t snapshot = 0;
    std::size_t offset = 0;
    std::size_t size = 0;  ///< 0 where there is none.
  };
  /// Enough for a snapshot of all states and the changes that may follow it, read side by side.
  static constexpr std::size_t snapshots_held_max = 10;

  explicit SnapshotPages(const Read& read);
  Status note(std::size_t snapshot, std::string_view bytes);
  Result<std::shared_ptr<const std::string>> bytes_of(std::size_t snapshot);

  const Read* read_;
  std::vector<std::vector<Page>> groups_;
  /// The one that was used last in front.
  std::list<std::pair<std::size_t, std::shared_ptr<const std::string>>> held_;
};

}  // namespace thalweg
