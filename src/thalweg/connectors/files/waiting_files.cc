// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/waiting_files.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "thalweg/common/file_system.h"

namespace thalweg::files {
namespace {

struct Candidate {
  MergeGroup group;
  std::uint64_t size_bytes = 0;
  SinkEpoch oldest = std::numeric_limits<SinkEpoch>::max();
};

MergeGroup empty_group_of(const WrittenFile& file) {
  std::size_t slash = file.name.rfind('/');
  std::string_view name = base_name(file.name);
  std::size_t dot = name.find('.');
  MergeGroup group;
  if (slash != std::string::npos) group.directory = file.name.substr(0, slash);
  if (dot != std::string_view::npos) group.extension = name.substr(dot);
  return group;
}

bool is_due(const Candidate& candidate, const MergeLimits& limits, SinkEpoch epoch) {
  return candidate.size_bytes >= limits.bytes ||
         epoch - candidate.oldest >= limits.interval.count();
}

}  // namespace

std::vector<MergeGroup> take_due(std::vector<WrittenFile>& waiting, const MergeLimits& limits,
                                 SinkEpoch epoch, std::size_t waiting_max) {
  std::map<std::pair<std::string, std::string>, Candidate> candidates;
  for (auto& file : waiting) {
    MergeGroup empty = empty_group_of(file);
    Candidate& candidate = candidates[{empty.directory, empty.extension}];
    if (candidate.group.files.empty()) candidate.group = std::move(empty);
    candidate.size_bytes += file.size_bytes;
    candidate.oldest = std::min(candidate.oldest, epoch_of_part(file.name));
    candidate.group.files.push_back(std::move(file));
  }
  waiting.clear();
  std::vector<Candidate> later;
  std::vector<MergeGroup> due;
  std::size_t left = 0;
  for (auto& [key, candidate] : candidates) {
    if (is_due(candidate, limits, epoch)) {
      due.push_back(std::move(candidate.group));
    } else {
      left += candidate.group.files.size();
      later.push_back(std::move(candidate));
    }
  }
  // Those that have the most files first.
  std::stable_sort(later.begin(), later.end(), [](const Candidate& a, const Candidate& b) {
    return a.group.files.size() > b.group.files.size();
  });
  for (auto& candidate : later) {
    std::vector<WrittenFile>& files = candidate.group.files;
    if (left > waiting_max) {
      left -= files.size();
      due.push_back(std::move(candidate.group));
    } else {
      waiting.insert(waiting.end(), std::make_move_iterator(files.begin()),
                     std::make_move_iterator(files.end()));
    }
  }
  return due;
}

}  // namespace thalweg::files
