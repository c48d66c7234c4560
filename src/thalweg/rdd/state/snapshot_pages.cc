// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/state/snapshot_pages.h"

#include <algorithm>

#include "thalweg/common/bytes/codec.h"

namespace thalweg {
namespace {

constexpr std::uint64_t groups_max = 1 << 20;

Status malformed() {
  return {ErrorCode::data_loss, "a snapshot of state ends early or is malformed"};
}

}  // namespace

SnapshotPages::SnapshotPages(const Read& read) : read_(&read) {}

Result<SnapshotPages> SnapshotPages::find(std::size_t count, const Read& read) {
  SnapshotPages pages(read);
  for (std::size_t number = 0; number < count; ++number) {
    THALWEG_TRY_ASSIGN(auto bytes, pages.bytes_of(number));
    THALWEG_TRY(pages.note(number, *bytes));
  }
  return pages;
}

Status SnapshotPages::note(std::size_t snapshot, std::string_view bytes) {
  Decoder in(bytes);
  while (std::uint64_t group = in.get_length()) {
    bool afresh = in.get_number<std::uint8_t>() != 0;
    if (group > groups_max) return malformed();
    if (groups_.size() < group) groups_.resize(group);
    auto& pages = groups_[group - 1];
    if (afresh) pages.clear();
    std::uint64_t count = in.get_length();
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      std::uint64_t page = in.get_length();
      if (page > pages.size() + count) return malformed();
      if (page >= pages.size()) pages.resize(page + 1);
      std::string_view content = in.get_text();
      pages[page] = {snapshot, bytes.size() - in.bytes_left() - content.size(), content.size()};
    }
  }
  return in.failed() || in.bytes_left() != 0 ? malformed() : Status();
}

Status SnapshotPages::for_each(std::size_t group,
                               const std::function<Status(std::string_view)>& visit) {
  for (const Page& page : groups_[group]) {
    if (page.size == 0) continue;
    THALWEG_TRY_ASSIGN(auto bytes, bytes_of(page.snapshot));
    THALWEG_TRY(visit(std::string_view(*bytes).substr(page.offset, page.size)));
  }
  return {};
}

Result<std::shared_ptr<const std::string>> SnapshotPages::bytes_of(std::size_t snapshot) {
  auto found = std::find_if(held_.begin(), held_.end(),
                            [&](const auto& entry) { return entry.first == snapshot; });
  if (found != held_.end()) {
    held_.splice(held_.begin(), held_, found);
    return held_.front().second;
  }
  THALWEG_TRY_ASSIGN(auto bytes, (*read_)(snapshot));
  if (held_.size() == snapshots_held_max) held_.pop_back();
  held_.emplace_front(snapshot, std::make_shared<const std::string>(std::move(bytes)));
  return held_.front().second;
}

}  // namespace thalweg
