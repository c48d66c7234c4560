// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/recovery/recovery.h"

#include <algorithm>
#include <utility>

#include "thalweg/common/caught.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/dstream/node.h"
#include "thalweg/dstream/partition_count.h"
#include "thalweg/state/wal/log_reader.h"

namespace thalweg {
namespace {

const LogOptions batch_log{.name = "batches", .segment_bytes_max = std::uint64_t{1} << 20};

}  // namespace

/// An epoch between its being due and its being committed: what of it later batches change is
/// copied.
struct Recovery::Draft {
  CheckpointContent content;
  StatefulOperators::Images images;
};

Recovery::Recovery(std::shared_ptr<StreamGraph> graph, RecoveryOptions options,
                   std::string directory)
    : graph_(std::move(graph)),
      options_(std::move(options)),
      directory_(std::move(directory)),
      operators_(directory_) {}

Recovery::~Recovery() { wait_for_writer(); }

Result<std::unique_ptr<Recovery>> Recovery::open(std::shared_ptr<StreamGraph> graph,
                                                 const std::string& directory,
                                                 RecoveryOptions options) {
  std::unique_ptr<Recovery> recovery(new Recovery(std::move(graph), std::move(options), directory));
  SessionState& session = recovery->graph_->session();
  THALWEG_TRY_ASSIGN(FileLocation place, session.files.resolve(directory));
  recovery->files_ = place.system;
  recovery->path_ = place.path;
  THALWEG_TRY_ASSIGN(recovery->epochs_, CheckpointDirectory::open(place.system, place.path,
                                                                  session.name, session.clock));
  while (true) {
    THALWEG_TRY_ASSIGN(recovery->latest_, recovery->epochs_->latest());
    if (!recovery->latest_) return recovery;
    // Believed only after every byte was looked at: the one before may have to do.
    Status right = recovery->epochs_->verify(*recovery->latest_);
    if (right.ok()) break;
    if (right.code() != ErrorCode::data_loss) return right;
    recovery->epochs_->reject_latest(right);
  }
  THALWEG_KILL_POINT("recovery.epoch_found");
  THALWEG_TRY_ASSIGN(recovery->saved_, CheckpointContent::decode(recovery->latest_->metadata));
  const CheckpointContent& saved = recovery->saved_;
  recovery->past_ = Past{saved.began, saved.zero, saved.completed, {}};
  recovery->plans_ = saved.plans;
  THALWEG_TRY(recovery->read_log(saved.log_segment));
  return recovery;
}

Status Recovery::read_log(std::uint64_t first_segment) {
  auto opened = LogReader::open(*files_, path_, batch_log.name);
  if (!opened.ok()) {
    return opened.status().code() == ErrorCode::not_found ? Status() : opened.status();
  }
  LogReader& log = *opened.value();
  std::set<Time> done;
  while (true) {
    THALWEG_TRY_ASSIGN(auto record, log.next());
    if (!record) break;
    if (record->position.segment < first_segment) continue;
    THALWEG_TRY_ASSIGN(auto batch, BatchRecord::decode(record->bytes));
    if (batch.kind == BatchRecord::Kind::done) {
      done.insert(batch.time);
    } else {
      plans_[batch.time] = std::move(batch.plan);
    }
  }
  if (log.dropped().bytes_dropped > 0) {
    thalweg::log(LogLevel::warning, "the last " + std::to_string(log.dropped().bytes_dropped) +
                                        " bytes of the batch log were not written whole and are "
                                        "left out: " +
                                        log.dropped().path);
  }
  for (const auto& [time, plan] : plans_) {
    if (time <= past_->completed) continue;
    past_->batches[time] = {done.contains(time), plan.partitions, plan.state_partitions};
  }
  return {};
}

Status Recovery::restore() {
  THALWEG_TRY(operators_.find(*graph_));
  for (const auto& input : graph_->used_inputs()) {
    if (input->can_replay()) continue;
    auto* stream = dynamic_cast<AnyStreamNode*>(input.get());
    if (past_) {
      return {ErrorCode::unsupported,
              stream->describe() +
                  " can't be made again, so this program can't go on from the "
                  "checkpoint in " +
                  directory_ + "; remove it to begin anew, or use another input"};
    }
    log(LogLevel::warning, stream->describe() +
                               " can't be made again after a crash: the states in " + directory_ +
                               " will be of no use to a later run");
  }
  for (const auto& input : graph_->inputs()) {
    if (options_.write_ahead_log) THALWEG_TRY(input->keep_received(files_, path_));
  }
  if (!past_) return {};
  if (saved_.batch_interval != graph_->batch_interval()) {
    return {ErrorCode::invalid_argument,
            "the checkpoint in " + directory_ + " was written with a batch interval of " +
                to_string(saved_.batch_interval) + ", this program has " +
                to_string(graph_->batch_interval()) + "; use the same, or another directory"};
  }
  THALWEG_TRY(operators_.restore(saved_, *latest_, *epochs_, options_.forget_states));
  return restore_inputs();
}

Status Recovery::restore_inputs() {
  auto names = graph_->input_names();
  for (const auto& [name, memory] : saved_.memories) {
    auto found = names.find(name);
    // An input that the program has no more is refused below, where it matters.
    if (found != names.end()) THALWEG_TRY(found->second->restore_memory(memory));
  }
  for (const auto& [time, plan] : plans_) {
    for (const auto& [name, content] : plan.inputs) {
      auto found = names.find(name);
      if (found == names.end()) {
        if (time <= past_->completed) continue;
        return {ErrorCode::invalid_argument,
                "the checkpoint in " + directory_ + " has a batch of " + to_string(time) +
                    " to be made again, with input " + name + ", which this program does not have"};
      }
      if (THALWEG_CANARY("plans_forgotten")) continue;
      THALWEG_TRY(found->second->restore(time, content));
    }
  }
  for (const auto& input : graph_->inputs()) THALWEG_TRY(input->resume(past_->began));
  return {};
}

Status Recovery::begin(Time began, Time zero) {
  THALWEG_KILL_POINT("recovery.restored");
  saved_.batch_interval = graph_->batch_interval();
  saved_.began = began;
  saved_.zero = zero;
  if (!past_) saved_.completed = zero;
  last_begun_ = graph_->session().clock.now();
  THALWEG_TRY_ASSIGN(log_, LogWriter::open(*files_, path_, batch_log));
  previous_segment_ = past_ ? saved_.log_segment : log_->segment();
  // The first epoch says when it all began.
  if (past_) return {};
  THALWEG_TRY_ASSIGN(auto draft, draft_epoch(zero));
  return write_epoch(std::move(draft));
}

Status Recovery::append(const BatchRecord& record) {
  THALWEG_TRY(log_->append(record.encode()).status());
  THALWEG_KILL_POINT("batch_log.appended");
  return log_->sync();
}

Status Recovery::plan(Time time) {
  BatchPlan plan;
  for (const auto& [name, input] : graph_->input_names()) {
    if (auto content = input->plan_of(time); !content.empty()) {
      plan.inputs[name] = std::move(content);
    }
  }
  plan.partitions = PartitionCount(0, graph_->context());
  plan.state_partitions = operators_.partitions();
  THALWEG_KILL_POINT("plan.before");
  std::lock_guard lock(mutex_);
  if (THALWEG_CANARY("plan_not_written")) plan.inputs.clear();
  THALWEG_TRY(append({BatchRecord::Kind::planned, time, plan}));
  THALWEG_KILL_POINT("plan.written");
  plans_[time] = std::move(plan);
  return {};
}

Status Recovery::complete(Time time, bool done_before) {
  {
    THALWEG_KILL_POINT("done.before");
    std::lock_guard lock(mutex_);
    if (!done_before) THALWEG_TRY(append({BatchRecord::Kind::done, time, {}}));
    THALWEG_KILL_POINT("done.written");
  }
  completed_ = time;
  if (graph_->session().clock.now() - last_begun_ < options_.checkpoint_interval) return {};
  return begin_epoch();
}

Status Recovery::checkpoint() {
  wait_for_writer();
  THALWEG_TRY(begin_epoch());
  wait_for_writer();
  return {};
}

void Recovery::wait_for_writer() {
  if (!writer_.joinable()) return;
  writer_.join();
  // Nothing is lost: what came since the epoch before is in the log, and goes into the next one.
  if (writer_failed_ && !completed_) completed_ = writing_;
}

Status Recovery::begin_epoch() {
  // One at a time: where the disk can't keep up, batches wait for it once an interval.
  wait_for_writer();
  if (!completed_) return {};
  last_begun_ = graph_->session().clock.now();
  writing_ = *std::exchange(completed_, std::nullopt);
  THALWEG_TRY_ASSIGN(auto draft, draft_epoch(writing_));
  THALWEG_KILL_POINT("epoch.drafted");
  writer_ = std::thread([this, draft = std::move(draft)]() mutable {
    Status written;
    try {
      written = write_epoch(std::move(draft));
    } catch (...) {
      written = caught_failure();
    }
    writer_failed_ = !written.ok();
    if (written.ok()) return;
    // The batches go on from the epoch before; what the log has since then stays.
    log(LogLevel::error, "the checkpoint of batch " + to_string(writing_) +
                             " could not be written, the one before stays: " + written.to_string());
    epochs_->abandon();
    operators_.begin_anew();
  });
  return {};
}

Result<Recovery::Draft> Recovery::draft_epoch(Time time) {
  Draft draft;
  draft.content = saved_;
  draft.content.completed = time;
  THALWEG_TRY_ASSIGN(draft.images, operators_.images(time, saved_.zero));
  std::lock_guard lock(mutex_);
  forget_plans(time);
  // Before any later batch is done: the log from here on says which are.
  draft.content.plans = plans_;
  draft.content.memories = memories_after(plans_);
  draft.content.log_segment = log_->segment();
  return draft;
}

Status Recovery::write_epoch(Draft draft) {
  CheckpointContent& content = draft.content;
  const Time time = content.completed;
  Epoch epoch;
  epoch.number = latest_ ? latest_->number + 1 : 1;
  THALWEG_TRY_ASSIGN(content.states, operators_.write(draft.images, time, *epochs_, &epoch.files));
  draft.images.clear();
  if (THALWEG_CANARY("epoch_of_the_batch_before")) {
    content.completed = std::max(saved_.zero, time - graph_->batch_interval());
  }
  if (THALWEG_CANARY("epoch_without_plans")) content.plans.clear();
  epoch.metadata = content.encode();
  THALWEG_KILL_POINT("epoch.states_written");
  THALWEG_TRY(epochs_->commit(epoch));
  THALWEG_KILL_POINT("epoch.committed");
  std::uint64_t segment_before = std::exchange(previous_segment_, saved_.log_segment);
  saved_ = std::move(content);
  latest_ = std::move(epoch);
  for (const auto& input : graph_->inputs()) {
    auto* stream = dynamic_cast<AnyStreamNode*>(input.get());
    input->release_before(time - stream->remember() + Duration(1));
    input->settled(time);
  }
  {
    std::lock_guard lock(mutex_);
    // The epoch before stays readable, and so does the log since then.
    if (Status removed = log_->remove_before(segment_before); !removed.ok()) {
      log(LogLevel::warning, "old segments of the batch log stay on disk: " + removed.to_string());
    }
  }
  THALWEG_KILL_POINT("epoch.log_cut");
  return {};
}

std::map<std::string, std::string> Recovery::memories_after(
    const std::map<Time, BatchPlan>& plans) const {
  std::map<std::string, std::string> memories;
  if (plans.empty()) return memories;
  // What came with a batch whose plan is not in the log yet would be lost with the plan.
  Time last = plans.rbegin()->first;
  for (const auto& [name, input] : graph_->input_names()) {
    if (auto memory = input->memory_of(last); !memory.empty()) memories[name] = std::move(memory);
  }
  return memories;
}

void Recovery::forget_plans(Time completed) {
  Time oldest = completed;
  for (const auto& input : graph_->inputs()) {
    auto* stream = dynamic_cast<AnyStreamNode*>(input.get());
    oldest = std::min(oldest, completed - stream->remember() - input->remembers_content());
  }
  plans_.erase(plans_.begin(), plans_.lower_bound(oldest));
}

}  // namespace thalweg
