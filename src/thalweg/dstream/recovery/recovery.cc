// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/recovery/recovery.h"

#include <algorithm>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/dstream/node.h"
#include "thalweg/dstream/nodes/stateful.h"
#include "thalweg/state/wal/log_reader.h"

namespace thalweg {
namespace {

const LogOptions batch_log{.name = "batches", .segment_bytes_max = std::uint64_t{1} << 20};

/// Deltas of an operator's state before all of it is written again.
constexpr std::size_t delta_files_max = 8;

std::string numbered(const std::string& kind, int number) {
  return kind + "#" + std::to_string(number);
}

}  // namespace

/// A stateful stream and what the epochs have of it.
struct Recovery::Operator {
  StatefulNode* node;
  SavedState saved;
  std::vector<CheckpointFile> files;
  bool write_all = true;
};

Recovery::Recovery(std::shared_ptr<StreamGraph> graph, RecoveryOptions options,
                   std::string directory)
    : graph_(std::move(graph)), options_(std::move(options)), directory_(std::move(directory)) {}

Recovery::~Recovery() = default;

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
    if (time > past_->completed) past_->batches[time] = done.contains(time);
  }
  return {};
}

Status Recovery::restore() {
  std::map<std::string, int> numbers;
  for (StatefulNode* node : graph_->stateful()) {
    Operator entry;
    entry.node = node;
    entry.saved.kind = node->kind();
    entry.saved.named = !node->name().empty();
    int number = numbers[node->kind()]++;
    entry.saved.name = entry.saved.named ? node->name() : numbered(node->kind(), number);
    entry.saved.types = node->state().type_text();
    for (const auto& other : operators_) {
      if (other.saved.name != entry.saved.name) continue;
      return {ErrorCode::invalid_argument, "two stateful operators are named \"" +
                                               entry.saved.name +
                                               "\"; their states could not be told apart"};
    }
    operators_.push_back(std::move(entry));
  }
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
  THALWEG_TRY(restore_states());
  return restore_inputs();
}

Status Recovery::check_numbers() const {
  // Numbers are sure only where nothing of the kind came or went.
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> kinds;
  for (const auto& saved : saved_.states) {
    if (!options_.forget_states.contains(saved.name)) kinds[saved.kind].first.insert(saved.name);
  }
  for (const auto& entry : operators_) kinds[entry.saved.kind].second.insert(entry.saved.name);
  std::string advice;
  auto is_unsure = [&](const SavedState& state) {
    const auto& [before, now] = kinds[state.kind];
    return !state.named && before != now && !options_.forget_states.contains(state.name);
  };
  for (const auto& saved : saved_.states) {
    if (is_unsure(saved)) {
      advice += "\n  in the checkpoint: " + saved.name + " (" + saved.types + ", " +
                std::to_string(saved.keys) + " keys)";
    }
  }
  for (const auto& entry : operators_) {
    if (is_unsure(entry.saved)) {
      advice += "\n  in the program:    " + entry.saved.name + " (" + entry.saved.types +
                "): add .name(\"...\") to it";
    }
  }
  if (!advice.empty()) {
    return {ErrorCode::invalid_argument,
            "the stateful operators of this program are not those of the checkpoint in " +
                directory_ +
                ", and without names it can't be told which state belongs to which:" + advice +
                "\nGive an operator the name it has in the checkpoint to go on with its state, or "
                "put that name into forget_states to drop it"};
  }
  return {};
}

Status Recovery::restore_states() {
  THALWEG_TRY(check_numbers());
  for (const auto& saved : saved_.states) {
    auto entry = std::find_if(operators_.begin(), operators_.end(),
                              [&](const Operator& o) { return o.saved.name == saved.name; });
    if (entry == operators_.end()) {
      if (options_.forget_states.contains(saved.name)) continue;
      return {
          ErrorCode::invalid_argument,
          "the checkpoint in " + directory_ + " has the state of " + saved.kind + " \"" +
              saved.name + "\" (" + std::to_string(saved.keys) +
              " keys), and this program has no such operator; name one so, or put the name into "
              "forget_states to drop it"};
    }
    if (entry->saved.types != saved.types) {
      return {ErrorCode::invalid_argument,
              saved.kind + " \"" + saved.name + "\" has " + entry->saved.types +
                  " (key -> state), in the checkpoint in " + directory_ + " it has " + saved.types +
                  "; use the same types, another name, or another directory"};
    }
    std::vector<std::string> snapshots;
    for (const auto& key : saved.files) {
      auto file = std::find_if(latest_->files.begin(), latest_->files.end(),
                               [&](const CheckpointFile& f) { return f.key == key; });
      if (file == latest_->files.end()) {
        return {ErrorCode::data_loss, "the checkpoint in " + directory_ + " lacks the file " + key};
      }
      THALWEG_TRY_ASSIGN(auto bytes, epochs_->read_file(*file));
      snapshots.push_back(std::move(bytes));
      entry->files.push_back(*file);
    }
    if (THALWEG_CANARY("last_snapshot_left_out") && snapshots.size() > 1) snapshots.pop_back();
    THALWEG_TRY(entry->node->state().restore(snapshots));
    THALWEG_KILL_POINT("recovery.state_restored");
  }
  for (auto& entry : operators_) {
    Time last = past_->completed.floor(entry.node->slide(), past_->zero);
    if (last > past_->zero) entry.node->begin_after(last);
    log(LogLevel::info, entry.saved.kind + " \"" + entry.saved.name + "\" goes on with " +
                            std::to_string(entry.node->state().size()) +
                            " keys; its functions "
                            "are those of this program");
  }
  return {};
}

Status Recovery::restore_inputs() {
  auto names = graph_->input_names();
  for (const auto& [time, plan] : plans_) {
    for (const auto& [name, content] : plan) {
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
  last_written_ = graph_->session().clock.now();
  THALWEG_TRY_ASSIGN(log_, LogWriter::open(*files_, path_, batch_log));
  previous_segment_ = past_ ? saved_.log_segment : log_->segment();
  // The first epoch says when it all began.
  return past_ ? Status() : write_epoch(zero);
}

Status Recovery::append(const BatchRecord& record) {
  THALWEG_TRY(log_->append(record.encode()).status());
  THALWEG_KILL_POINT("batch_log.appended");
  return log_->sync();
}

Status Recovery::plan(Time time) {
  BatchPlan plan;
  for (const auto& [name, input] : graph_->input_names()) {
    if (auto content = input->plan_of(time); !content.empty()) plan[name] = std::move(content);
  }
  THALWEG_KILL_POINT("plan.before");
  std::lock_guard lock(mutex_);
  if (THALWEG_CANARY("plan_not_written")) plan.clear();
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
    completed_ = time;
    THALWEG_KILL_POINT("done.written");
  }
  if (graph_->session().clock.now() - last_written_ < options_.checkpoint_interval) return {};
  return checkpoint();
}

Status Recovery::checkpoint() {
  if (!completed_) return {};
  Status written = write_epoch(*completed_);
  last_written_ = graph_->session().clock.now();
  if (written.ok()) {
    completed_.reset();
    return {};
  }
  // The batches go on from the epoch before; what the log has since then stays.
  log(LogLevel::error, "the checkpoint of batch " + to_string(*completed_) +
                           " could not be written, the one before stays: " + written.to_string());
  epochs_->abandon();
  for (auto& entry : operators_) entry.write_all = true;
  return {};
}

Status Recovery::write_epoch(Time time) {
  Epoch epoch;
  epoch.number = latest_ ? latest_->number + 1 : 1;
  CheckpointContent content = saved_;
  content.completed = time;
  THALWEG_TRY_ASSIGN(content.states, write_states(time, &epoch.files));
  {
    std::lock_guard lock(mutex_);
    forget_plans(time);
    content.plans = plans_;
    content.log_segment = log_->segment();
  }
  if (THALWEG_CANARY("epoch_of_the_batch_before")) {
    content.completed = std::max(saved_.zero, time - graph_->batch_interval());
  }
  if (THALWEG_CANARY("epoch_without_plans")) content.plans.clear();
  epoch.metadata = content.encode();
  THALWEG_KILL_POINT("epoch.states_written");
  THALWEG_TRY(epochs_->commit(epoch));
  THALWEG_KILL_POINT("epoch.committed");
  for (const auto& input : graph_->inputs()) {
    auto* stream = dynamic_cast<AnyStreamNode*>(input.get());
    input->release_before(time - stream->remember() + Duration(1));
    input->settled(time);
  }
  std::lock_guard lock(mutex_);
  // The epoch before stays readable, and so does the log since then.
  THALWEG_TRY(log_->remove_before(previous_segment_));
  THALWEG_KILL_POINT("epoch.log_cut");
  previous_segment_ = saved_.log_segment;
  saved_ = std::move(content);
  latest_ = std::move(epoch);
  return {};
}

Result<std::vector<SavedState>> Recovery::write_states(Time time,
                                                       std::vector<CheckpointFile>* files) {
  std::vector<SavedState> states;
  for (auto& entry : operators_) {
    Time last = time.floor(entry.node->slide(), saved_.zero);
    bool all = entry.write_all || entry.files.size() > delta_files_max;
    Encoder bytes;
    THALWEG_TRY_ASSIGN(bool changed, entry.node->snapshot(last, all, bytes));
    if (changed) {
      std::string key = entry.saved.name + "@" + std::to_string(last.micros());
      // In doubt everything is written next time.
      entry.write_all = true;
      THALWEG_TRY_ASSIGN(auto file, epochs_->write_file(key, bytes.bytes()));
      if (all) entry.files.clear();
      entry.files.push_back(std::move(file));
      entry.write_all = false;
    }
    entry.saved.keys = entry.node->state().size();
    entry.saved.files.clear();
    for (const auto& file : entry.files) {
      entry.saved.files.push_back(file.key);
      files->push_back(file);
    }
    states.push_back(entry.saved);
  }
  return states;
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
