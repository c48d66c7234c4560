// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/node.h"

namespace thalweg {

AnyStreamNode::AnyStreamNode(std::shared_ptr<StreamGraph> graph, std::string_view kind,
                             Parents parents)
    : graph_(std::move(graph)),
      kind_(kind),
      id_(graph_->next_stream_id()),
      parents_(std::move(parents)) {
  graph_->require_initializing(kind_);
  for (const auto& parent : parents_) {
    if (&parent->graph() != graph_.get()) {
      throw Error(ErrorCode::invalid_argument,
                  kind_ + " joins streams of two streaming contexts; make them from one");
    }
    if (parent->slide() != parents_.front()->slide()) {
      throw Error(ErrorCode::invalid_argument, kind_ + " joins streams of different slides: " +
                                                   to_string(parents_.front()->slide()) + " and " +
                                                   to_string(parent->slide()));
    }
  }
}

AnyStreamNode::~AnyStreamNode() {
  for (auto& parent : parents_) release_chain(std::move(parent));
}

Duration AnyStreamNode::slide() const {
  return parents_.empty() ? graph_->batch_interval() : parents_.front()->slide();
}

std::string AnyStreamNode::describe() const {
  return kind_ + (name_.empty() ? "" : " \"" + name_ + "\"") + " (stream " + std::to_string(id_) +
         ")";
}

bool AnyStreamNode::has_batch_at(Time time) const {
  auto zero = graph_->zero_time();
  return zero && time > *zero && (time - *zero).count() % slide().count() == 0;
}

StreamNode::~StreamNode() = default;

Result<BatchRdd> StreamNode::rdd_at(Time time) {
  if (auto known = batches_.find(time); known != batches_.end()) return known->second;
  if (!has_batch_at(time)) return BatchRdd();
  auto made = compute(time);
  if (!made.ok()) return made.status().within(describe());
  if (made.value() != nullptr) {
    if (storage_level_ != StorageLevel::none) made.value()->keep(storage_level_, codec_);
    batches_.insert_or_assign(time, made.value());
  }
  return made;
}

void StreamNode::persist(StorageLevel level, const BlockCodec* codec) {
  storage_level_ = level;
  codec_ = codec;
}

void StreamNode::forget_before(Time time) {
  batches_.erase(batches_.begin(), batches_.lower_bound(time));
}

bool StreamNode::remembers(Time time) const { return batches_.contains(time); }

std::vector<PartitionLag> InputNode::lags_of(Time) const { return {}; }

void require_multiple(const std::string& what, Duration length, Duration unit) {
  if (is_positive_multiple(length, unit)) return;
  throw Error(ErrorCode::invalid_argument, what +
                                               " must be a positive multiple of the parent's "
                                               "slide: got " +
                                               to_string(length) + ", slide is " + to_string(unit));
}

}  // namespace thalweg
