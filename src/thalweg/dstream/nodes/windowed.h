// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// What slides: how far back it looks, and how often.
struct WindowSize {
  Duration length;
  Duration slide;
};

/// A window over a stream with slides of its own. Looks at the parent's batches in
/// (time - length, time]: by the time they came, never by their content.
/// Source: Spark's WindowedDStream.
class WindowedNode final : public StreamNode {
 public:
  /// Puts batches together, oldest first; there may be none.
  using Unite = std::function<BatchRdd(const std::vector<BatchRdd>& batches)>;

  /// The parent keeps its batches, computed once, in memory unless it was told otherwise.
  /// Errors: throws Error(invalid_argument) unless length and slide are positive multiples of the
  ///         parent's slide.
  WindowedNode(const std::shared_ptr<StreamNode>& parent, WindowSize size, const BlockCodec* codec,
               Unite unite);

  [[nodiscard]] Duration slide() const override { return size_.slide; }
  [[nodiscard]] Duration parent_remember() const override { return remember() + size_.length; }
  /// Goes to the parent: the window itself only points at its batches.
  void persist(StorageLevel level, const BlockCodec* codec) override;

 protected:
  Result<BatchRdd> compute(Time time) override;

 private:
  StreamNode& parent_;
  const WindowSize size_;
  const Unite unite_;
};

/// A WindowedNode, made.
std::shared_ptr<StreamNode> make_windowed_node(const std::shared_ptr<StreamNode>& parent,
                                               WindowSize size, const BlockCodec* codec,
                                               WindowedNode::Unite unite);

/// Throws Error(invalid_argument) unless a window of that size can be laid over the stream.
void require_window(const AnyStreamNode& parent, const WindowSize& size);

/// The batches of a stream from `first` to `last`, both included; those that there are.
Result<std::vector<BatchRdd>> batches_between(StreamNode& stream, Time first, Time last);

}  // namespace thalweg
