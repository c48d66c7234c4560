// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/writing.h"

#include "thalweg/common/error.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/rdd/scheduler/job.h"

namespace thalweg {
namespace {

constexpr int epoch_attempts_max = 3;

/// More than a task has attempts: those of a later attempt at the epoch have higher numbers.
constexpr int attempts_apart = 1000;

}  // namespace

SinkOutput::SinkOutput(SessionState& session, std::string connector, const OptionTexts& options)
    : connector_(std::move(connector)) {
  ConnectorContext context{session.clock, session.memory, session.files, {}};
  sink_ = value_or_throw(make_sink(connector_, options, context));
}

void SinkOutput::write(Time time, const std::shared_ptr<AnyNode>& node,
                       const WritePartition& write_partition) {
  for (int attempt = 0;; ++attempt) {
    Status written = write_epoch(time.micros(), attempt, node, write_partition);
    if (written.ok()) return;
    bool again = written.code() == ErrorCode::unavailable && attempt + 1 < epoch_attempts_max;
    // Most sinks say so themselves.
    std::string who = "sink " + connector_;
    if (!written.message().starts_with(who + ": ")) written = written.within(who);
    if (!again) throw Error(written);
    log(LogLevel::warning,
        "batch " + to_string(time) + " is written again: " + std::string(written.message()));
  }
}

Status SinkOutput::end() {
  for (int attempt = 1;; ++attempt) {
    Status ended = sink_->end();
    if (ended.ok()) return ended;
    if (ended.code() != ErrorCode::unavailable || attempt == epoch_attempts_max) {
      std::string who = "sink " + connector_;
      return ended.message().starts_with(who + ": ") ? ended : ended.within(who);
    }
    log(LogLevel::warning, "the end is written again: " + std::string(ended.message()));
  }
}

Status SinkOutput::write_epoch(SinkEpoch epoch, int attempt, const std::shared_ptr<AnyNode>& node,
                               const WritePartition& write_partition) {
  auto count = static_cast<std::size_t>(node->partition_count());
  std::vector<std::unique_ptr<SinkWriter>> writers(count);
  std::vector<std::string> sealed(count);
  std::vector<int> pending;
  for (std::size_t i = 0; i < count; ++i) {
    THALWEG_TRY_ASSIGN(writers[i], sink_->open(static_cast<int>(i), static_cast<int>(count)));
    THALWEG_TRY_ASSIGN(SinkEpoch committed, writers[i]->committed());
    if (committed < epoch) pending.push_back(static_cast<int>(i));
  }
  // Visible already: the process died between that and writing down that the batch was done.
  if (pending.empty()) return {};
  Status written = run_job(node, pending, [&](int partition, TaskContext& context) -> Status {
    auto place = static_cast<std::size_t>(partition);
    int number = attempt * attempts_apart + context.attempt;
    THALWEG_TRY(writers[place]->begin(epoch, number));
    THALWEG_TRY(write_partition(partition, context, *writers[place]));
    THALWEG_TRY_ASSIGN(sealed[place], writers[place]->seal());
    return {};
  });
  if (!written.ok()) {
    for (int partition : pending) (void)writers[static_cast<std::size_t>(partition)]->abort();
    return written;
  }
  THALWEG_KILL_POINT("sink.sealed");
  for (int partition : pending) {
    auto place = static_cast<std::size_t>(partition);
    THALWEG_TRY(writers[place]->commit(epoch, sealed[place]));
    THALWEG_KILL_POINT("sink.writer_committed");
  }
  THALWEG_TRY(sink_->commit(epoch, sealed));
  THALWEG_KILL_POINT("sink.committed");
  return {};
}

}  // namespace thalweg
