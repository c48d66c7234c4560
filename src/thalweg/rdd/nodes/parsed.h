// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/nodes/narrow.h"
#include "thalweg/rdd/parsed.h"

namespace thalweg {

template <typename R>
struct ParsedValue {
  using type = R;
};
template <typename T>
struct ParsedValue<Parsed<T>> {
  using type = T;
};
/// What the parser F makes of T: the value within Parsed, or what F returns.
template <typename F, typename T>
using ParsedValueOf = typename ParsedValue<ResultOf<F, T>>::type;

/// A function from a printable record to a Parsed value, or to a value (bad records are thrown).
template <typename F, typename T>
concept ParseFunction = Record<T> && MapFunction<F, T>;

/// The values that a parser makes of records; what it can't parse becomes a dead letter.
template <typename T, typename U, typename F>
class ParsedNode final : public NarrowNode<T, U> {
 public:
  ParsedNode(const NodePointer<T>& parent, F function)
      : NarrowNode<T, U>(parent, "parse"), function_(std::move(function)) {}

 protected:
  Result<CursorPointer<U>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    return CursorPointer<U>(new ParseCursor(*this, partition, std::move(rows), context));
  }

 private:
  class ParseCursor final : public Cursor<U> {
   public:
    ParseCursor(const ParsedNode& node, int partition, CursorPointer<T> rows, TaskContext& context)
        : node_(node),
          rows_(std::move(rows)),
          context_(context),
          letters_(context.begin_letters(node.id(), partition)) {}

    Result<Chunk<U>> next() override {
      out_.clear();
      while (out_.size() == 0) {
        THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
        if (chunk.empty()) break;
        ChunkScope<T> scope;
        ChunkScope<U> result_scope;
        for (std::size_t i = 0; i < chunk.size(); ++i) {
          try {
            parse(chunk[i]);
          } catch (const BadRecord& bad) {
            set_aside(chunk[i], bad.what());
          } catch (...) {
            return user_failure(node_, record_excerpt(chunk[i]));
          }
        }
      }
      return out_.chunk();
    }

   private:
    void parse(const T& row) {
      if constexpr (std::same_as<ResultOf<F, T>, U>) {
        out_.emplace(call_with(node_.function_, row));
      } else {
        Parsed<U> parsed = call_with(node_.function_, row);
        if (parsed.ok()) {
          out_.emplace(std::move(parsed).value());
        } else {
          set_aside(row, parsed.reason());
        }
      }
    }

    void set_aside(const T& row, std::string reason) {
      DeadLetter letter;
      letter.source = context_.origin.source.empty() ? node_.describe() : context_.origin.source;
      if constexpr (std::convertible_to<const T&, std::string_view>) {
        letter.position = context_.position_of(std::string_view(row).data());
      }
      letter.reason = std::move(reason);
      letter.bytes = to_text(row);
      letters_.push_back(std::move(letter));
    }

    const ParsedNode& node_;
    CursorPointer<T> rows_;
    TaskContext& context_;
    std::vector<DeadLetter>& letters_;
    ChunkBuffer<U> out_;
  };

  const F function_;
};

}  // namespace thalweg
