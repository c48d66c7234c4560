// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/scheduler/job.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "thalweg/rdd/scheduler/task_set.h"
#include "thalweg/rdd/shuffle.h"

namespace thalweg {
namespace {

/// Times that one map partition's output may be lost before its job fails.
constexpr int losses_max = 4;

thread_local std::stop_token job_stop;

/// The part of a lineage that a job has to compute.
struct Plan {
  std::vector<std::shared_ptr<AnyNode>> nodes;  ///< Held while the job runs.
  /// Shuffles with missing output, those that read none of the others first; a group runs at once.
  std::vector<std::vector<std::shared_ptr<AnyShuffle>>> groups;
  std::vector<std::shared_ptr<AnyNode>> checkpoints;  ///< Asked for and not yet written.
};

/// Walks a lineage without recursion: parents before children.
class Planner {
 public:
  explicit Planner(const std::shared_ptr<AnyNode>& target) { visit(target); }
  Plan take() { return std::move(plan_); }

 private:
  struct Frame {
    std::shared_ptr<AnyNode> node;
    std::vector<Dependency> dependencies;
    std::size_t next = 0;
    int level = 0;  ///< Groups of missing shuffles that must run before this node.
  };

  void push(const std::shared_ptr<AnyNode>& node) {
    Frame frame{node, {}, 0, 0};
    if (!node->fully_stored()) frame.dependencies = node->dependencies();
    frames_.push_back(std::move(frame));
  }

  void visit(const std::shared_ptr<AnyNode>& target) {
    push(target);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.next < frame.dependencies.size()) {
        const Dependency& dependency = frame.dependencies[frame.next];
        const auto& parent = dependency.shuffle ? dependency.shuffle->map_node() : dependency.node;
        bool needed = !dependency.shuffle || !dependency.shuffle->missing().empty();
        auto known = levels_.find(parent.get());
        if (needed && known == levels_.end()) {
          push(parent);  // Comes back to this dependency afterwards.
          continue;
        }
        if (needed) frame.level = std::max(frame.level, level_through(dependency, known->second));
        ++frame.next;
        continue;
      }
      levels_[frame.node.get()] = frame.level;
      if (frame.node->checkpoint_requested()) plan_.checkpoints.push_back(frame.node);
      plan_.nodes.push_back(std::move(frame.node));
      frames_.pop_back();
    }
  }

  int level_through(const Dependency& dependency, int parent_level) {
    if (!dependency.shuffle) return parent_level;
    auto group = static_cast<std::size_t>(parent_level);
    if (seen_.insert(dependency.shuffle.get()).second) {
      if (plan_.groups.size() <= group) plan_.groups.resize(group + 1);
      plan_.groups[group].push_back(dependency.shuffle);
    }
    return parent_level + 1;
  }

  Plan plan_;
  std::vector<Frame> frames_;
  std::map<const AnyNode*, int> levels_;
  std::set<const AnyShuffle*> seen_;
};

/// Computes the landings that `partition` of `node` stands on, lowest first.
Status land_sources(const AnyNode& node, int partition, TaskContext& context) {
  if (!node.has_landing_below()) return {};
  struct Frame {
    AnyNode::Source at;
    std::vector<AnyNode::Source> sources;
    std::size_t next = 0;
    bool stored = false;
  };
  std::set<std::pair<const AnyNode*, int>> seen;
  std::vector<Frame> frames;
  auto push = [&](AnyNode::Source at) {
    if (!seen.insert({at.node, at.partition}).second) return;
    Frame frame{at, {}, 0, at.node->fully_stored()};
    if (!frame.stored && (at.node->has_landing_below() || at.node->is_landing())) {
      at.node->sources(at.partition, frame.sources);
    }
    frames.push_back(std::move(frame));
  };
  push({&node, partition});
  while (!frames.empty()) {
    Frame& frame = frames.back();
    if (frame.next < frame.sources.size()) {
      push(frame.sources[frame.next++]);
      continue;
    }
    AnyNode::Source at = frame.at;
    bool computed = !frame.stored;
    frames.pop_back();
    if (computed && at.node->is_landing() && at.node != &node) {
      THALWEG_TRY(const_cast<AnyNode*>(at.node)->land(at.partition, context));
    }
  }
  return {};
}

using Loss = TaskContext::LostOutput;

class Job {
 public:
  Job(const std::shared_ptr<AnyNode>& target, std::stop_token stop)
      : target_(target), session_(target->session()), stop_(std::move(stop)) {
    id_.value = session_.next_id();
  }

  Status run(const std::vector<int>& partitions,
             const std::function<Status(int, TaskContext&)>& body) {
    std::vector<int> left = partitions;
    while (true) {
      lost_.clear();
      Status status = prepare();
      if (status.ok()) status = keep_lost(run_result_stage(&left, body));
      // Only what is lost is written again: another failure would fail again.
      if (status.ok() || status.code() != ErrorCode::unavailable || lost_.empty()) return status;
      for (const auto& lost : std::set<Loss>(lost_.begin(), lost_.end())) {
        if (++losses_[lost] > losses_max) return status;
        mark_lost(lost);
      }
    }
  }

 private:
  /// Writes checkpoints that were asked for and shuffles that are missing.
  Status prepare() {
    plan_ = Planner(target_).take();
    for (const auto& node : plan_.checkpoints) {
      if (node == target_ || !node->checkpoint_requested()) continue;
      THALWEG_TRY(write_checkpoint(node));
    }
    if (target_->checkpoint_requested()) THALWEG_TRY(write_checkpoint(target_));
    if (!plan_.checkpoints.empty()) plan_ = Planner(target_).take();
    for (auto& group : plan_.groups) THALWEG_TRY(run_map_stages(group));
    return {};
  }

  Status write_checkpoint(const std::shared_ptr<AnyNode>& node) {
    std::lock_guard lock(node->checkpoint_mutex());
    if (!node->checkpoint_requested()) return {};
    for (auto& group : Planner(node).take().groups) THALWEG_TRY(run_map_stages(group));
    std::vector<TaskSpec> tasks;
    StageId stage{session_.next_id()};
    for (int partition : all_partitions(*node)) {
      tasks.push_back({stage, partition,
                       [node, partition](TaskContext& context) {
                         THALWEG_TRY(land_sources(*node, partition, context));
                         return node->write_checkpoint(partition, context);
                       },
                       nullptr});
    }
    THALWEG_TRY(keep_lost(run_tasks(session_, id_, std::move(tasks), stop_)));
    node->finish_checkpoint();
    return {};
  }

  Status run_map_stages(std::vector<std::shared_ptr<AnyShuffle>>& group) {
    // Locked in order of ids, so that two jobs that share shuffles can't wait for each other.
    std::sort(group.begin(), group.end(),
              [](const auto& a, const auto& b) { return a->id() < b->id(); });
    std::vector<std::unique_lock<std::mutex>> locks;
    std::vector<TaskSpec> tasks;
    for (const auto& shuffle : group) {
      locks.emplace_back(shuffle->run_mutex());
      StageId stage{session_.next_id()};
      for (int partition : shuffle->missing()) {
        tasks.push_back({stage, partition,
                         [shuffle, partition](TaskContext& context) {
                           THALWEG_TRY(land_sources(*shuffle->map_node(), partition, context));
                           return shuffle->write(partition, context);
                         },
                         [shuffle, partition] { return shuffle->mark_written(partition); }});
      }
    }
    return keep_lost(run_tasks(session_, id_, std::move(tasks), stop_));
  }

  TaskSetOutcome run_result_stage(std::vector<int>* left,
                                  const std::function<Status(int, TaskContext&)>& body) {
    std::vector<TaskSpec> tasks;
    std::vector<char> done(left->size());
    StageId stage{session_.next_id()};
    for (std::size_t i = 0; i < left->size(); ++i) {
      int partition = (*left)[i];
      tasks.push_back({stage, partition,
                       [this, partition, &body](TaskContext& context) {
                         THALWEG_TRY(land_sources(*target_, partition, context));
                         return body(partition, context);
                       },
                       [&done, i] {
                         done[i] = 1;
                         return true;
                       }});
    }
    TaskSetOutcome outcome = run_tasks(session_, id_, std::move(tasks), stop_);
    // After a recovery only what has not succeeded runs again.
    std::vector<int> still_left;
    for (std::size_t i = 0; i < done.size(); ++i) {
      if (!done[i]) still_left.push_back((*left)[i]);
    }
    *left = std::move(still_left);
    return outcome;
  }

  Status keep_lost(TaskSetOutcome outcome) {
    lost_ = std::move(outcome.lost_outputs);
    return std::move(outcome.status);
  }

  void mark_lost(const Loss& lost) {
    for (const auto& node : plan_.nodes) {
      node->for_each_dependency([&](const Dependency& dependency) {
        if (dependency.shuffle && dependency.shuffle->id() == lost.shuffle) {
          dependency.shuffle->mark_lost(lost.map_partition);
        }
      });
    }
  }

  const std::shared_ptr<AnyNode> target_;
  SessionState& session_;
  const std::stop_token stop_;
  JobId id_;
  Plan plan_;
  std::vector<Loss> lost_;
  std::map<Loss, int> losses_;  ///< How often each was lost while this job ran.
};

}  // namespace

Status run_job(const std::shared_ptr<AnyNode>& target, const std::vector<int>& partitions,
               const std::function<Status(int, TaskContext&)>& body) {
  require_outside_task("an action on " + target->describe());
  if (job_stop.stop_requested()) return job_stopped();
  return Job(target, job_stop).run(partitions, body);
}

Status run_places(
    const std::shared_ptr<AnyNode>& target, const std::vector<int>& partitions,
    const std::function<Status(std::size_t place, int partition, TaskContext& context)>& body) {
  std::map<int, std::size_t> places;
  for (std::size_t i = 0; i < partitions.size(); ++i) places[partitions[i]] = i;
  return run_job(target, partitions, [&](int partition, TaskContext& context) {
    return body(places.at(partition), partition, context);
  });
}

std::vector<int> all_partitions(const AnyNode& target) {
  std::vector<int> partitions(static_cast<std::size_t>(target.partition_count()));
  std::iota(partitions.begin(), partitions.end(), 0);
  return partitions;
}

JobScope::JobScope(std::stop_token stop) : previous_(std::exchange(job_stop, std::move(stop))) {}
JobScope::~JobScope() { job_stop = std::move(previous_); }

}  // namespace thalweg
