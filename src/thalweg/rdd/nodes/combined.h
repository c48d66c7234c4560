// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/keyed_table.h"
#include "thalweg/rdd/shuffle.h"

namespace thalweg {

// Aggregation by key. An Aggregation says how values V become a C:
//
//     C create(const V&) const;               // of a key's first value
//     void add(C&, const V&, Arena&) const;   // of its next, in the same map partition
//     void merge(C&, const C&, Arena&) const; // of two map partitions, in their order
//
// What a C views after add() and merge() lies in the arena.

/// Replaces `sum` by what a user's function made. That may be a string where the sum is a view: it
/// is copied before it goes.
template <typename C, typename Made>
void replace_sum(C& sum, Made&& made, Arena& arena) {
  if constexpr (has_views<C>) {
    C next(made);
    RecordTraits<C>::adopt(next, arena);
    sum = std::move(next);
  } else {
    sum = C(std::forward<Made>(made));
  }
}

/// C and V are one: reduce_by_key.
template <typename V, typename F>
struct Reducing {
  static constexpr bool merges_as_it_adds = true;
  F function;
  V create(const V& value) const { return value; }
  void add(V& sum, const V& value, Arena& arena) const {
    replace_sum(sum, call_with(function, sum, value), arena);
  }
  void merge(V& sum, const V& value, Arena& arena) const { add(sum, value, arena); }
};

/// The three functions of combine_by_key.
template <typename V, typename C, typename Create, typename Add, typename Merge>
struct Combining {
  Create create_function;
  Add add_function;
  Merge merge_function;
  C create(const V& value) const { return C(call_with(create_function, value)); }
  void add(C& sum, const V& value, Arena& arena) const {
    replace_sum(sum, call_with(add_function, sum, value), arena);
  }
  void merge(C& sum, const C& other, Arena& arena) const {
    replace_sum(sum, call_with(merge_function, sum, other), arena);
  }
};

/// A table that aggregates rows, and where they came from when a user's function throws.
template <typename K, typename V, typename C, typename Aggregation>
class AggregationTable {
 public:
  explicit AggregationTable(const Aggregation& aggregation) : aggregation_(aggregation) {}
  /// One that begins with what `size` expects, of half of what a task may hold.
  AggregationTable(const Aggregation& aggregation, const TableSize& size,
                   const SessionState& session)
      : aggregation_(aggregation),
        table_(std::min(size.expected(), static_cast<std::size_t>(task_bytes_max(session)) / 2 /
                                             KeyedTable<K, C>::expected_bytes_max)) {}

  /// Adds pairs (K, V).
  Status add(const Chunk<std::pair<K, V>>& chunk, const AnyNode& node) {
    return upsert_all(
        chunk, node, [&](const V& value) { return aggregation_.create(value); },
        [&](C& sum, const V& value) { aggregation_.add(sum, value, table_.arena()); });
  }

  /// Merges pairs (K, C).
  Status merge(const Chunk<std::pair<K, C>>& chunk, const AnyNode& node) {
    if constexpr (requires { Aggregation::merges_as_it_adds; })
      return add(chunk, node);
    else
      return upsert_all(
          chunk, node, [](const C& sum) { return sum; },
          [&](C& sum, const C& other) { aggregation_.merge(sum, other, table_.arena()); });
  }

  KeyedTable<K, C>& table() { return table_; }

 private:
  template <typename Value, typename Make, typename Merge>
  Status upsert_all(const Chunk<std::pair<K, Value>>& chunk, const AnyNode& node, const Make& make,
                    const Merge& merge) {
    ChunkScope<std::pair<K, Value>> scope;
    const std::size_t size = chunk.size();
    for (std::size_t i = 0; i < size; ++i) hashes_[i] = RecordTraits<K>::hash(chunk[i].first);
    if (table_.is_large()) {
      for (std::size_t i = 0; i < size; ++i) table_.prefetch(hashes_[i]);
      for (std::size_t i = 0; i < size; ++i) table_.prefetch_entry(hashes_[i]);
      if constexpr (points<K> || points<C>) {
        for (std::size_t i = 0; i < size; ++i) table_.prefetch_pointed(hashes_[i]);
      }
    }
    std::size_t i = 0;
    try {
      for (; i < size; ++i) {
        const auto& [key, value] = chunk[i];
        table_.upsert(
            key, hashes_[i], [&] { return hold(make(value)); }, [&](C& sum) { merge(sum, value); });
      }
    } catch (...) {
      return user_failure(node, record_excerpt(chunk[i]));
    }
    if constexpr (has_views<C>) {
      // Sums that were replaced leave their bytes behind.
      if (table_.arena().bytes() > compact_above_) {
        table_.compact_values();
        compact_above_ = table_.arena().bytes() * 2 + (1 << 20);
      }
    }
    return {};
  }

  C hold(C sum) {
    if constexpr (has_views<C>) RecordTraits<C>::adopt(sum, table_.arena());
    return sum;
  }

  const Aggregation& aggregation_;
  KeyedTable<K, C> table_;
  std::size_t compact_above_ = 1 << 20;
  std::array<std::uint64_t, chunk_rows_max> hashes_;
};

/// How large the last tables of an aggregation were, on both sides of its shuffle.
struct AggregationSizes {
  TableSize map_side;
  TableSize reduce_side;
};

/// Adds up each map partition before it is sent: a key crosses once a map partition at most (more
/// often only when the table outgrows its share of memory and is sent in several runs).
template <typename K, typename V, typename C, typename Aggregation>
class CombiningShuffle final : public Shuffle<std::pair<K, C>> {
 public:
  using Row = std::pair<K, C>;

  CombiningShuffle(const NodePointer<std::pair<K, V>>& map_node,
                   std::shared_ptr<const Partitioner<K>> partitioner, Aggregation aggregation,
                   std::shared_ptr<AggregationSizes> sizes)
      : Shuffle<Row>(map_node, partitioner->partition_count()),
        map_node_(*map_node),
        partitioner_(std::move(partitioner)),
        aggregation_(std::move(aggregation)),
        sizes_(std::move(sizes)) {}

  Status write(int map_partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto cursor, map_node_.open(map_partition, context));
    ShuffleOutput output(*this, map_partition, row_codec<Row>());
    MemoryCharge charge(context.session.memory);
    const auto table_bytes_max = static_cast<std::size_t>(task_bytes_max(context.session));
    std::optional<Table> table(std::in_place, aggregation_, sizes_->map_side, context.session);
    charge.resize(static_cast<std::int64_t>(table->table().bytes()));
    while (true) {
      THALWEG_TRY_ASSIGN(auto chunk, cursor->next());
      if (chunk.empty()) break;
      THALWEG_TRY(table->add(chunk, map_node_));
      if (table->table().bytes() > table_bytes_max) {
        scatter(*table, output);
        THALWEG_TRY(output.store());
        table.emplace(aggregation_);
      }
      charge.resize(static_cast<std::int64_t>(table->table().bytes()));
    }
    sizes_->map_side.note(table->table().size());
    scatter(*table, output);
    return output.finish();
  }

  const Aggregation& aggregation() const { return aggregation_; }
  AggregationSizes& sizes() const { return *sizes_; }

 private:
  using Table = AggregationTable<K, V, C, Aggregation>;

  /// Hands the sums out to the blocks, which view the table and keep it.
  void scatter(Table& source, ShuffleOutput& output) {
    ChunkScope<Row> scope;
    const auto parts = static_cast<std::size_t>(this->reduce_partition_count());
    auto* held = new Held<KeyedTable<K, C>>(std::move(source.table()));
    const std::shared_ptr<const AnyHeld> owner = own_held(held);
    KeyedTable<K, C>& table = held->value;
    if (table.size() == 0) return;
    for (auto& entry : table.entries()) {
      const K& key = entry.key.get();
      auto part = static_cast<std::size_t>(partitioner_->place(key, RecordTraits<K>::hash(key)));
      auto& block = output.block(part);
      if (block == nullptr) {
        block = make_block<Row>();
        block_of<Row>(*block).reserve(table.size() / parts);
      }
      block_of<Row>(*block).append_kept_row(Row(key, std::move(entry.value)));
    }
    if constexpr (has_views<Row>) {
      for (std::size_t i = 0; i < parts; ++i) {
        auto& block = output.block(i);
        if (block == nullptr) continue;
        block_of<Row>(*block).keep(owner, table.bytes() / parts);
      }
    }
  }

  RddNode<std::pair<K, V>>& map_node_;
  const std::shared_ptr<const Partitioner<K>> partitioner_;
  const Aggregation aggregation_;
  const std::shared_ptr<AggregationSizes> sizes_;
};

/// Hands out the sums of a table in the order in which their keys first came.
template <typename K, typename C>
class TableCursor final : public Cursor<std::pair<K, C>> {
 public:
  /// `held`: what the keys and values may view. `charge`: for the table.
  TableCursor(KeyedTable<K, C> table, BlockList held, MemoryCharge charge,
              const TaskContext& context)
      : charge_(std::move(charge)),
        table_(std::move(table)),
        held_(std::move(held)),
        context_(context) {}

  Result<Chunk<std::pair<K, C>>> next() override {
    if (context_.cancelled()) return job_stopped();
    ChunkScope<std::pair<K, C>> scope;
    out_.clear();
    auto& entries = table_.entries();
    for (; next_ < entries.size() && !out_.full(); ++next_) {
      out_.emplace(entries[next_].key.get(), std::move(entries[next_].value));
    }
    return out_.chunk();
  }

 private:
  MemoryCharge charge_;
  KeyedTable<K, C> table_;
  BlockList held_;
  const TaskContext& context_;
  std::size_t next_ = 0;
  ChunkBuffer<std::pair<K, C>> out_;
};

/// The value of all values of each key, made by an aggregation; a shuffle lies before it.
template <typename K, typename V, typename C, typename Aggregation>
class CombinedNode final : public RddNode<std::pair<K, C>> {
 public:
  using Row = std::pair<K, C>;

  /// `sizes`: of the same operator in earlier batches.
  CombinedNode(const NodePointer<std::pair<K, V>>& parent, std::string_view kind,
               const std::shared_ptr<const Partitioner<K>>& partitioner, Aggregation aggregation,
               std::shared_ptr<AggregationSizes> sizes = std::make_shared<AggregationSizes>())
      : CombinedNode(kind, partitioner,
                     make_shuffle<ShuffleType>(parent, partitioner, std::move(aggregation),
                                               std::move(sizes))) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    BlockList blocks;
    MemoryCharge charge(context.session.memory);
    TableSize& size = shuffle_.sizes().reduce_side;
    AggregationTable<K, V, C, Aggregation> sums(shuffle_.aggregation(), size, context.session);
    charge.resize(static_cast<std::int64_t>(sums.table().bytes()));
    ShuffleReader reader(shuffle_, partition, context);
    while (true) {
      THALWEG_TRY_ASSIGN(auto block, reader.next());
      if (block == nullptr) break;
      THALWEG_TRY(merge_rows(rows_of<Row>(*block), sums));
      charge.resize(static_cast<std::int64_t>(sums.table().bytes()));
      if constexpr (has_views<Row>) blocks.push_back(std::move(block));
    }
    size.note(sums.table().size());
    return CursorPointer<Row>(new TableCursor<K, C>(std::move(sums.table()), std::move(blocks),
                                                    std::move(charge), context));
  }

 private:
  using ShuffleType = CombiningShuffle<K, V, C, Aggregation>;

  CombinedNode(std::string_view kind, const std::shared_ptr<const Partitioner<K>>& partitioner,
               const ShufflePointer<Row>& shuffle)
      : RddNode<Row>(shuffle, kind), shuffle_(static_cast<ShuffleType&>(*shuffle)) {
    this->set_partitioner(partitioner);
  }

  Status merge_rows(const RowList<Row>& rows, AggregationTable<K, V, C, Aggregation>& sums) const {
    for (std::size_t i = 0; i < rows.size(); i += chunk_rows_max) {
      Chunk<Row> chunk(const_cast<Row*>(rows.data()) + i, std::min(chunk_rows_max, rows.size() - i),
                       false);
      THALWEG_TRY(sums.merge(chunk, *this));
    }
    return {};
  }

  ShuffleType& shuffle_;
};

}  // namespace thalweg
