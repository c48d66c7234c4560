// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "thalweg/dstream/graph.h"
#include "thalweg/dstream/recovery/checkpoint_content.h"
#include "thalweg/rdd/state/keyed_state.h"
#include "thalweg/state/checkpoint/checkpoint_directory.h"

namespace thalweg {

/// The stateful streams of a program and what the epochs have of each.
///
/// Thread safety: none of its own. write() may run beside nothing but the batches and partitions().
class StatefulOperators {
 public:
  /// `directory`: where the epochs are, for messages.
  explicit StatefulOperators(std::string directory);
  StatefulOperators(const StatefulOperators&) = delete;
  StatefulOperators& operator=(const StatefulOperators&) = delete;
  ~StatefulOperators();

  /// Names the stateful streams of a graph that was prepared. It must outlive this.
  /// Errors: invalid_argument where two have the same name.
  Status find(const StreamGraph& graph);
  /// Gives each stream the state that the epoch has under its name.
  /// Errors: invalid_argument where they do not fit, saying what to do; data_loss.
  Status restore(const CheckpointContent& saved, const Epoch& epoch, CheckpointDirectory& epochs,
                 const std::set<std::string>& forget);

  /// In how many partitions each is now, by its name.
  [[nodiscard]] std::map<std::string, int> partitions() const;
  /// True where each is in as many partitions as `wanted` has under its name, or in the program's
  /// own number where it has none, or can't be.
  [[nodiscard]] bool are_divided(const std::map<std::string, int>& wanted) const;
  /// Makes it so, from the batch behind the one at `last` on. That another number can't be had is
  /// logged. REQUIRES: no batch is made or run meanwhile.
  void divide(const std::map<std::string, int>& wanted, Time last);

  /// The states after a batch, one image a stream; null for one without a batch since the restart.
  using Images = std::vector<std::unique_ptr<StateImage>>;
  /// Between two batches. `zero`: that of the context.
  Result<Images> images(Time time, Time zero);
  /// Writes what the images have and the epochs have not, for the epoch of the batch at `time`.
  /// Appends all files of the epoch to `files`. Errors: those of the directory.
  Result<std::vector<SavedState>> write(const Images& images, Time time,
                                        CheckpointDirectory& epochs,
                                        std::vector<CheckpointFile>* files);
  /// An epoch came to nothing: the next one has to have everything.
  void begin_anew();

 private:
  struct Operator;

  /// Refuses operators without names where those of their kind are not the checkpoint's.
  Status check_numbers(const CheckpointContent& saved, const std::set<std::string>& forget) const;
  Status restore_one(Operator& entry, const SavedState& saved, const Epoch& epoch,
                     CheckpointDirectory& epochs);

  const std::string directory_;
  std::vector<Operator> operators_;
};

}  // namespace thalweg
