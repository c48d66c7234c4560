// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/scheduler/task_set.h"

#include <mutex>

#include "thalweg/common/caught.h"
#include "thalweg/common/error.h"

namespace thalweg {
namespace {

class TaskSet;

class Task final : public Runnable {
 public:
  Task(TaskSet& set, TaskSpec spec) : set_(set), spec_(std::move(spec)) {}
  Next run(Duration budget) override;
  /// Lets go of what the functions hold. After the task is done.
  void release() { spec_ = {}; }

 private:
  TaskSet& set_;
  TaskSpec spec_;
  int attempt_ = 0;
};

/// Shared by the tasks and the thread that waits; lives until the last task has let go of it.
class TaskSet : public std::enable_shared_from_this<TaskSet> {
 public:
  TaskSet(SessionState& session, JobId job, std::vector<TaskSpec> specs, std::stop_token stop)
      : session_(session),
        job_(job),
        completion_(static_cast<int>(specs.size())),
        stop_forward_(std::move(stop), [this] { stop_.request_stop(); }) {
    tasks_.reserve(specs.size());
    for (auto& spec : specs) tasks_.push_back(std::make_unique<Task>(*this, std::move(spec)));
  }

  TaskSetOutcome run() {
    for (auto& task : tasks_) {
      session_.executor->submit(std::shared_ptr<Runnable>(shared_from_this(), task.get()));
    }
    session_.executor->wait(completion_);
    // Here and not where the last worker lets go of the set: the functions may hold the last handle
    // of the session, whose end waits for its workers.
    for (auto& task : tasks_) task->release();
    std::lock_guard lock(mutex_);
    return std::move(outcome_);
  }

  SessionState& session() { return session_; }
  JobId job() const { return job_; }
  std::stop_token stop_token() const { return stop_.get_token(); }

  void finish(const TaskSpec& spec, Status status, TaskContext& context) {
    if (status.ok()) {
      if (!spec.succeeded || spec.succeeded()) context.commit();
    } else {
      stop_.request_stop();
      std::lock_guard lock(mutex_);
      for (auto& lost : context.lost_outputs) outcome_.lost_outputs.push_back(lost);
      // A task that was stopped because another failed says nothing new.
      bool cancelled = status.code() == ErrorCode::cancelled;
      bool first = outcome_.status.ok() ||
                   (outcome_.status.code() == ErrorCode::cancelled && !cancelled) ||
                   (!cancelled && spec.partition < failed_partition_);
      if (first) {
        failed_partition_ = spec.partition;
        outcome_.status = std::move(status);
      }
    }
    completion_.arrive();
  }

 private:
  SessionState& session_;
  const JobId job_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Completion completion_;
  std::stop_source stop_;
  std::mutex mutex_;
  TaskSetOutcome outcome_;
  int failed_partition_ = 0;
  std::stop_callback<std::function<void()>> stop_forward_;
};

Status run_body(const TaskSpec& spec, TaskContext& context) {
  // The task boundary: whatever escaped the operators' own guards ends here.
  try {
    TaskContext::Scope scope(context);
    return spec.body(context);
  } catch (...) {
    return caught_failure();
  }
}

Next Task::run(Duration) {
  TaskContext context(set_.session(), set_.stop_token());
  context.job = set_.job();
  context.stage = spec_.stage;
  context.partition = spec_.partition;
  context.attempt = attempt_;
  Status status = context.cancelled() ? job_stopped() : run_body(spec_, context);
  bool again = !status.ok() && status.code() == ErrorCode::unavailable &&
               context.lost_outputs.empty() && !context.cancelled();
  if (again && ++attempt_ < set_.session().options.task_attempts_max) return Next::again();
  if (again) {
    status =
        Status(status.code(),
               std::string(status.message()) + "; tried " + std::to_string(attempt_) + " times",
               status.cause());
  }
  set_.finish(spec_, status.within("partition " + std::to_string(spec_.partition)), context);
  return Next::idle();
}

}  // namespace

TaskSetOutcome run_tasks(SessionState& session, JobId job, std::vector<TaskSpec> tasks,
                         const std::stop_token& stop) {
  if (tasks.empty()) return {};
  return std::make_shared<TaskSet>(session, job, std::move(tasks), stop)->run();
}

}  // namespace thalweg
