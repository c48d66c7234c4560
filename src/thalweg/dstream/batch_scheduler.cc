// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/batch_scheduler.h"

#include <algorithm>

#include "thalweg/common/caught.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/dstream/nodes/stateful.h"
#include "thalweg/dstream/partition_count.h"
#include "thalweg/rdd/scheduler/job.h"

namespace thalweg {
namespace {

thread_local bool is_own_thread = false;

/// Batches in a row that a graceful stop tries to make in vain before it gives up what still waits.
constexpr int failed_batches_max = 100;

}  // namespace

BatchScheduler::BatchScheduler(std::shared_ptr<StreamGraph> graph, std::size_t queued_batches_max,
                               bool stop_at_end, std::unique_ptr<Recovery> recovery,
                               std::function<void()> on_change)
    : graph_(std::move(graph)),
      stop_at_end_(stop_at_end),
      recovery_(std::move(recovery)),
      on_change_(std::move(on_change)),
      clock_(graph_->session().clock),
      queue_(queued_batches_max) {}

BatchScheduler::~BatchScheduler() { stop(false); }

void BatchScheduler::start() {
  Time now = clock_.now();
  const auto past = recovery_ ? recovery_->past() : std::optional<Recovery::Past>();
  Time zero = past ? past->zero : now.floor(graph_->batch_interval());
  graph_->prepare(zero);
  next_time_ = zero + graph_->batch_interval();
  if (recovery_) {
    throw_if_failed(recovery_->restore());
    throw_if_failed(recovery_->begin(past ? past->began : now, zero));
    if (past) continue_from_past(now);
  }
  std::size_t started = 0;
  try {
    for (const auto& input : graph_->inputs()) {
      if (stop_at_end_) input->end_when_exhausted();
      input->start(now);
      ++started;
    }
  } catch (...) {
    for (std::size_t i = 0; i < started; ++i) graph_->inputs()[i]->stop();
    stopped_ = true;
    throw;
  }
  graph_->listeners().post(
      [&](StreamingListener& listener) { listener.on_streaming_started(now); });
  runner_ = std::thread([this] { run_loop(); });
  generator_ = std::jthread([this](std::stop_token stop) { generate_loop(stop); });
}

void BatchScheduler::continue_from_past(Time now) {
  const Recovery::Past& past = *recovery_->past();
  Time last = past.batches.empty() ? past.completed : past.batches.rbegin()->first;
  next_time_ = last + graph_->batch_interval();
  Time current = now.floor(graph_->batch_interval(), past.zero);
  auto missed = current > last ? (current - last) / graph_->batch_interval() : 0;
  bool skip = recovery_->options().skip_missed_batches && missed > 0;
  if (skip) {
    next_time_ = current + graph_->batch_interval();
    for (StatefulNode* node : graph_->stateful()) node->skip(last, current);
  }
  log(LogLevel::info, "going on from batch " + to_string(past.completed) + ": " +
                          std::to_string(past.batches.size()) + " batches are made again, " +
                          std::to_string(missed) + " were missed" + (skip ? " and skipped" : ""));
}

bool BatchScheduler::make_past_batches() {
  if (!recovery_ || !recovery_->past()) return true;
  Time last = recovery_->past()->completed;
  for (const auto& [time, batch] : recovery_->past()->batches) {
    THALWEG_KILL_POINT("recovery.past_batch");
    if (batch.partitions > 0 && !divide_states(batch.state_partitions, last)) return false;
    bool made = false;
    if (!make_batch(time, made, &batch)) return false;
    last = time;
  }
  return divide_states({}, last);
}

bool BatchScheduler::divide_states(const std::map<std::string, int>& partitions, Time last) {
  StatefulOperators& operators = recovery_->operators();
  if (operators.are_divided(partitions)) return true;
  {
    std::unique_lock lock(mutex_);
    bool idle = batch_left_.wait(lock, cancel_jobs_.get_token(),
                                 [this] { return batches_left_ == batches_queued_; });
    if (!idle || halted_) return false;
  }
  std::lock_guard lock(graph_->generation_mutex());
  operators.divide(partitions, last);
  return true;
}

void BatchScheduler::stop(bool graceful) {
  if (!graceful) {
    // Before waiting for a graceful stop that may be under way, so that it is cut short.
    cancel_jobs_.request_stop();
    queue_.drain();
  }
  std::lock_guard one_at_a_time(stopping_);
  if (std::exchange(stopped_, true)) return;
  generator_.request_stop();
  if (generator_.joinable()) generator_.join();
  for (const auto& input : graph_->inputs()) input->stop();
  // What was received must not wait for the clock: its batches are made now, with their times.
  int failed = 0;
  while (graceful && failed < failed_batches_max && inputs_waiting()) {
    bool made = false;
    if (!make_batch(next_time_, made)) break;
    next_time_ = next_time_ + graph_->batch_interval();
    failed = made ? 0 : failed + 1;
  }
  queue_.close();
  if (runner_.joinable()) runner_.join();
  // Lets go of the directory: another context may go on from it while this one is still there.
  recovery_.reset();
  {
    std::lock_guard lock(mutex_);
    outcome_.finished = true;
  }
  on_change_();
}

BatchScheduler::Outcome BatchScheduler::outcome() const {
  std::lock_guard lock(mutex_);
  return outcome_;
}

std::int64_t BatchScheduler::completed_batch_count() const {
  std::lock_guard lock(mutex_);
  return completed_batches_;
}

bool BatchScheduler::on_own_thread() { return is_own_thread; }

bool BatchScheduler::inputs_ended() const {
  const auto& inputs = graph_->used_inputs();
  return !inputs.empty() && std::all_of(inputs.begin(), inputs.end(),
                                        [](const auto& input) { return input->ended(); });
}

bool BatchScheduler::inputs_waiting() const {
  const auto& inputs = graph_->used_inputs();
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const auto& input) { return input->has_waiting(); });
}

void BatchScheduler::generate_loop(const std::stop_token& stop) {
  is_own_thread = true;
  if (!make_past_batches()) return;
  while (!halted_) {
    // Asked before the batch is made: what ended before it has its last records in it.
    bool last = stop_at_end_ && inputs_ended();
    if (!last || inputs_waiting()) {
      // The end need not wait for the clock; a real clock still paces a full batch.
      if (!last && !clock_.wait_until(next_time_, stop)) return;
      last = stop_at_end_ && inputs_ended();
      bool made = false;
      if (!make_batch(next_time_, made)) return;
      next_time_ = next_time_ + graph_->batch_interval();
    }
    if (last && !inputs_waiting()) {
      queue_.close();
      return;
    }
  }
}

bool BatchScheduler::make_batch(Time time, bool& made, const Recovery::PastBatch* from_past) {
  if (halted_) return false;
  PlannedPartitions planned_partitions(from_past != nullptr ? from_past->partitions : 0);
  Result<BatchJobs> batch = BatchJobs();
  try {
    batch = make_jobs(time);
  } catch (...) {
    batch = caught_failure();
  }
  if (batch.ok() && recovery_ && from_past == nullptr) {
    if (Status planned = recovery_->plan(time); !planned.ok()) batch = std::move(planned);
  }
  made = batch.ok();
  if (!made) {
    fail(batch.status().within("batch " + to_string(time) + " could not be made"));
    return !cancel_jobs_.stop_requested() && !halted_;
  }
  if (from_past != nullptr) {
    batch.value().done_before = from_past->done;
    batch.value().partitions = from_past->partitions;
  }
  BatchReport& report = batch.value().report;
  report.submitted = clock_.now();
  if (!batch.value().done_before) {
    graph_->listeners().post(
        [&](StreamingListener& listener) { listener.on_batch_submitted(report); });
  }
  // A graceful stop waits for room as well: what the batch took from its inputs is nowhere else.
  if (!queue_.push(std::move(batch).value(), cancel_jobs_.get_token())) return false;
  std::lock_guard lock(mutex_);
  ++batches_queued_;
  return true;
}

Result<BatchScheduler::BatchJobs> BatchScheduler::make_jobs(Time time) {
  BatchJobs batch;
  batch.report.batch_time = time;
  std::lock_guard lock(graph_->generation_mutex());
  for (const auto& input : graph_->inputs()) input->begin_batch(time);
  int id = 0;
  for (const auto& output : graph_->outputs()) {
    if (!output->has_batch_at(time)) continue;
    THALWEG_TRY_ASSIGN(auto job, output->make_job(time));
    batch.report.outputs.push_back(
        {time, id++, output->name().empty() ? output->kind() : output->name(), {}, {}, {}});
    batch.jobs.push_back(std::move(job));
  }
  // State goes on with every batch, read by an output or not.
  for (StatefulNode* node : graph_->stateful()) THALWEG_TRY(node->rdd_at(time).status());
  for (const auto& input : graph_->inputs()) {
    if (auto records = input->records_of(time)) {
      batch.report.input_records[input->stream_id()] = *records;
    }
    for (auto& lag : input->lags_of(time)) batch.report.lags.push_back(std::move(lag));
  }
  return batch;
}

void BatchScheduler::run_loop() {
  is_own_thread = true;
  JobScope scope(cancel_jobs_.get_token());
  while (auto batch = queue_.pop()) {
    if (!halted_) run_batch(*batch);
    batch.reset();
    std::lock_guard lock(mutex_);
    ++batches_left_;
    batch_left_.notify_all();
  }
  if (recovery_ && !halted_ && !cancel_jobs_.stop_requested()) {
    if (Status written = recovery_->checkpoint(); !written.ok()) fail(std::move(written));
  }
  if (!failed() && !cancel_jobs_.stop_requested()) end_outputs();
  {
    std::lock_guard lock(mutex_);
    outcome_.finished = true;
  }
  on_change_();
}

void BatchScheduler::run_batch(BatchJobs& batch) {
  BatchReport& report = batch.report;
  ListenerBus& listeners = graph_->listeners();
  PlannedPartitions planned_partitions(batch.partitions);
  THALWEG_KILL_POINT("batch.begins");
  if (batch.done_before) {
    batch.jobs.clear();
    finish_batch(report.batch_time, true);
    graph_->forget(report.batch_time);
    return;
  }
  if (THALWEG_CANARY("done_before_outputs") && recovery_) {
    (void)recovery_->complete(report.batch_time, false);
  }
  report.started = clock_.now();
  listeners.post([&](StreamingListener& listener) { listener.on_batch_started(report); });
  for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
    if (!batch.jobs[i] || cancel_jobs_.stop_requested()) continue;
    OutputOperation& output = report.outputs[i];
    output.started = clock_.now();
    listeners.post([&](StreamingListener& l) { l.on_output_operation_started(output); });
    Status status = run_output(output, *batch.jobs[i]);
    output.ended = clock_.now();
    listeners.post([&](StreamingListener& l) { l.on_output_operation_completed(output); });
    if (!status.ok()) fail(status.within("batch " + to_string(report.batch_time)));
    THALWEG_KILL_POINT("batch.output_written");
  }
  batch.jobs.clear();  // Lets go of the RDDs.
  finish_batch(report.batch_time, false);
  report.ended = clock_.now();
  graph_->forget(report.batch_time);
  {
    std::lock_guard lock(mutex_);
    ++completed_batches_;
  }
  listeners.post([&](StreamingListener& listener) { listener.on_batch_completed(report); });
}

void BatchScheduler::finish_batch(Time time, bool done_before) {
  Status finished = advance_state(time);
  THALWEG_KILL_POINT("batch.states_advanced");
  if (finished.ok() && recovery_ && !halted_ && !cancel_jobs_.stop_requested()) {
    finished = recovery_->complete(time, done_before);
  }
  if (!finished.ok()) {
    fail(finished.within("batch " + to_string(time)));
  } else if (!recovery_ && !cancel_jobs_.stop_requested() && !failed()) {
    for (const auto& input : graph_->inputs()) input->settled(time);
  }
}

Status BatchScheduler::advance_state(Time time) {
  for (StatefulNode* node : graph_->stateful()) {
    THALWEG_KILL_POINT("batch.state_advancing");
    if (!node->has_batch_at(time) || cancel_jobs_.stop_requested()) continue;
    if (Status advanced = node->advance(time); !advanced.ok()) {
      return advanced.within("state of " + node->describe());
    }
  }
  return {};
}

Status BatchScheduler::run_output(OutputOperation& output, const OutputNode::Job& job) {
  Status status;
  try {
    job();
  } catch (...) {
    status = caught_failure();
  }
  if (status.ok()) return status;
  status = status.within("output " + output.name);
  output.failure = std::string(status.message());
  return status;
}

void BatchScheduler::end_outputs() {
  for (const auto& output : graph_->outputs()) {
    Status ended;
    try {
      ended = output->end();
    } catch (...) {
      ended = caught_failure();
    }
    std::string name = output->name().empty() ? output->kind() : output->name();
    if (!ended.ok()) fail(ended.within("end of output " + name));
  }
}

bool BatchScheduler::failed() const {
  std::lock_guard lock(mutex_);
  return outcome_.failure.has_value();
}

void BatchScheduler::fail(Status status) {
  // A batch that stop(false) cut off did not fail.
  if (status.code() == ErrorCode::cancelled && cancel_jobs_.stop_requested()) return;
  log(LogLevel::error, status.message());
  // What could not be done is done again after a restart, and nothing later before it.
  if (recovery_) halted_ = true;
  {
    std::lock_guard lock(mutex_);
    if (!outcome_.failure) outcome_.failure = std::move(status);
  }
  on_change_();
}

}  // namespace thalweg
