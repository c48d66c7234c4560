// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/functions.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// The rows for which `predicate` is true. Rows are not copied: the chunk is handed on with a list
/// of those that are meant.
template <typename T, typename F>
class FilteredNode final : public NarrowNode<T, T> {
 public:
  FilteredNode(const NodePointer<T>& parent, F predicate)
      : NarrowNode<T, T>(parent, "filter"), predicate_(std::move(predicate)) {
    this->set_partitioner(parent->partitioner());
  }

  [[nodiscard]] bool shippable() const override { return std::is_trivially_copyable_v<F>; }
  [[nodiscard]] const std::type_info* function_type() const override { return &typeid(F); }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    if constexpr (std::same_as<T, std::string_view> && std::same_as<F, Contains>) {
      // Searching the bytes before they are cut into lines is several times as fast.
      TextSearch search{predicate_.text};
      THALWEG_TRY_ASSIGN(auto found, this->parent().open_matching(partition, context, search));
      if (found != nullptr) return found;
    }
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    return CursorPointer<T>(new FilterCursor(*this, std::move(rows)));
  }

 private:
  class FilterCursor final : public Cursor<T> {
   public:
    FilterCursor(const FilteredNode& node, CursorPointer<T> rows)
        : node_(node), rows_(std::move(rows)) {}

    Result<Chunk<T>> next() override {
      while (true) {
        THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
        if (chunk.empty()) return chunk;
        ChunkScope<T> scope;
        std::size_t kept = 0;
        std::size_t i = 0;
        try {
          for (; i < chunk.size(); ++i) {
            std::size_t place = chunk.place(i);
            selection_[kept] = static_cast<std::uint16_t>(place);
            kept += static_cast<bool>(call_with(node_.predicate_, chunk.rows()[place])) ? 1 : 0;
          }
        } catch (...) {
          return user_failure(node_, record_excerpt(chunk[i]));
        }
        if (kept > 0) return Chunk<T>(chunk.rows(), selection_.data(), kept, chunk.movable());
      }
    }

   private:
    const FilteredNode& node_;
    CursorPointer<T> rows_;
    std::array<std::uint16_t, chunk_rows_max> selection_;
  };

  const F predicate_;
};

}  // namespace thalweg
