// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/memory_table.h"

#include <algorithm>
#include <limits>

#include "thalweg/columnar/batch_text.h"

namespace thalweg {

std::shared_ptr<MemoryTable> MemoryTable::named(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<MemoryTable>> tables;
  std::lock_guard lock(mutex);
  std::shared_ptr<MemoryTable> table = tables[name].lock();
  if (table == nullptr) {
    std::erase_if(tables, [](const auto& entry) { return entry.second.expired(); });
    table = std::make_shared<MemoryTable>();
    tables[name] = table;
  }
  return table;
}

void MemoryTable::set_bytes_max(std::size_t bytes_max) {
  std::lock_guard lock(mutex_);
  bytes_max_ = bytes_max;
}

std::size_t MemoryTable::bytes_max() const {
  std::lock_guard lock(mutex_);
  return bytes_max_;
}

std::vector<Batch> MemoryTable::batches() const {
  std::lock_guard lock(mutex_);
  std::vector<Batch> all;
  for (const auto& [key, batches] : committed_) {
    all.insert(all.end(), batches.begin(), batches.end());
  }
  return all;
}

std::string MemoryTable::text() const {
  std::string text;
  for (const Batch& batch : batches()) {
    Status status = append_rows_as_text(batch, std::numeric_limits<std::size_t>::max(), text);
    if (!status.ok()) text += status.to_string() + "\n";
  }
  return text;
}

std::size_t MemoryTable::row_count() const {
  std::size_t rows = 0;
  for (const Batch& batch : batches()) rows += batch.row_count();
  return rows;
}

SinkEpoch MemoryTable::committed(int writer) const {
  std::lock_guard lock(mutex_);
  SinkEpoch highest = -1;
  for (const auto& [key, batches] : committed_) {
    if (key.second == writer) highest = std::max(highest, key.first);
  }
  return highest;
}

Status MemoryTable::begin(SinkEpoch epoch, int writer, int attempt) {
  std::lock_guard lock(mutex_);
  auto [place, is_new] = pending_.try_emplace({epoch, writer});
  if (!is_new && place->second.attempt > attempt) {
    return {ErrorCode::cancelled, "sink memory: attempt " + std::to_string(attempt) + " at epoch " +
                                      std::to_string(epoch) + " was followed by attempt " +
                                      std::to_string(place->second.attempt)};
  }
  bytes_ -= place->second.bytes;
  place->second = {attempt, {}, 0};
  return {};
}

Status MemoryTable::append(SinkEpoch epoch, int writer, int attempt, const Batch& batch) {
  std::lock_guard lock(mutex_);
  auto place = pending_.find({epoch, writer});
  if (place == pending_.end() || place->second.attempt != attempt) {
    return {ErrorCode::cancelled, "sink memory: attempt " + std::to_string(attempt) + " at epoch " +
                                      std::to_string(epoch) + " is no longer the latest"};
  }
  if (bytes_ + batch.bytes() > bytes_max_) {
    return {ErrorCode::invalid_argument,
            "sink memory: the table would hold more than " + std::to_string(bytes_max_) +
                " bytes: epoch " + std::to_string(epoch) + " adds " +
                std::to_string(batch.bytes()) + " to " + std::to_string(bytes_) +
                "; write fewer rows, raise bytes_max, or write to files"};
  }
  bytes_ += batch.bytes();
  place->second.bytes += batch.bytes();
  place->second.batches.push_back(batch);
  return {};
}

void MemoryTable::commit(SinkEpoch epoch, int writer) {
  std::lock_guard lock(mutex_);
  auto place = pending_.find({epoch, writer});
  if (place == pending_.end()) return;
  bool is_new = committed_.try_emplace(place->first, std::move(place->second.batches)).second;
  if (is_new) {
    pending_.erase(place);
  } else {
    drop(place);
  }
}

void MemoryTable::abort(SinkEpoch epoch, int writer, int attempt) {
  std::lock_guard lock(mutex_);
  auto place = pending_.find({epoch, writer});
  if (place != pending_.end() && place->second.attempt == attempt) drop(place);
}

void MemoryTable::drop(std::map<Key, Pending>::iterator pending) {
  bytes_ -= pending->second.bytes;
  pending_.erase(pending);
}

}  // namespace thalweg
