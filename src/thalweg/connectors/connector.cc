// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/connector.h"

namespace thalweg {
namespace {

Status not_replayable() {
  return {ErrorCode::unsupported, "this source can't be read twice: rows once read are gone"};
}

}  // namespace

Status PartitionReader::stop_at(const Position&) { return not_replayable(); }

Result<Position> Source::plan(const Partition&, const Position&, std::size_t, std::size_t) {
  return not_replayable();
}

Result<Position> Source::latest(const Partition&) {
  return Status(ErrorCode::unsupported, "this source can't tell how many rows it has");
}

Result<std::int64_t> Source::rows_between(const Partition&, const Position&, const Position&) {
  return Status(ErrorCode::unsupported, "this source can't count rows before it reads them");
}

Status Source::acknowledge(const Partition&, const Position&) { return {}; }

bool Source::is_finished(const Partition&, const Position&) const { return false; }

std::string Source::memory(std::string_view) { return {}; }

Status Source::restore(std::string_view) {
  return {ErrorCode::data_loss, "this source remembers nothing, the checkpoint is of another one"};
}

Status Source::recall(std::span<const Partition>, std::string_view) { return {}; }

Status Sink::commit(SinkEpoch, std::span<const std::string>) { return {}; }

Status Sink::end() { return {}; }

std::string_view to_string(Guarantee guarantee) {
  switch (guarantee) {
    case Guarantee::at_most_once:
      return "at_most_once";
    case Guarantee::at_least_once:
      return "at_least_once";
    case Guarantee::per_key:
      return "per_key";
    case Guarantee::resumable:
      return "resumable";
    case Guarantee::transactional:
      return "transactional";
  }
  return "unknown";
}

}  // namespace thalweg
