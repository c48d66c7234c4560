// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/stateful.h"

#include <utility>

#include "thalweg/common/caught.h"
#include "thalweg/rdd/scheduler/job.h"
#include "thalweg/rdd/state/state_node.h"

namespace thalweg {

StatefulNode::StatefulNode(Parents parents, std::string_view kind,
                           std::shared_ptr<AnyKeyedState> state, Step step, Duration slide,
                           Duration reads_back)
    : StreamNode(parents.front()->graph_pointer(), kind, parents),
      state_(std::move(state)),
      step_(std::move(step)),
      slide_(slide),
      reads_back_(reads_back) {}

Duration StatefulNode::slide() const { return slide_.count() > 0 ? slide_ : StreamNode::slide(); }

Result<BatchRdd> StatefulNode::compute(Time time) {
  At at;
  at.time = time;
  Time before = time - slide();
  if (before > skipped_.first && before <= skipped_.second) {
    before = skipped_.first.floor(slide(), *graph().zero_time());
  }
  if (!begins_after_) at.first = !has_batch_at(before);
  // What the tables hold needs no batch to come from; one of another division would be of no use.
  bool held =
      (begins_after_ && before <= *begins_after_) || (divided_after_ && before <= *divided_after_);
  if (!held) {
    THALWEG_TRY_ASSIGN(at.previous, rdd_at(before));
  }
  try {
    return step_(at);
  } catch (...) {
    return caught_failure();
  }
}

bool StatefulNode::divide(int partitions, Time last) {
  if (partitions == state_->partition_count()) return true;
  if (!state_->divide(partitions)) return false;
  Time before = last.floor(slide(), *graph().zero_time());
  if (before > *graph().zero_time()) divided_after_ = before;
  return true;
}

Result<std::unique_ptr<StateImage>> StatefulNode::image(Time time) {
  if (!has_batch_at(time) || (begins_after_ && time <= *begins_after_)) {
    return std::unique_ptr<StateImage>();
  }
  BatchRdd batch;
  {
    std::lock_guard lock(graph().generation_mutex());
    THALWEG_TRY_ASSIGN(batch, rdd_at(time));
  }
  return dynamic_cast<const StateSteps&>(*batch).image();
}

Status StatefulNode::advance(Time time) {
  BatchRdd batch;
  {
    std::lock_guard lock(graph().generation_mutex());
    THALWEG_TRY_ASSIGN(batch, rdd_at(time));
  }
  if (batch == nullptr || batch->fully_stored()) return {};
  auto* steps = dynamic_cast<StateSteps*>(batch.get());
  return run_job(batch, all_partitions(*batch), [steps](int partition, TaskContext& context) {
    return steps->advance(partition, context);
  });
}

std::shared_ptr<StatefulNode> make_stateful_node(StatefulNode::Parents parents,
                                                 std::string_view kind,
                                                 std::shared_ptr<AnyKeyedState> state,
                                                 StatefulNode::Step step, Duration slide,
                                                 Duration reads_back) {
  return std::make_shared<StatefulNode>(std::move(parents), kind, std::move(state), std::move(step),
                                        slide, reads_back);
}

}  // namespace thalweg
