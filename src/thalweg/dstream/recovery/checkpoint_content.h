// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/status.h"
#include "thalweg/common/time.h"

namespace thalweg {

/// What is fixed of a batch before it runs.
struct BatchPlan {
  /// What each input has in the batch, in words of its own: by the input's name.
  std::map<std::string, std::string> inputs;
  /// In how many partitions operators divide it where the program gives no number; 0: not known.
  /// Since version 3.
  int partitions = 0;
  /// The same of stateful operators, by their names.
  std::map<std::string, int> state_partitions;

  friend bool operator==(const BatchPlan&, const BatchPlan&) = default;
};

/// What a checkpoint says of one stateful operator.
struct SavedState {
  std::string name;                ///< Given by the user, or made of kind and number.
  std::string kind;                ///< "update_state_by_key".
  bool named = false;              ///< By the user.
  std::string types;               ///< Of key and state.
  std::uint64_t keys = 0;          ///< That have a state.
  std::vector<std::string> files;  ///< Keys of the epoch's files, the oldest first.

  friend bool operator==(const SavedState&, const SavedState&) = default;
};

/// What an epoch of a streaming context says beside its files: docs/formats/streaming.md.
struct CheckpointContent {
  static constexpr std::uint32_t version = 3;

  Duration batch_interval{0};
  Time began;                       ///< When the context first started.
  Time zero;                        ///< One interval before its first batch.
  Time completed;                   ///< The last batch that the states have.
  std::uint64_t log_segment = 0;    ///< From which on the batch log tells of later batches.
  std::map<Time, BatchPlan> plans;  ///< Of batches that may be read again.
  std::vector<SavedState> states;
  /// What inputs remember after the last of the plans, by their names. Since version 2.
  std::map<std::string, std::string> memories;

  [[nodiscard]] std::string encode() const;
  /// Errors: data_loss; unsupported where a newer version wrote it.
  static Result<CheckpointContent> decode(std::string_view bytes);
};

/// A record of the batch log.
struct BatchRecord {
  enum class Kind : std::uint8_t {
    planned = 1,  ///< What is in the batch is fixed.
    done = 2,     ///< Its outputs are written.
  };
  Kind kind = Kind::planned;
  Time time;
  BatchPlan plan;  ///< Of a planned batch.

  [[nodiscard]] std::string encode() const;
  static Result<BatchRecord> decode(std::string_view bytes);
};

}  // namespace thalweg
