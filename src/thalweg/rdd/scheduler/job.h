// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// Runs `body` once for each of `partitions` of `target`, on the session's workers, after the
/// shuffles that `target` reads have been written. The calling thread waits.
///
/// What `body` returns as unavailable is tried again (task_attempts_max); a shuffle's output that
/// was lost is written again; any other failure ends the job at once and stops its other tasks.
/// `body` is called concurrently for different partitions and must leave nothing of a failed
/// attempt.
///
/// Errors: the failure of the lowest partition that failed, with operator and partition;
///         cancelled; invalid_argument inside a task.
Status run_job(const std::shared_ptr<AnyNode>& target, const std::vector<int>& partitions,
               const std::function<Status(int partition, TaskContext& context)>& body);

/// The same, and tells `body` at which place of `partitions` its partition stands.
Status run_places(
    const std::shared_ptr<AnyNode>& target, const std::vector<int>& partitions,
    const std::function<Status(std::size_t place, int partition, TaskContext& context)>& body);

/// All partitions of `target`.
std::vector<int> all_partitions(const AnyNode& target);

/// Jobs that this thread starts within the scope stop, within a chunk of each running task, once
/// `stop` is requested.
class JobScope {
 public:
  explicit JobScope(std::stop_token stop);
  ~JobScope();
  JobScope(const JobScope&) = delete;
  JobScope& operator=(const JobScope&) = delete;

 private:
  std::stop_token previous_;
};

}  // namespace thalweg
