// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "thalweg/dstream/node.h"

namespace thalweg {

/// Calls a function on the driver with the RDD of every batch, and perhaps one at the end.
class ForEachNode final : public OutputNode {
 public:
  using Function = std::function<void(const BatchRdd& batch, Time time)>;
  /// As OutputNode::end().
  using End = std::function<Status()>;

  /// `end`: may be empty.
  ForEachNode(const std::shared_ptr<StreamNode>& parent, std::string_view kind, Function function,
              End end);

  Result<std::optional<Job>> make_job(Time time) override;
  Status end() override { return end_ ? end_() : Status(); }

 private:
  StreamNode& parent_;
  const std::shared_ptr<const Function> function_;
  const End end_;
};

/// Registers a ForEachNode as an output operation.
void add_for_each(const std::shared_ptr<StreamNode>& stream, std::string_view kind,
                  ForEachNode::Function function, ForEachNode::End end = {});

}  // namespace thalweg
