// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/check.h"
#include "thalweg/rdd/nodes/cogrouped.h"
#include "thalweg/rdd/state/state_drafts.h"

namespace thalweg {

/// A node whose partitions are the states after a batch, made from those after the batch before.
/// What the driver asks of it: that every partition be computed once the batch is over, so that
/// the next one finds them.
class StateSteps {
 public:
  virtual ~StateSteps() = default;
  /// Brings a partition up to this batch. In a task of a job on the node.
  virtual Status advance(int partition, TaskContext& context) = 0;
  /// The states after this batch. Costs a few pointers for every 256 keys; what is expensive is
  /// left to who encodes it. REQUIRES: every partition was advanced, or the process aborts: states
  /// of another batch would pass for those of this one.
  [[nodiscard]] virtual std::unique_ptr<StateImage> image() const = 0;
};

/// The keys and states after one batch. A partition is computed once and then held; when all are,
/// the lineage is let go.
///
/// REQUIRES: the batches of one KeyedState are computed in order; each is, or its context ends.
template <Record K, Record S>
class StateNode : public RddNode<std::pair<K, S>>, public StateSteps {
 public:
  using Row = std::pair<K, S>;
  using Version = StateVersion<K, S>;
  using Kept = KeptVersion<K, S>;
  using State = KeyedState<K, S>;

  /// `previous`: the batch before, or null for the first one, which begins with what the tables
  /// hold. `inputs`: what the batch is made from.
  StateNode(std::string_view kind, std::shared_ptr<SessionState> session,
            std::shared_ptr<State> state, const std::shared_ptr<AnyNode>& previous,
            std::vector<Dependency> inputs)
      : RddNode<Row>(std::move(session), kind, with_previous(previous, std::move(inputs)),
                     state->partition_count()),
        state_(std::move(state)),
        previous_(std::static_pointer_cast<StateNode>(previous)),
        versions_(static_cast<std::size_t>(state_->partition_count())) {
    this->set_partitioner(state_->partitioner());
    this->begin_depth();
  }
  ~StateNode() override {
    if (previous_ != nullptr) release_chain(std::move(previous_));
  }

  /// Takes keys and their states before the first batch is applied.
  void begin_with(GroupingInput initial) { initial_.emplace(std::move(initial)); }

  Status advance(int partition, TaskContext& context) final {
    std::lock_guard lock(state_->mutex(partition));
    std::vector<std::shared_ptr<StateNode>> behind;
    for (auto node = self(); node != nullptr && !node->version(partition);
         node = node->previous()) {
      behind.push_back(node);
    }
    for (auto node = behind.rbegin(); node != behind.rend(); ++node) {
      if (context.cancelled()) return job_stopped();
      THALWEG_TRY((*node)->take_step(partition, context));
    }
    return {};
  }

  [[nodiscard]] std::unique_ptr<StateImage> image() const final {
    std::vector<Kept> groups;
    groups.reserve(static_cast<std::size_t>(state_->group_count()));
    for (int partition = 0; partition < this->partition_count(); ++partition) {
      std::lock_guard lock(state_->mutex(partition));
      const auto& versions = versions_[static_cast<std::size_t>(partition)];
      THALWEG_CHECK(versions.has_value(),
                    this->describe() + ": the states of partition " + std::to_string(partition) +
                        " were to be saved before the batch was applied to them");
      groups.insert(groups.end(), versions->begin(), versions->end());
    }
    return std::make_unique<Image>(state_, std::move(groups));
  }

  /// The versions of the partition's groups. REQUIRES: advance() succeeded.
  [[nodiscard]] const std::vector<Kept>& versions(int partition) const {
    return *versions_[static_cast<std::size_t>(partition)];
  }

 protected:
  using Drafts = StateDrafts<K, S>;

  /// Applies the batch to a partition. What a user's function throws may leave it.
  virtual Status step(int partition, TaskContext& context, Drafts& drafts) = 0;

  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY(advance(partition, context));
    return CursorPointer<Row>(new StateCursor(versions(partition), context));
  }

 private:
  class Image final : public StateImage {
   public:
    Image(std::shared_ptr<State> state, std::vector<Kept> groups)
        : state_(std::move(state)), groups_(std::move(groups)) {}
    [[nodiscard]] std::size_t size() const override {
      std::size_t keys = 0;
      for (const auto& group : groups_) keys += group.size();
      return keys;
    }
    Status encode(bool all, const Write& write) override {
      return state_->encode(groups_, all, write);
    }

   private:
    const std::shared_ptr<State> state_;
    const std::vector<Kept> groups_;
  };

  class StateCursor final : public Cursor<Row> {
   public:
    StateCursor(std::vector<Kept> versions, const TaskContext& context)
        : versions_(std::move(versions)), context_(context) {}

    Result<Chunk<Row>> next() override {
      if (context_.cancelled()) return job_stopped();
      out_.clear();
      passed_.clear();
      // A page is far smaller than a chunk: as many as fit.
      while (group_ < versions_.size() && out_.size() + Version::page_places <= chunk_rows_max) {
        if (version_ == nullptr) {
          THALWEG_TRY_ASSIGN(version_, versions_[group_].open());
        }
        if (page_ == version_->page_count()) {
          // Rows of the chunk view its keys.
          passed_.push_back(std::move(version_));
          version_.reset();
          ++group_;
          page_ = 0;
          continue;
        }
        version_->for_each_in_page(page_++,
                                   [&](const K& key, const S& state) { out_.emplace(key, state); });
      }
      return out_.chunk();
    }

   private:
    const std::vector<Kept> versions_;
    const TaskContext& context_;
    std::shared_ptr<const Version> version_;  ///< Of the group that is read.
    std::vector<std::shared_ptr<const Version>> passed_;
    std::size_t group_ = 0;
    std::size_t page_ = 0;
    ChunkBuffer<Row> out_;
  };

  static std::vector<Dependency> with_previous(const std::shared_ptr<AnyNode>& previous,
                                               std::vector<Dependency> inputs) {
    if (previous != nullptr) inputs.push_back({previous, nullptr});
    return inputs;
  }

  std::shared_ptr<StateNode> self() {
    return std::static_pointer_cast<StateNode>(this->shared_from_this());
  }
  std::shared_ptr<StateNode> previous() {
    std::lock_guard lock(previous_mutex_);
    return previous_;
  }
  [[nodiscard]] bool version(int partition) const {
    return versions_[static_cast<std::size_t>(partition)].has_value();
  }

  Status take_step(int partition, TaskContext& context) {
    Drafts drafts(*state_, partition);
    if (initial_) {
      THALWEG_TRY_ASSIGN(auto blocks, initial_->read(partition, context));
      THALWEG_TRY(drafts.template open_for<Row>(blocks));
      for (const auto& block : blocks) {
        for (const auto& [key, state] : rows_of<Row>(*block)) {
          std::uint64_t hash = RecordTraits<K>::hash(key);
          auto& draft = drafts.of(key, hash);
          draft.set(draft.place_of(key, hash), state);
        }
      }
    }
    THALWEG_TRY(step(partition, context, drafts));
    THALWEG_TRY_ASSIGN(versions_[static_cast<std::size_t>(partition)], drafts.finish());
    if (++computed_ == this->partition_count()) {
      std::shared_ptr<StateNode> past;
      {
        std::lock_guard lock(previous_mutex_);
        past = std::move(previous_);
      }
      this->finish_holding();
      release_chain(std::move(past));
    }
    return {};
  }

  const std::shared_ptr<State> state_;
  std::mutex previous_mutex_;
  std::shared_ptr<StateNode> previous_;  ///< Null once this one holds all partitions.
  std::optional<GroupingInput> initial_;
  std::vector<std::optional<std::vector<Kept>>> versions_;  ///< Under the state's mutexes.
  std::atomic<int> computed_{0};
};

}  // namespace thalweg
