// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/counted.h"

#include "thalweg/rdd/rdd.h"

namespace thalweg {
namespace {

using Count = Result<std::int64_t> (*)(AnyNode&, int, TaskContext&);

/// One row for each partition of the parent: how many rows it has.
class CountedNode final : public RddNode<std::int64_t> {
 public:
  CountedNode(const std::shared_ptr<AnyNode>& parent, Count count)
      : RddNode<std::int64_t>(parent, "count"), parent_(*parent), count_(count) {}

 protected:
  Result<CursorPointer<std::int64_t>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(std::int64_t count, count_(parent_, partition, context));
    auto block = make_block<std::int64_t>();
    block_of<std::int64_t>(*block).append_row(count);
    return CursorPointer<std::int64_t>(new BlockCursor<std::int64_t>(std::move(block), context));
  }

 private:
  AnyNode& parent_;  ///< Kept alive by the dependency.
  const Count count_;
};

}  // namespace

NodePointer<std::int64_t> make_counted_node(const std::shared_ptr<AnyNode>& parent, Count count) {
  RDD<std::int64_t> counts(make_node<CountedNode>(parent, count));
  return counts.repartition(1)
      .map_partitions([](Rows<std::int64_t> rows) {
        std::int64_t sum = 0;
        for (std::int64_t part : rows) sum += part;
        return std::vector<std::int64_t>{sum};
      })
      .node();
}

}  // namespace thalweg
