// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/seen_files.h"

#include <algorithm>
#include <vector>

#include "thalweg/common/bytes/codec.h"

namespace thalweg::files {
namespace {

constexpr std::uint8_t version = 1;
/// Of an entry besides its address.
constexpr std::int64_t entry_bytes = 96;
/// Entries are looked through for old ones this many times while age_max passes.
constexpr int sweeps_per_age = 32;

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(
      std::mismatch(a.begin(),
                    a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())),
                    b.begin())
          .first -
      a.begin());
}

}  // namespace

void SeenFiles::add(const std::string& address, Time modified, Generation generation) {
  auto [entry, added] = files_.insert_or_assign(address, Entry{modified, generation});
  if (added) bytes_ += static_cast<std::int64_t>(address.size()) + entry_bytes;
  newest_ = std::max(newest_, modified);
}

void SeenFiles::forget_after(Generation generation) {
  newest_ = Time::min();
  for (auto entry = files_.begin(); entry != files_.end();) {
    if (entry->second.generation > generation) {
      bytes_ -= static_cast<std::int64_t>(entry->first.size()) + entry_bytes;
      entry = files_.erase(entry);
    } else {
      newest_ = std::max(newest_, entry->second.modified);
      ++entry;
    }
  }
}

void SeenFiles::forget_old(Time now) {
  if (files_.empty() || age_max_ == Duration::max()) return;
  threshold_ = std::max(threshold_, std::min(newest_, now) - age_max_);
  if (threshold_ - swept_to_ < age_max_ / sweeps_per_age) return;
  swept_to_ = threshold_;
  std::erase_if(files_, [&](const auto& entry) {
    bool old = entry.second.modified < threshold_;
    if (old) bytes_ -= static_cast<std::int64_t>(entry.first.size()) + entry_bytes;
    return old;
  });
}

std::string SeenFiles::encode(Generation last) const {
  using Item = std::pair<const std::string, Entry>;
  std::vector<const Item*> items;
  for (const auto& item : files_) {
    if (item.second.generation <= last && !is_too_old(item.second.modified)) items.push_back(&item);
  }
  std::sort(items.begin(), items.end(),
            [](const Item* a, const Item* b) { return a->first < b->first; });
  Encoder out;
  out.put_number<std::uint8_t>(version);
  out.put_length(items.size());
  std::string_view before;
  for (const Item* item : items) {
    std::size_t shared = common_prefix(before, item->first);
    out.put_length(shared);
    out.put_text(std::string_view(item->first).substr(shared));
    out.put_number<std::int64_t>(item->second.modified.micros());
    out.put_length(item->second.generation);
    before = item->first;
  }
  return out.take();
}

Status SeenFiles::decode(std::string_view bytes) {
  Decoder in(bytes);
  if (auto found = in.get_number<std::uint8_t>(); found > version) {
    return {ErrorCode::unsupported, "the list of files read has version " + std::to_string(found) +
                                        "; this program reads up to version " +
                                        std::to_string(version)};
  }
  std::uint64_t count = in.get_length();
  std::string address;
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    std::uint64_t shared = in.get_length();
    if (shared > address.size()) break;
    address.resize(static_cast<std::size_t>(shared));
    address += in.get_text();
    Time modified = Time::from_micros(in.get_number<std::int64_t>());
    std::uint64_t generation = in.get_length();
    if (!in.failed()) add(address, modified, generation);
  }
  if (in.failed() || in.bytes_left() != 0) {
    return {ErrorCode::data_loss, "the list of files read is malformed"};
  }
  return {};
}

}  // namespace thalweg::files
