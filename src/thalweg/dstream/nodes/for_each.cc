// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/for_each.h"

#include <utility>

namespace thalweg {

ForEachNode::ForEachNode(const std::shared_ptr<StreamNode>& parent, std::string_view kind,
                         Function function, End end)
    : OutputNode(parent->graph_pointer(), kind, {parent}),
      parent_(*parent),
      function_(std::make_shared<const Function>(std::move(function))),
      end_(std::move(end)) {}

Result<std::optional<OutputNode::Job>> ForEachNode::make_job(Time time) {
  THALWEG_TRY_ASSIGN(auto batch, parent_.rdd_at(time));
  if (batch == nullptr) return std::optional<Job>();
  return std::optional<Job>(
      [function = function_, batch = std::move(batch), time] { (*function)(batch, time); });
}

void add_for_each(const std::shared_ptr<StreamNode>& stream, std::string_view kind,
                  ForEachNode::Function function, ForEachNode::End end) {
  stream->graph().add_output(
      std::make_shared<ForEachNode>(stream, kind, std::move(function), std::move(end)));
}

}  // namespace thalweg
