// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "thalweg/common/random.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// Rows drawn by chance: once each when their draw from [0, 1) falls into [low, high), or, with
/// replacement, as often as a Poisson number of mean `high` says. The same seed draws the same
/// rows.
template <typename T>
class SampledNode final : public NarrowNode<T, T> {
 public:
  SampledNode(const std::shared_ptr<RddNode<T>>& parent, bool with_replacement, double low,
              double high, std::uint64_t seed)
      : NarrowNode<T, T>(parent, "sample"),
        with_replacement_(with_replacement),
        low_(low),
        high_(high),
        seed_(seed) {
    this->set_partitioner(parent->partitioner());
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    std::uint64_t seed = hash_combine(seed_, static_cast<std::uint64_t>(partition));
    return CursorPointer<T>(std::make_unique<SampleCursor>(*this, std::move(rows), seed));
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
    int draw() {
      double number = random_.uniform();
      if (!node_.with_replacement_) return number >= node_.low_ && number < node_.high_ ? 1 : 0;
      // Knuth's way: fine for the small means that samples have.
      double product = number;
      double limit = std::exp(-node_.high_);
      int count = 0;
      for (; product > limit && count < 1'000'000; ++count) product *= random_.uniform();
      return count;
    }

    const SampledNode& node_;
    CursorPointer<T> rows_;
    Random random_;
    Chunk<T> chunk_;
    std::size_t index_ = 0;
    int repeats_ = 0;
    std::array<std::uint16_t, chunk_rows_max> selection_;
  };

  const bool with_replacement_;
  const double low_;
  const double high_;
  const std::uint64_t seed_;
};

}  // namespace thalweg
