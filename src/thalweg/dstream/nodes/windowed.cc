// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/windowed.h"

#include <utility>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/dstream/nodes/transformed.h"

namespace thalweg {

WindowedNode::WindowedNode(const std::shared_ptr<StreamNode>& parent, WindowSize size,
                           const BlockCodec* codec, Unite unite)
    : StreamNode(parent->graph_pointer(), "window", {parent}),
      parent_(*parent),
      size_(size),
      unite_(std::move(unite)) {
  require_window(*parent, size);
  if (parent_.storage_level() == StorageLevel::none) {
    parent_.persist(StorageLevel::memory_and_disk, codec);
  }
}

void WindowedNode::persist(StorageLevel level, const BlockCodec* codec) {
  parent_.persist(level, codec);
}

Result<BatchRdd> WindowedNode::compute(Time time) {
  THALWEG_TRY_ASSIGN(auto batches,
                     batches_between(parent_, time - size_.length + parent_.slide(), time));
  return batch_or_failure([&] { return unite_(batches); });
}

std::shared_ptr<StreamNode> make_windowed_node(const std::shared_ptr<StreamNode>& parent,
                                               WindowSize size, const BlockCodec* codec,
                                               WindowedNode::Unite unite) {
  return std::make_shared<WindowedNode>(parent, size, codec, std::move(unite));
}

void require_window(const AnyStreamNode& parent, const WindowSize& size) {
  require_multiple("the window of " + parent.describe(), size.length, parent.slide());
  require_multiple("the slide of the window of " + parent.describe(), size.slide, parent.slide());
}

Result<std::vector<BatchRdd>> batches_between(StreamNode& stream, Time first, Time last) {
  std::vector<BatchRdd> batches;
  if (THALWEG_CANARY("window_one_batch_short")) first = first + stream.slide();
  Time start = std::max(first, *stream.graph().zero_time() + stream.slide());
  for (Time time = start; time <= last; time = time + stream.slide()) {
    THALWEG_TRY_ASSIGN(auto batch, stream.rdd_at(time));
    if (batch != nullptr) batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace thalweg
