// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/thalweg.h"

namespace thalweg {

/// The moments at which a program dies that writes an epoch; `never` comes last.
enum class Death { written, sealed, first_committed, all_committed, never };
constexpr std::array deaths{Death::written, Death::sealed, Death::first_committed,
                            Death::all_committed, Death::never};

/// Writes epochs into a directory with two writers, a row each: "2/0" is of epoch 2, writer 0.
class EpochWriter {
 public:
  EpochWriter(FileSystems& files, const std::string& directory,
              const std::string& merge_bytes = "0")
      : sink_(std::move(make_sink("files", {{"path", directory}, {"mergeBytes", merge_bytes}},
                                  {clock_, memory_, files, {}}))
                  .value()) {}

  /// The last epoch that is visible.
  Result<SinkEpoch> committed() {
    THALWEG_TRY_ASSIGN(auto writer, sink_->open(0, writers));
    return writer->committed();
  }

  /// As the engine does, up to the moment of death: what is open then is left as it is.
  Status write(SinkEpoch epoch, Death death) {
    std::vector<std::string> sealed;
    for (int i = 0; i < writers; ++i) {
      THALWEG_TRY_ASSIGN(auto writer, sink_->open(i, writers));
      THALWEG_TRY(writer->committed().status());
      THALWEG_TRY(writer->begin(epoch, 0));
      THALWEG_TRY(writer->write(Batch::of_text(row(epoch, i) + "\n")));
      open_.push_back(std::move(writer));
      if (death == Death::written) continue;
      THALWEG_TRY_ASSIGN(std::string text, open_.back()->seal());
      sealed.push_back(std::move(text));
    }
    for (int i = 0; i < writers && death > Death::sealed; ++i) {
      std::size_t at = open_.size() - writers + static_cast<std::size_t>(i);
      THALWEG_TRY(open_[at]->commit(epoch, sealed[static_cast<std::size_t>(i)]));
      if (death == Death::first_committed) break;
    }
    return death == Death::never ? sink_->commit(epoch, sealed) : Status();
  }

  Status end() { return sink_->end(); }

  static std::string row(SinkEpoch epoch, int writer) {
    return std::to_string(epoch) + "/" + std::to_string(writer);
  }

 private:
  static constexpr int writers = 2;
  VirtualClock clock_;
  MemoryBudget memory_{1 << 20};
  std::unique_ptr<Sink> sink_;
  std::vector<std::unique_ptr<SinkWriter>> open_;
};

/// A program writes epoch 1 and dies in epoch 2; another goes on with `successor`, the same
/// directory, up to epoch 3 and to the end. What failed. `merge_bytes`: 0, or 10 to have the rows
/// of the first two epochs merged in the second, and the rest at the end.
inline Status write_through(FileSystems& files, Death death, const std::string& directory,
                            const std::string& successor, const std::string& merge_bytes) {
  EpochWriter killed(files, directory, merge_bytes);
  THALWEG_TRY(killed.write(1, Death::never));
  THALWEG_TRY(killed.write(2, death));
  EpochWriter next(files, successor, merge_bytes);
  THALWEG_TRY_ASSIGN(SinkEpoch epoch, next.committed());
  while (epoch < 3) THALWEG_TRY(next.write(++epoch, Death::never));
  return next.end();
}

}  // namespace thalweg
