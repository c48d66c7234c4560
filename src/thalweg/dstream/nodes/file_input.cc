// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/file_input.h"

#include <algorithm>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/log.h"

namespace thalweg {
namespace {

constexpr Duration remember_min = std::chrono::seconds(60);

Duration whole_batches(Duration length, Duration interval) {
  return interval * ((length.count() + interval.count() - 1) / interval.count());
}

bool is_ordinary(const std::string& path) {
  std::string_view name = base_name(path);
  return !name.starts_with('.') && !name.starts_with('_') && !name.ends_with("_COPYING_");
}

}  // namespace

NewFiles::NewFiles(StreamGraph& graph, std::string directory, FileStreamOptions options)
    : graph_(graph),
      directory_(std::move(directory)),
      options_(std::move(options)),
      remembered_(whole_batches(remember_min, graph.batch_interval())),
      modified_lag_max_(
          value_or_throw(graph.session().files.resolve(directory_)).system->modified_lag_max()) {}

void NewFiles::begin(Time now) {
  if (began_) return;
  began_ = now;
  ignore_until_ = options_.new_files_only ? now - modified_lag_max_ : Time::min();
}

std::string NewFiles::plan_of(Time time) {
  auto known = selected_.find(time);
  if (known == selected_.end()) return {};
  Encoder plan;
  plan.put_length(known->second.size());
  for (const auto& path : known->second) plan.put_text(path);
  return plan.take();
}

Status NewFiles::restore(Time time, std::string_view plan) {
  Decoder in(plan);
  std::vector<std::string> paths;
  std::uint64_t count = in.get_length();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) paths.emplace_back(in.get_text());
  if (in.failed() || in.bytes_left() != 0) {
    return {ErrorCode::data_loss,
            "the list of files of batch " + to_string(time) + " is malformed"};
  }
  recent_.insert(paths.begin(), paths.end());
  selected_[time] = std::move(paths);
  return {};
}

Result<std::vector<std::string>> NewFiles::at(Time time) {
  if (auto known = selected_.find(time); known != selected_.end()) return known->second;
  THALWEG_TRY_ASSIGN(auto paths, find(time));
  recent_.insert(paths.begin(), paths.end());
  selected_[time] = paths;
  return paths;
}

void NewFiles::forget_before(Time time) {
  Time oldest = time - remembered_;
  while (!selected_.empty() && selected_.begin()->first < oldest) {
    for (const auto& path : selected_.begin()->second) recent_.erase(path);
    selected_.erase(selected_.begin());
  }
}

Result<std::vector<std::string>> NewFiles::find(Time time) {
  THALWEG_TRY_ASSIGN(FileLocation place, graph_.session().files.resolve(directory_));
  std::string scheme = directory_.substr(0, directory_.size() - place.path.size());
  auto directories = expand_glob(*place.system, place.path);
  Time threshold = std::max(ignore_until_, time - remembered_);
  std::vector<FileEntry> found;
  Status problem = directories.status();
  for (const auto& directory :
       directories.ok() ? directories.value() : std::vector<std::string>()) {
    auto entries = place.system->list(directory);
    if (!entries.ok()) {
      problem = entries.status();
      continue;
    }
    for (auto& entry : entries.value()) {
      entry.path = scheme + entry.path;
      if (belongs(entry, threshold, time)) found.push_back(std::move(entry));
    }
  }
  // A directory that is not there may come; said once each time it goes.
  if (!problem.ok() && !warned_missing_) {
    log(LogLevel::warning,
        std::string(problem.message()) + "; the stream goes on and looks again at every batch");
  }
  warned_missing_ = !problem.ok();
  std::sort(found.begin(), found.end(), [](const FileEntry& a, const FileEntry& b) {
    return std::pair(a.modified, a.path) < std::pair(b.modified, b.path);
  });
  std::vector<std::string> paths;
  for (auto& entry : found) paths.push_back(std::move(entry.path));
  return paths;
}

bool NewFiles::belongs(const FileEntry& entry, Time threshold, Time time) const {
  if (entry.is_directory || entry.modified <= threshold || entry.modified > time) return false;
  if (recent_.contains(entry.path)) return false;
  return options_.filter ? options_.filter(entry.path) : is_ordinary(entry.path);
}

}  // namespace thalweg
