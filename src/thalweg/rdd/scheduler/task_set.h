// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "thalweg/runtime/task_context.h"

namespace thalweg {

/// One task: what to run and what it is called in messages.
struct TaskSpec {
  StageId stage;
  int partition = 0;
  /// Runs the attempt.
  std::function<Status(TaskContext&)> body;
  /// After success: whether accumulators and dead letters of this task count.
  std::function<bool()> succeeded;
};

/// What came of a set of tasks.
struct TaskSetOutcome {
  Status status;
  std::vector<TaskContext::LostOutput> lost_outputs;
};

/// Runs tasks on the session's workers and waits for them. Each is tried again, up to the session's
/// limit, while it is unavailable and no shuffle output is lost; the first other failure stops the
/// rest. The outcome is that of the lowest partition that failed.
TaskSetOutcome run_tasks(SessionState& session, JobId job, std::vector<TaskSpec> tasks,
                         const std::stop_token& stop);

}  // namespace thalweg
