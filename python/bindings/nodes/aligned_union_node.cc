// SPDX-License-Identifier: Apache-2.0
#include "bindings/nodes/aligned_union_node.h"

#include <algorithm>
#include <utility>

namespace thalweg::python {

namespace {

std::vector<Dependency> dependencies_on(const AlignedUnionNode::Parents& parents) {
  std::vector<Dependency> all;
  for (const auto& parent : parents) all.push_back({parent, nullptr});
  return all;
}

bool divided_alike(const std::vector<PyRdd>& rdds) {
  const auto& first = rdds.front().node()->partitioner();
  return first != nullptr && std::all_of(rdds.begin(), rdds.end(), [&](const PyRdd& rdd) {
           const auto& partitioner = rdd.node()->partitioner();
           return partitioner != nullptr && partitioner->same_as(*first);
         });
}

}  // namespace

class AlignedUnionNode::ParentsCursor final : public Cursor<PyRef> {
 public:
  ParentsCursor(const std::vector<PyNode*>& parents, int partition, TaskContext& context)
      : parents_(parents), partition_(partition), context_(context) {}

  Result<Chunk<PyRef>> next() override {
    while (true) {
      if (rows_ != nullptr) {
        THALWEG_TRY_ASSIGN(Chunk<PyRef> chunk, rows_->next());
        if (!chunk.empty()) return chunk;
      }
      rows_.reset();
      if (next_ == parents_.size()) return Chunk<PyRef>();
      THALWEG_TRY_ASSIGN(rows_, parents_[next_++]->open(partition_, context_));
    }
  }

 private:
  const std::vector<PyNode*>& parents_;
  const int partition_;
  TaskContext& context_;
  std::size_t next_ = 0;
  CursorPointer<PyRef> rows_;
};

AlignedUnionNode::AlignedUnionNode(Parents parents)
    : PyNode(parents.front()->session_pointer(), "union", dependencies_on(parents),
             parents.front()->partition_count()) {
  for (const auto& parent : parents) parents_.push_back(parent.get());
  set_partitioner(parents.front()->partitioner());
}

Result<CursorPointer<PyRef>> AlignedUnionNode::compute(int partition, TaskContext& context) {
  return CursorPointer<PyRef>(new ParentsCursor(parents_, partition, context));
}

PyRdd union_of_rows(const std::vector<PyRdd>& rdds) {
  if (rdds.size() < 2 || !divided_alike(rdds)) return union_of(rdds);
  AlignedUnionNode::Parents parents;
  for (const auto& rdd : rdds) parents.push_back(rdd.node());
  return PyRdd(make_node<AlignedUnionNode>(std::move(parents)));
}

}  // namespace thalweg::python
