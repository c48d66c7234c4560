// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "thalweg/common/error.h"
#include "thalweg/common/random.h"
#include "thalweg/common/record.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// Rows drawn by chance: once each when their draw from [0, 1) falls into [low, high), or, with
/// replacement, as often as a Poisson number of mean `high` says. The same seed draws the same
/// rows.
template <typename T>
class SampledNode final : public NarrowNode<T, T> {
 public:
  /// How often a row is drawn at most, on average: its number is drawn before the row is given out.
  static constexpr double repeats_max = 1e9;

  /// Errors: throws Error(invalid_argument) where `high` is above repeats_max.
  SampledNode(const NodePointer<T>& parent, bool with_replacement, double low, double high,
              std::uint64_t seed)
      : NarrowNode<T, T>(parent, "sample"),
        with_replacement_(with_replacement),
        low_(low),
        high_(high),
        seed_(seed) {
    if (high > repeats_max) {
      throw Error(ErrorCode::invalid_argument,
                  "sample fraction must be at most 1.0E9 with replacement: got " + to_text(high));
    }
    this->set_partitioner(parent->partitioner());
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    std::uint64_t seed = hash_combine(seed_, static_cast<std::uint64_t>(partition));
    return CursorPointer<T>(new SampleCursor(*this, std::move(rows), seed));
  }

 private:
  class SampleCursor final : public Cursor<T> {
   public:
    SampleCursor(const SampledNode& node, CursorPointer<T> rows, std::uint64_t seed)
        : node_(node), rows_(std::move(rows)), random_(seed) {}

    Result<Chunk<T>> next() override {
      std::size_t drawn = 0;
      while (drawn == 0) {
        if (index_ == chunk_.size() && repeats_ == 0) {
          THALWEG_TRY_ASSIGN(chunk_, rows_->next());
          index_ = 0;
          if (chunk_.empty()) return chunk_;
        }
        while (drawn < chunk_rows_max) {
          if (repeats_ > 0) {
            --repeats_;
            selection_[drawn++] = static_cast<std::uint16_t>(chunk_.place(index_ - 1));
          } else if (index_ < chunk_.size()) {
            repeats_ = draw();
            ++index_;
          } else {
            break;
          }
        }
      }
      // A row drawn twice must not be moved away once.
      return Chunk<T>(chunk_.rows(), selection_.data(), drawn,
                      chunk_.movable() && !node_.with_replacement_);
    }

   private:
    std::uint64_t draw() {
      if (node_.with_replacement_) return random_.poisson(node_.high_);
      double number = random_.uniform();
      return number >= node_.low_ && number < node_.high_ ? 1 : 0;
    }

    const SampledNode& node_;
    CursorPointer<T> rows_;
    Random random_;
    Chunk<T> chunk_;
    std::size_t index_ = 0;
    std::uint64_t repeats_ = 0;
    std::array<std::uint16_t, chunk_rows_max> selection_;
  };

  const bool with_replacement_;
  const double low_;
  const double high_;
  const std::uint64_t seed_;
};

}  // namespace thalweg
