// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/runtime/dead_letters.h"
#include "thalweg/runtime/ids.h"
#include "thalweg/runtime/session.h"

namespace thalweg {

/// What a task adds to an accumulator, to be merged when the task has succeeded.
class AnyUpdate {
 public:
  virtual ~AnyUpdate() = default;
  virtual void merge() = 0;
};

/// The bytes a reader is handing out just now, and where they came from: lets a parser say where
/// a record lay from the address of its first byte.
struct Origin {
  std::string source;
  const char* begin = nullptr;
  const char* end = nullptr;
  std::uint64_t offset = 0;  ///< Of `begin` in the source.
};

/// The cancelled of what finds that its job was stopped.
Status job_stopped();

/// One attempt of one task: what it may ask of the engine and what it leaves behind. What it leaves
/// counts only if the attempt succeeds.
///
/// Thread safety: used by the one thread that runs the attempt.
class TaskContext {
 public:
  TaskContext(SessionState& session_state, std::stop_token stop_token);
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;
  ~TaskContext();

  SessionState& session;
  const std::stop_token stop;
  JobId job;
  StageId stage;
  int partition = 0;
  int attempt = 0;

  /// A shuffle's output that was not there; the scheduler makes it again.
  struct LostOutput {
    ShuffleId shuffle;
    int map_partition = 0;
    friend auto operator<=>(const LostOutput&, const LostOutput&) = default;
  };
  std::vector<LostOutput> lost_outputs;

  std::int64_t records_read = 0;  ///< By the leaves: what entered the engine.
  Origin origin;
  /// The letters of one pass over a partition of an RDD.
  struct LetterPass {
    RddId owner;
    int partition = 0;
    std::vector<DeadLetter> letters;
  };
  std::deque<LetterPass> letter_passes;

  /// Where a reader or parser that begins a partition puts its dead letters. Valid as long as this.
  std::vector<DeadLetter>& begin_letters(RddId owner, int of_partition);
  std::map<std::int64_t, std::unique_ptr<AnyUpdate>> updates;  ///< By accumulator.
  /// Partitions of very long lineages that were computed on the way (see rdd/node.h).
  std::map<std::pair<std::int64_t, int>, std::shared_ptr<const Block>> landings;

  [[nodiscard]] bool cancelled() const { return stop.stop_requested(); }

  /// "offset=120" when `bytes` lie in what the reader is handing out, else empty.
  [[nodiscard]] std::string position_of(const char* bytes) const;

  /// Hands accumulator updates and dead letters over. Called once, by the scheduler.
  void commit();

  /// The context of the task that runs on this thread; null outside tasks.
  static TaskContext* current();

  /// Makes a context current for a scope.
  class Scope {
   public:
    explicit Scope(TaskContext& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    TaskContext* previous_;
  };
};

}  // namespace thalweg
