// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <typeinfo>
#include <utility>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// `function` of every row.
template <typename T, typename U, typename F>
class MappedNode final : public NarrowNode<T, U> {
 public:
  MappedNode(const NodePointer<T>& parent, F function, bool keeps_keys,
             std::string_view kind = "map")
      : NarrowNode<T, U>(parent, kind), function_(std::move(function)) {
    if (keeps_keys) this->set_partitioner(parent->partitioner());
  }

  [[nodiscard]] bool shippable() const override { return std::is_trivially_copyable_v<F>; }
  [[nodiscard]] const std::type_info* function_type() const override { return &typeid(F); }

 protected:
  Result<CursorPointer<U>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    return CursorPointer<U>(new MapCursor(*this, std::move(rows)));
  }

 private:
  class MapCursor final : public Cursor<U> {
   public:
    MapCursor(const MappedNode& node, CursorPointer<T> rows)
        : node_(node), rows_(std::move(rows)) {}

    Result<Chunk<U>> next() override {
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
      ChunkScope<T> scope;
      ChunkScope<U> result_scope;
      out_.clear();
      std::size_t i = 0;
      try {
        if (chunk.selection() == nullptr) {
          const T* row = chunk.rows();
          for (; i < chunk.size(); ++i) out_.emplace(call_with(node_.function_, row[i]));
        } else {
          for (; i < chunk.size(); ++i) out_.emplace(call_with(node_.function_, chunk[i]));
        }
      } catch (...) {
        return user_failure(node_, record_excerpt(chunk[i]));
      }
      return out_.chunk();
    }

   private:
    const MappedNode& node_;
    CursorPointer<T> rows_;
    ChunkBuffer<U> out_;
  };

  const F function_;
};

}  // namespace thalweg
